"""How many requests wait: in the menu's label and in the browser's title, on every page, kept up to date. Whoever may
not look at the studio does not learn it."""

from pathlib import Path

import streamlit as st

from pages.components.browser_part import browser_part
from pages.components.person import may_look
from pages.components.studio import session

SCRIPT = Path(__file__).with_name("count.mjs")
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
    mount = browser_part("studio_waiting", script=SCRIPT)
    mount(key="studio_waiting", data={"n": _n_waiting()}, height=0)


def _n_waiting() -> int:
    """Asked at every drawing: who signed out, or lost the right to look, while the page was open learns no more."""
    return session().requests.n_open() if may_look() else 0
