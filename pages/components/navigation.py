"""Ways from one screen to another: the pages' files and the addresses of chats, requests and teams.

Streamlit 1.67 loses the query of a link from a page to itself, and its menu keeps it; so these are presses.
"""

from pathlib import Path
from typing import NoReturn

import streamlit as st

from agents.studio import RequestRow
from pages.components.widgets import action

MAX_DIGITS = 10
"""Of a number in an address."""
FROM_SENTENCE = "new"
"""What stands for a team in an address where one is drafted from a sentence."""
_PAGES = Path(__file__).parents[1]

HOME, CHATS, TEAMS, MODELS = (_PAGES / f"{name}.py" for name in ("home", "chat", "teams", "connections"))
INBOX, AUDIT, TIMELINE, COSTS = (_PAGES / f"{name}.py" for name in ("inbox", "audit", "timeline", "costs"))


def open_chat(chat: str) -> NoReturn:
    """Leaves for the chat."""
    st.switch_page(CHATS, query_params={"chat": chat})


def open_team(key: str) -> NoReturn:
    """Leaves for the team editor; `key` is a team's id, "gallery:<name>", "new:<id>", or FROM_SENTENCE."""
    st.switch_page(TEAMS, query_params={"team": key})


def chat_link(chat: str, label: str, **options: str) -> None:
    """A link to the chat that opens in another tab like any link."""
    st.page_link(CHATS, label=label, query_params={"chat": chat}, **options)  # type: ignore[arg-type]


def chats_link(team_id: str, revision: int, label: str) -> None:
    """A link to the chats that ran on that revision of the saved team."""
    of = {"team": team_id, "revision": str(revision)}
    st.page_link(CHATS, label=label, icon=":material/forum:", query_params=of)


def back_to_list(label: str, parameter: str) -> None:
    """A button from one item of a page to all of them. A page link to the page one is on keeps the old address."""
    action(label, f"back:{parameter}", "arrow_back", st.query_params.pop, parameter, None, type="tertiary")


def chat_in_address() -> str:
    """The id of the chat that the address names; "" for the list."""
    return str(st.query_params.get("chat", ""))


def revision_in_address() -> tuple[str, int] | None:
    """The saved team and its revision whose chats the address names; None when it names none."""
    team_id, revision = (str(st.query_params.get(name, "")) for name in ("team", "revision"))
    is_number = revision.isascii() and revision.isdigit() and len(revision) < MAX_DIGITS
    return (team_id, int(revision)) if team_id and is_number else None


def event_in_address() -> int:
    """The number of the chat's event that the address leads to; 0 for none."""
    at = str(st.query_params.get("at", ""))
    return int(at) if at.isascii() and at.isdigit() and len(at) < MAX_DIGITS else 0


def show_chat(chat: str) -> None:
    """From the list to a chat; for use as a callback."""
    st.query_params.from_dict({"chat": chat})


def show_list() -> None:
    """From a chat to the list; for use as a callback."""
    st.query_params.clear()


Key = tuple[str, str]
"""(chat, request)."""


def key_of(row: RequestRow) -> Key:
    return row.chat, row.request


def in_address() -> Key | None:
    """The request that the address names; None when it names none."""
    chat, request = (str(st.query_params.get(name, "")) for name in ("chat", "request"))
    return (chat, request) if chat and request else None


def show(key: Key | None) -> None:
    """From here on the address names `key`; also as a callback."""
    if key is None:
        forget()
    elif key != in_address():
        st.query_params.from_dict({"chat": key[0], "request": key[1]})


def forget() -> None:
    """The address names no request; also as a callback."""
    for name in ("chat", "request"):
        st.query_params.pop(name, None)


def open_request(chat: str, request: str) -> NoReturn:
    """Leaves for the inbox, with that request open."""
    st.switch_page(INBOX, query_params={"chat": chat, "request": request})
