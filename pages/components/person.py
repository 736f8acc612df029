"""Who sits at this browser: the identity that signed in, or, where sign-in is off, a name that nobody checks.

`person()` is what pages give as `by`. With `[auth]` in Streamlit's secrets people sign in (OIDC), and the name is their
e-mail. Without it the name is kept in a cookie, and the frame around the pages lets people change it.
"""

from urllib.parse import unquote

import streamlit as st

from agents.chats import Person
from agents.errors import StudioError
from pages.components.studio import studio

COOKIE = "studio_person"
DEFAULT_NAME = "You"
MAX_NAME_CHARS = 40
NO_EMAIL = (
    "The sign-in gave no e-mail address that its provider has checked, so it is not known what you may do here. "
    "Sign in with another account, or ask who administers the studio."
)


def person(act: str = "", chat: str = "") -> Person:
    """The person at this browser; where sign-in is on and nobody signed in, the page ends here with a way to. Then
    `act` in `chat`, if one is named, is kept as refused: the session was over before it came."""
    if not needs_sign_in():
        return Person(name=name(), is_verified=False)
    if act and not (st.user.is_logged_in and _email()):
        studio().keep_refusal(act, "Nobody is signed in any more at the browser it came from.", chat=chat)
    if not st.user.is_logged_in:
        _ask_to_sign_in("Sign in to see what your agents do and decide what they ask.")
    if not _email():
        _ask_to_sign_in(NO_EMAIL, is_signed_in=True)
    return Person(name=_email(), is_verified=True)


def admit() -> None:
    """Ends the page here for whoever may not even look; called before anything is drawn."""
    who = person()
    if why := _why_not(who):
        _ask_to_sign_in(f"{why} Ask who administers it.", is_signed_in=who.is_verified, is_offered=needs_sign_in())


def may_look() -> bool:
    """Whether the person at this browser may see anything at all; draws nothing."""
    if needs_sign_in() and not (st.user.is_logged_in and _email()):
        return False
    return not _why_not(Person(name=name(), is_verified=needs_sign_in()))


def _why_not(who: Person) -> str:
    """Why `who` may not look at this studio; "" when they may."""
    try:
        return "" if studio().access.may(who, "view") else f"{who.name} may not look at this studio."
    except StudioError as error:
        return str(error)


def needs_sign_in() -> bool:
    """Whether the studio is set up for people to sign in."""
    return "is_logged_in" in st.user


def name() -> str:
    """The e-mail that signed in; without sign-in the name set in this session, else the cookie's, else "You"."""
    if needs_sign_in():
        return _email() or DEFAULT_NAME
    kept = st.session_state.get("person_name")
    return clean_name(unquote(st.context.cookies.get(COOKIE, "")) if kept is None else kept) or DEFAULT_NAME


def keep(text: str) -> None:
    """From now on the person has this name; an empty one is "You" again."""
    st.session_state["person_name"] = clean_name(text)


def clean_name(text: str) -> str:
    """`text` on one line, without surrounding space, at most `MAX_NAME_CHARS` long."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_NAME_CHARS]


def _email() -> str:
    """The signed-in e-mail; "" for one that its provider says it has not checked."""
    email = st.user.get("email")
    is_doubtful = st.user.get("email_verified") in (False, "false")
    return "" if is_doubtful or not isinstance(email, str) else email.strip().lower()


def _ask_to_sign_in(why: str, *, is_signed_in: bool = False, is_offered: bool = True) -> None:
    st.title("Agent Studio", anchor=False)
    st.markdown(why.replace("@", "&#64;"))
    if is_signed_in:
        st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="person:sign_out")
    elif is_offered:
        st.button("Sign in", icon=":material/login:", type="primary", on_click=st.login, key="person:sign_in")
    st.stop()
