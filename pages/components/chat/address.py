"""Ways within the chat screen, which has one address for the list and one for each chat.

Streamlit 1.67 loses the query of a link from a page to itself, and its menu keeps it; so these are presses.
"""

import streamlit as st

PARAMETER = "chat"


def chat_in_address() -> str:
    """The id of the chat that the address names; "" for the list."""
    return str(st.query_params.get(PARAMETER, ""))


def show_chat(chat: str) -> None:
    """From the list to a chat; for use as a callback."""
    st.query_params[PARAMETER] = chat


def show_list() -> None:
    """From a chat to the list; for use as a callback."""
    st.query_params.clear()
