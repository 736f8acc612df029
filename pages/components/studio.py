"""The one Studio of this process, as the pages reach it.

`app.py` opens it, calls `use`, and closes it; the pages call `studio()` and `feed_token()`. Tests call `use` with
a studio of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.studio import Studio

Sign = Callable[[str, str], str]
"""(chat, person's name) -> a short-lived token for the live feed of that chat."""


@dataclass
class _Process:
    studio: "Studio | None" = None
    sign: Sign | None = None


_process = _Process()


def use(studio: "Studio | None", sign: Sign | None = None) -> None:
    """From now on `studio()` gives this one; None when it is closed."""
    _process.studio, _process.sign = studio, sign


def studio() -> "Studio":
    """The process's one Studio; RuntimeError when the app was not started through `app.py`."""
    if _process.studio is None:
        raise RuntimeError("The studio is not open. Start the app with `streamlit run app.py`, not with one page.")
    return _process.studio


def feed_token(chat: str, person: str) -> str:
    """What the transcript shows the live feed to be let in; "" when this process has no feed."""
    return _process.sign(chat, person) if _process.sign else ""
