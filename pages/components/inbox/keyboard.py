"""The inbox by keyboard."""

from pathlib import Path

import streamlit as st

from agents.studio import RequestRow
from pages.components.inbox.open_request import card_key
from pages.components.inbox.request_list import row_key
from pages.components.navigation import Key, key_of
from pages.components.shortcuts import INBOX, line
from pages.components.widgets import browser_part

SCRIPT = Path(__file__).with_name("keys.mjs")


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
        st.caption(line(INBOX))
        browser_part("studio_inbox_keys", SCRIPT, key="studio_inbox_keys", data=data, height=0)
