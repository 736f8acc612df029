"""Chat: pick or start one, follow it live, answer when it is your turn. The address `?chat=` is the chat.

The rail stands where Streamlit keeps what stays in sight; on a wide screen that is right of the transcript."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from agents.errors import NotFoundError
from pages.components import messages
from pages.components.chat.chat_list import picker
from pages.components.chat.head import bar, head
from pages.components.chat.rail import rail
from pages.components.chat.view import view_of
from pages.components.local_model import fetch_bar
from pages.components.messages import escape_md
from pages.components.navigation import chat_in_address, event_in_address, show_list
from pages.components.person import session
from pages.components.transcript import transcript

WIDTH = 832
"""Pixels; the transcript's 52rem."""


def show(chat: str) -> None:
    try:
        view = view_of(session(), chat)
    except NotFoundError as error:
        st.title("There is no such chat", anchor=False)
        st.markdown(escape_md(str(error)))
        st.button("See all chats", key="chat:list", icon=":material/forum:", on_click=show_list)
        return
    with column():
        head(view)
    with column(key="chat_bar"):
        bar(view)
    if view.state.status == "running":
        with column(key="chat_local_model"):
            fetch_bar(f"chat:{chat}", view.team)
    transcript(
        chat, view.team, session().person.name, offer=view.offer, key=f"transcript:{chat}", at=event_in_address()
    )
    with st.bottom:
        rail(view)


@contextmanager
def column(key: str | None = None) -> Iterator[None]:
    """As wide as the transcript, in the middle."""
    with st.container(horizontal_alignment="center", gap=None, key=key), st.container(width=WIDTH):
        yield


messages.show_flash()
if chat := chat_in_address():
    show(chat)
else:
    picker(session())
