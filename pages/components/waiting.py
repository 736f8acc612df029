"""What waits for a person, as rows with the question and the way to it. Used by Home."""

import streamlit as st

from agents.plain_text import one_line
from agents.studio import RequestRow
from agents.text.time import age_text, due_text
from pages.components.decision.card import icon
from pages.components.errors import plain
from pages.components.inbox.address import open_request
from pages.components.inbox.listing import headline


def waiting_row(row: RequestRow) -> None:
    """One open request: what is asked, in which chat, since when, and the way there."""
    key = f"waiting:{row.chat}:{row.request}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"{icon(row.kind)} **{plain(headline(row, 200))}**")
            due = f" · :orange[{due_text(row.due_at)}]" if row.due_at else ""
            about = f"{plain(one_line(row.title, 80))} · {plain(one_line(row.team_name, 80))}"
            st.caption(f"{about} · asked {age_text(row.asked_at)}{due}")
        if st.button("Answer", key=f"{key}:open", type="primary", icon=":material/reply:"):
            open_request(row.chat, row.request)
