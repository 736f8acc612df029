"""Who sits at this browser, the studio as that person sees it, and whether they may look at all.

With `[auth]` in Streamlit's secrets people sign in (OIDC), and the name is their e-mail. Without it the name is kept in
a cookie, and the frame around the pages lets people change it. `app.py` opens the one studio and calls `use`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from agents.chats import Person
from agents.errors import StudioError
from agents.plain_text import HIDDEN, one_line
from agents.version import NAME

COOKIE = "studio_person"
DEFAULT_NAME = "You"
MAX_NAME_CHARS = 40


def who() -> Person | None:
    """The person at this browser; None when sign-in is on and has not given an e-mail."""
    if not needs_sign_in():
        return Person(name=name(), is_verified=False)
    return Person(name=email(), is_verified=True) if email() else None


def needs_sign_in() -> bool:
    """Whether the studio is set up for people to sign in."""
    return "is_logged_in" in st.user


def name() -> str:
    """The e-mail that signed in; without sign-in the name set in this session, else the cookie's, else "You"."""
    if needs_sign_in():
        return email() or DEFAULT_NAME
    kept = st.session_state.get("person_name")
    if kept is None:
        cookie = st.context.cookies.get(COOKIE)
        kept = unquote(cookie) if isinstance(cookie, str) else ""
    return clean_name(kept) or DEFAULT_NAME


def keep(text: str) -> None:
    """From now on the person has this name; an empty one is "You" again."""
    st.session_state["person_name"] = clean_name(text)


def clean_name(text: str) -> str:
    """`text` on one line, without surrounding space, at most `MAX_NAME_CHARS` long."""
    return one_line(HIDDEN.sub(" ", text))[:MAX_NAME_CHARS]


def timezone() -> str:
    """The browser's time zone, UTC when it does not say one that is known here."""
    name = st.context.timezone or "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def email() -> str:
    """The e-mail that is signed in; "" when nobody is, or for one that its provider says it has not checked."""
    found = st.user.get("email")
    is_doubtful = st.user.get("email_verified") in (False, "false")
    is_good = st.user.get("is_logged_in") and not is_doubtful and isinstance(found, str)
    return str(found).strip().lower() if is_good else ""


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


NO_EMAIL = (
    "Your sign-in has no verified e-mail address, so the studio cannot tell what you may do. Sign in with another "
    "account, or ask an administrator."
)


def admit() -> None:
    """End the page with a way to sign in, or with why not, for who may not look; called before anything is drawn."""
    found = who()
    if found is None and not st.user.is_logged_in:
        _ask_to_sign_in("Sign in to see what your agents do and decide what they ask.")
    elif found is None:
        _ask_to_sign_in(NO_EMAIL, is_signed_in=True)
    elif why := _why_not():
        _ask_to_sign_in(f"{why} Ask an administrator.", is_signed_in=found.is_verified, is_offered=needs_sign_in())


def session_now() -> "Session":
    """As `session`, for a dialog, which is drawn again by itself, maybe after the person signed out. When who sits here
    may no longer look, the whole page is drawn again instead, and `admit` ends it."""
    if not may_look():
        st.rerun()
    return session()


def may_look() -> bool:
    """Whether the person at this browser may see anything at all; draws nothing."""
    return not _why_not()


def _why_not() -> str:
    """Why the person at this browser may not look at the studio; "" when they may."""
    looking = session()
    try:
        return "" if looking.may("view") else f"{looking.person.name} may not look at this studio."
    except StudioError as error:
        return str(error)


def _ask_to_sign_in(why: str, *, is_signed_in: bool = False, is_offered: bool = True) -> None:
    st.title(NAME, anchor=False)
    st.markdown(why.replace("@", "&#64;"))
    if is_signed_in:
        st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="person:sign_out")
    elif is_offered:
        st.button("Sign in", icon=":material/login:", type="primary", on_click=st.login, key="person:sign_in")
    st.stop()
