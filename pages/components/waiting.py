"""What waits for a person, as rows with the question and the way to it. Used by Home."""

import streamlit as st

from agents.studio import ChatRow
from pages.components.errors import plain
from pages.components.places import open_chat
from pages.components.words import age_text


def waiting_row(row: ChatRow) -> None:
    """One open request: what is asked, in which chat, since when, and the way there."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"waiting:{row.chat}"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{plain(_short(row.waiting_for, 200))}**")
            st.caption(f"{plain(row.title)} · {plain(row.team_name)} · waiting since {age_text(row.updated_at)}")
        if st.button("Answer", key=f"waiting:{row.chat}:open", type="primary", icon=":material/reply:"):
            open_chat(row.chat)


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
