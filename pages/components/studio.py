"""The session of who sits at the browser, on the one Studio of this process.

`app.py` opens the studio, calls `use`, and closes it; the pages call `session()` and `feed_token()`. Tests call `use`
with a studio of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.chats import Person
from pages.components.identity import who

if TYPE_CHECKING:
    from agents.studio import Session, Studio

Sign = Callable[[str, Person], str]
"""(chat, person) -> a short-lived token for the live feed of that chat."""


@dataclass
class _Process:
    studio: "Studio | None" = None
    sign: Sign | None = None


_process = _Process()


def use(studio: "Studio | None", sign: Sign | None = None) -> None:
    """Let `session()` use this studio from now on; None when it is closed."""
    _process.studio, _process.sign = studio, sign


def session() -> "Session":
    """The session of the person at this browser; RuntimeError when the app was not started through `app.py`. What
    reads later and elsewhere, such as a file made when it is asked for, takes it along from here."""
    if _process.studio is None:
        raise RuntimeError("The studio is not open. Start the app with `streamlit run app.py`, not with one page.")
    return _process.studio.as_(who())


def feed_token(chat: str) -> str:
    """What the transcript shows the live feed to be let in; "" when this process has no feed."""
    return _process.sign(chat, session().person) if _process.sign else ""
