"""Whether the person at this browser may look: people are asked to sign in, or turned away, before anything is drawn.

With `[auth]` in Streamlit's secrets people sign in (OIDC), and the name is their e-mail. Without it the name is kept in
a cookie, and the frame around the pages lets people change it.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from agents.errors import StudioError
from agents.version import NAME
from pages.components.identity import needs_sign_in, who
from pages.components.studio import session

P = ParamSpec("P")

NO_EMAIL = (
    "The sign-in gave no e-mail address that its provider has checked, so it is not known what you may do here. "
    "Sign in with another account, or ask who administers the studio."
)


def admit() -> None:
    """End the page with a way to sign in, or with why not, for who may not look; called before anything is drawn."""
    found = who()
    if found is None and not st.user.is_logged_in:
        _ask_to_sign_in("Sign in to see what your agents do and decide what they ask.")
    elif found is None:
        _ask_to_sign_in(NO_EMAIL, is_signed_in=True)
    elif why := _why_not():
        _ask_to_sign_in(f"{why} Ask who administers it.", is_signed_in=found.is_verified, is_offered=needs_sign_in())


def may_look() -> bool:
    """Whether the person at this browser may see anything at all; draws nothing."""
    return not _why_not()


def lively(every_s: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part of a page that is drawn again by itself, every so many seconds. When who sits here may no longer look, the
    whole page is drawn again instead, and `admit` ends it."""

    def made(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
            if not may_look():
                st.rerun()
            draw(*args, **kwargs)

        return st.fragment(run_every=every_s)(drawn)

    return made


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
