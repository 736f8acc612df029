"""How many requests wait: in the menu's label and in the browser's title, on every page, kept up to date. Whoever may
not look at the studio does not learn it."""

from functools import cache
from pathlib import Path

import streamlit as st

from pages.components.person import may_look
from pages.components.studio import studio

SCRIPT = Path(__file__).with_name("count.js")
REFRESH_S = 3.0


def label(name: str = "Inbox") -> str:
    """The menu's label: "Inbox (3)", for whoever may not look "Inbox"."""
    n = _n_waiting()
    return f"{name} ({n})" if n else name


def count() -> None:
    """Keeps label and title true between two drawings of the page, and the page from whoever may no longer look; to be
    called in the sidebar."""
    _count(could_look=may_look())


@st.fragment(run_every=REFRESH_S)
def _count(*, could_look: bool) -> None:
    if could_look and not may_look():
        st.rerun()
    mount = st.components.v2.component("studio_waiting", js=_script())
    mount(key="studio_waiting", data={"n": _n_waiting()}, height=0)


def _n_waiting() -> int:
    """Asked at every drawing: who signed out, or lost the right to look, while the page was open learns no more."""
    return studio().n_open_requests() if may_look() else 0


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")
