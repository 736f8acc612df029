"""Ways from one screen to another: the pages' files and the addresses of chats and teams."""

from pathlib import Path
from typing import NoReturn

import streamlit as st

_PAGES = Path(__file__).parents[1]

HOME, CHATS, TEAMS, MODELS = (_PAGES / f"{name}.py" for name in ("home", "chat", "teams", "connections"))


def open_chat(chat: str) -> NoReturn:
    """Leaves for the chat."""
    st.switch_page(CHATS, query_params={"chat": chat})


def open_team(key: str) -> NoReturn:
    """Leaves for the team editor; `key` is a team's id, "gallery:<name>" or "new:<id>"."""
    st.switch_page(TEAMS, query_params={"team": key})


def chat_link(chat: str, label: str, **options: str) -> None:
    """A link to the chat that opens in another tab like any link."""
    st.page_link(CHATS, label=label, query_params={"chat": chat}, **options)  # type: ignore[arg-type]


def back_to_list(label: str, parameter: str) -> None:
    """A button from one item of a page to all of them. A page link to the page one is on keeps the old address."""
    st.button(
        label,
        key=f"back:{parameter}",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_forget,
        args=(parameter,),
    )


def _forget(parameter: str) -> None:
    st.query_params.pop(parameter, None)
