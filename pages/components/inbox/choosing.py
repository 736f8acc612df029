"""Which request is open: the one in the address, the first of the list, or after a decision of one's own the chat's
next one if it comes within a moment, else that of the list.

One that somebody else decided stays open, marked as decided: what is being typed is never swept away, and no press
meant for it can hit the next one.
"""

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from agents.chats import Verdict
from agents.errors import NotFoundError
from agents.studio import RequestRow
from pages.components.errors import plain
from pages.components.inbox import staying
from pages.components.inbox.address import Key, in_address, key_of, show
from pages.components.inbox.filters import Filters
from pages.components.studio import session

_ORDER = "inbox:order"
"""The list as it was drawn last, for what comes next."""


@dataclass(frozen=True)
class Chosen:
    """The request that is open in the inbox."""

    row: RequestRow
    following: Key | None
    """The one that takes its place in the list once it is decided; None when there is none."""
    is_awaited: bool = False
    """Whether it was decided here a moment ago, and its chat may ask again."""


def choose(rows: list[RequestRow], wanted: Filters) -> Chosen | None:
    """The request to show, open or decided, of `rows` that are `wanted`; the address names it from here on. None when
    there is none."""
    order: list[Key] = st.session_state.get(_ORDER, [])
    row, is_awaited = _linked(rows), False
    if row and row.decided_at and decided_here(key_of(row)):
        is_awaited = staying.is_awaited(row)
        row = staying.next_of(row, wanted) or (row if is_awaited else _following(key_of(row), order, rows))
    row = row or (rows[0] if rows else None)
    show(key_of(row) if row else None)
    st.session_state[_ORDER] = order = _with(key_of(row), order, rows) if row else []
    if row is None:
        return None
    following = _following(key_of(row), order, rows)
    return Chosen(row, key_of(following) if following else None, is_awaited and row.decided_at is not None)


def _following(key: Key, order: list[Key], rows: list[RequestRow]) -> RequestRow | None:
    """The next after `key` in `order` that is still in `rows`, else the one before, else the first."""
    open_now = {key_of(row): row for row in rows if key_of(row) != key}
    place = order.index(key) if key in order else 0
    for candidate in [*order[place:], *reversed(order[:place]), *open_now]:
        if candidate in open_now:
            return open_now[candidate]
    return None


def _with(key: Key, order: list[Key], rows: list[RequestRow]) -> list[Key]:
    """The list as it is now, `key` where it was when it has left it."""
    now = [key_of(row) for row in rows]
    if key not in now and key in order:
        now.insert(order.index(key), key)
    return now


def decided_here(key: Key) -> bool:
    """Whether this browser pressed for a decision on the request."""
    chat, request = key
    return any(f"once:decide:{chat}:{request}:{verdict}" in st.session_state for verdict in get_args(Verdict))


def _linked(rows: list[RequestRow]) -> RequestRow | None:
    key = in_address()
    if key is None:
        return None
    for row in rows:
        if key_of(row) == key:
            return row
    try:
        return session().requests.row(*key)
    except NotFoundError as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return None
