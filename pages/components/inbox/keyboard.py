"""The inbox by keyboard, and how many requests wait in the menu and the browser's title, kept up to date."""

from pathlib import Path

import streamlit as st

from agents.errors import OutageError
from agents.studio import RequestRow
from pages.components.inbox.open_request import card_key
from pages.components.inbox.request_list import row_key
from pages.components.navigation import Key, key_of
from pages.components.person import may_look, session
from pages.components.widgets import browser_part

SCRIPT = Path(__file__).with_name("keys.mjs")
LINE = "`j` `k` next, previous &nbsp;·&nbsp; `a` approve &nbsp;·&nbsp; `r` reject &nbsp;·&nbsp; `e` edit &nbsp;·&nbsp; "
LINE += "`Esc` leaves a field"


def keys(row: RequestRow, following: Key | None) -> None:
    """Lets the keys work on the request `row`; on the line at the bottom they are named."""
    card = card_key(row)
    data = {
        "row": row_key(key_of(row)),
        "next": row_key(following) if following else "",
        "approve": f"approve:{card} edit:{card}",
        "reject": f"reject:{card}:open",
        "edit": f"edit:{card}:open",
    }
    with st.container(key="inbox_keys"):
        st.caption(LINE)
        browser_part("studio_inbox_keys", SCRIPT, key="studio_inbox_keys", data=data, height=0)


COUNT_SCRIPT = Path(__file__).parents[1] / "frame.mjs"
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
    browser_part("studio_waiting", COUNT_SCRIPT, key="studio_waiting", data={"n": _n_waiting()}, height=0)


def _n_waiting() -> int:
    """Asked at every drawing: who signed out, or lost the right to look, while the page was open learns no more."""
    try:
        return session().requests.n_open() if may_look() else 0
    except OutageError:  # the page itself says so
        return 0
