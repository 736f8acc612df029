"""A chat as one row of a list: title, where it stands, whose team, what it cost, how old. Used by Chats and Home."""

import streamlit as st

from agents.studio import ChatRow
from pages.components.errors import plain
from pages.components.places import CHATS
from pages.components.words import age_text, cost_text, status_badge, tokens_text


def chat_row(row: ChatRow) -> None:
    """Draws the row; its title leads to the chat."""
    with st.container(border=True, key=f"chatrow:{row.chat}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(CHATS, label=f"**{plain(row.title)}**", query_params={"chat": row.chat}, width="stretch")
            st.markdown(status_badge(row.status), width="content")
        st.caption(facts(row))
        about = row.waiting_for or row.ended_text
        if about:
            st.caption(plain(about if len(about) <= 200 else about[:199] + "…"))


def facts(row: ChatRow) -> str:
    """Team, size, cost and age in one line."""
    parts = [plain(row.team_name), f"{row.n_messages} message{'' if row.n_messages == 1 else 's'}"]
    if row.n_tokens:
        parts += [tokens_text(row.n_tokens), plain(cost_text(row.cost_usd, row.n_unpriced))]
    return " · ".join([*parts, age_text(row.updated_at)])
