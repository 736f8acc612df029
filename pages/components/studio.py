"""The one Studio of this process, as the pages reach it: seen by who sits at the browser.

`app.py` opens it, calls `use`, and closes it; the pages call `studio()` and `feed_token()`. Tests call `use` with
a studio of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.chats import Person
from pages.components.identity import who

if TYPE_CHECKING:
    from agents.studio import Studio

Sign = Callable[[str, Person], str]
"""(chat, person) -> a short-lived token for the live feed of that chat."""


@dataclass
class _Process:
    studio: "Studio | None" = None
    sign: Sign | None = None


_process = _Process()


def use(studio: "Studio | None", sign: Sign | None = None) -> None:
    """From now on `studio()` gives this one; None when it is closed."""
    _process.studio, _process.sign = studio, sign


def studio() -> "Studio":
    """The process's one Studio, seen by the person at this browser; RuntimeError when the app was not started through
    `app.py`. What reads later and elsewhere, such as a file made when it is asked for, takes it along from here."""
    if _process.studio is None:
        raise RuntimeError("The studio is not open. Start the app with `streamlit run app.py`, not with one page.")
    return _process.studio.seen_by(who())


def feed_token(chat: str) -> str:
    """What the transcript shows the live feed to be let in; "" when this process has no feed."""
    return _process.sign(chat, who()) if _process.sign else ""
