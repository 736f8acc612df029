"""Which identity the browser shows: the e-mail that signed in, or, where sign-in is off, a name that nobody checks.

Reads Streamlit's session and cookies alone. `pages.components.person` asks people to sign in, `pages.components.studio`
opens their session of the studio.
"""

from urllib.parse import unquote

import streamlit as st

from agents.chats import Person
from agents.plain_text import HIDDEN, one_line

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


def email() -> str:
    """The e-mail that is signed in; "" when nobody is, or for one that its provider says it has not checked."""
    found = st.user.get("email")
    is_doubtful = st.user.get("email_verified") in (False, "false")
    is_good = st.user.get("is_logged_in") and not is_doubtful and isinstance(found, str)
    return str(found).strip().lower() if is_good else ""
