"""Who sits at this browser: a name, kept in a cookie by the transcript, marked unverified until there is sign-in.

`person()` is what pages give as `by`.
"""

import streamlit as st

from agents.chats import Person

COOKIE = "studio_person"
DEFAULT_NAME = "You"
MAX_NAME_CHARS = 40


def person() -> Person:
    """The person at this browser; named "You" until they say otherwise."""
    return Person(name=name(), is_verified=False)


def name() -> str:
    """The name set in this session, else the cookie's, else "You"."""
    from urllib.parse import unquote

    kept = st.session_state.get("person_name") or unquote(st.context.cookies.get(COOKIE, ""))
    return clean_name(kept) or DEFAULT_NAME


def clean_name(text: str) -> str:
    """`text` on one line, without surrounding space, at most `MAX_NAME_CHARS` long."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_NAME_CHARS]
