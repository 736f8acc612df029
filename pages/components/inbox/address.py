"""Which request the inbox has open: the address `?chat=…&request=…`, so that a link leads to a request."""

from typing import NoReturn

import streamlit as st

from agents.studio import RequestRow
from pages.components.places import HOME

INBOX, AUDIT = (HOME.with_name(f"{name}.py") for name in ("inbox", "audit"))

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
