"""Who sits at this browser: a name that nobody checks, kept in a cookie, until there is sign-in.

`person()` is what pages give as `by`. The frame around the pages lets people change the name.
"""

from urllib.parse import unquote

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
    kept = st.session_state.get("person_name")
    return clean_name(unquote(st.context.cookies.get(COOKIE, "")) if kept is None else kept) or DEFAULT_NAME


def keep(text: str) -> None:
    """From now on the person has this name; an empty one is "You" again."""
    st.session_state["person_name"] = clean_name(text)


def clean_name(text: str) -> str:
    """`text` on one line, without surrounding space, at most `MAX_NAME_CHARS` long."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_NAME_CHARS]
