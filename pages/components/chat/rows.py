"""A chat as one row of a list: title, where it stands, whose team, what it cost, how old."""

import streamlit as st

from agents.plain_text import shorten
from agents.studio import ChatRow
from agents.text.money import cost_text
from agents.text.numbers import count_text, tokens_text
from agents.text.time import age_text
from pages.components.chat.address import show_chat
from pages.components.errors import plain
from pages.components.looks import status_badge


def chat_row(row: ChatRow) -> None:
    """Draws the row; its title leads to the chat."""
    with st.container(border=True, key=f"chatrow:{row.chat}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"**{plain(row.title)}**",
                key=f"chatrow:{row.chat}:open",
                type="tertiary",
                on_click=show_chat,
                args=(row.chat,),
                wrap=True,
            )
            st.space("stretch")
            st.markdown(status_badge(row.status), width="content")
        st.caption(facts(row))
        about = row.waiting_for or row.ended_text
        if about:
            st.caption(plain(shorten(about, 200)))


def facts(row: ChatRow) -> str:
    """Team, size, cost and age in one line."""
    parts = [plain(row.team_name), count_text(row.n_messages, "message")]
    if row.n_tokens:
        parts += [tokens_text(row.n_tokens), plain(cost_text(row.cost_usd, row.n_unpriced))]
    return " · ".join([*parts, age_text(row.updated_at)])
