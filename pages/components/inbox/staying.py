"""Staying with a chat for a moment after deciding one of its requests: what it asks next opens before another chat's.

Whoever decides step by step keeps the thread, and whoever empties a list waits no longer than a moment.
"""

import time

import streamlit as st

from agents.studio import RequestRow
from pages.components.decision import acts
from pages.components.inbox.filters import Filters
from pages.components.person import lively
from pages.components.studio import session

MOMENT_S = 2.0
"""How long a chat that works on is waited for."""
LOOK_S = 0.25
N_LATEST = 30
"""Among so many of a chat's latest requests its open ones are looked for."""


def next_of(row: RequestRow, wanted: Filters) -> RequestRow | None:
    """What the chat of `row` asks besides and fits, the oldest of it; None when it asks nothing such."""
    latest = session().requests.recent(chat=row.chat, limit=N_LATEST)
    return next((other for other in reversed(latest) if other.decided_at is None and wanted.fit(other)), None)


def is_awaited(row: RequestRow) -> bool:
    """Whether `row` was decided here a moment ago and its chat works on."""
    return _left_s(row) > 0 and session().chats.get(row.chat).status == "running"


def look_again(row: RequestRow) -> None:
    """Draws the page anew once the chat asks or ends, or the moment is over."""
    _look(row.chat, time.monotonic() + _left_s(row))


@lively(LOOK_S)
def _look(chat: str, until_s: float) -> None:
    if time.monotonic() > until_s or session().chats.get(chat).status != "running":
        st.rerun()


def _left_s(row: RequestRow) -> float:
    return acts.decided_at(row.chat, row.request) + MOMENT_S - time.monotonic()
