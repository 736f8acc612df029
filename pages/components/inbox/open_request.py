"""The open request: which one it is, its chat and team, its card, what was said before, and where to go after it.

It is the one in the address, else the first of the list, or after a decision the same chat's next.
"""

import time
from dataclasses import dataclass
from typing import get_args

import streamlit as st

from agents.chats import MessagePosted, Verdict
from agents.errors import NotFoundError
from agents.plain_text import beginning
from agents.studio import ChatRow, RequestRow
from agents.text.numbers import age_text, count_text, tokens_text
from agents.text.spend import cost_text
from agents.text.states import decision_line
from pages.components.decision import acts
from pages.components.decision.card import card
from pages.components.inbox import bulk
from pages.components.inbox.request_list import Filters
from pages.components.live import lively, redraw
from pages.components.members import team_of
from pages.components.messages import escape_md
from pages.components.navigation import TEAMS, Key, chat_link, in_address, key_of, show
from pages.components.person import session
from pages.components.transcript import rendered
from pages.components.widgets import action

MOMENT_S = 2.0
"""How long a chat that works on is waited for."""
LOOK_S = 0.25
N_LATEST = 30
"""Among so many of a chat's latest requests its open ones are looked for."""


def next_of(row: RequestRow, wanted: Filters) -> RequestRow | None:
    """What the chat of `row` asks besides and fits, the oldest of it; None when it asks nothing such."""
    latest = session().requests.recent(chat=row.chat, limit=N_LATEST)
    return next((other for other in reversed(latest) if other.decided_at is None and wanted.fit(other)), None)


def chat_may_ask_again(row: RequestRow) -> bool:
    """Whether `row` was decided here a moment ago and its chat works on."""
    return _left_s(row) > 0 and session().chats.get(row.chat).status == "running"


def look_again(row: RequestRow) -> None:
    """Draws the page anew once the chat asks or ends, or the moment is over."""
    _look(row.chat, time.monotonic() + _left_s(row))


@lively
def _look(chat: str, until_s: float) -> None:
    if time.monotonic() > until_s or session().chats.get(chat).status != "running":
        st.rerun()
    redraw("awaited", every_s=LOOK_S)


def _left_s(row: RequestRow) -> float:
    return acts.decided_at(row.chat, row.request) + MOMENT_S - time.monotonic()


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
        is_awaited = chat_may_ask_again(row)
        row = next_of(row, wanted) or (row if is_awaited else _following(key_of(row), order, rows))
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
        st.warning(escape_md(str(error)), icon=":material/search_off:")
        return None


N_BEFORE = 3
"""Messages shown of what was said before the request."""
LOOK_BACK = 120
"""Events among which they are looked for; older ones are in the chat."""
MAX_SHOWN_CHARS = 1_200


def asked(row: RequestRow, following: Key | None, *, is_awaited: bool = False) -> None:
    """Draws the request `row`, and the way to the one that follows once it is decided; whether more is awaited of its
    chat."""
    chat, team = session().chats.get(row.chat), team_of(row.chat)
    labels = {agent.name: agent.label for agent in team.agents}
    _head(row, chat)
    request, made = session().requests.get(row.chat, row.request)
    if row.decided_at is None:
        with st.container(border=True, key="inbox_card"):
            card(row.chat, request, team, key=card_key(row))
        bulk.offer(row)
    else:
        what = "The chat ended before anybody answered"
        if made:
            other = "ended the chat" if made.verdict == "end" else "replied"
            what = decision_line(made, request, labels) or f"{made.who} {other}"
        with st.container(border=True, key="inbox_decided", horizontal=True, vertical_alignment="center"):
            when = "the team goes on" if is_awaited else age_text(row.decided_at)
            st.markdown(
                f":material/task_alt: **{escape_md(request.question)}**\n\n{escape_md(what)} · {when}", width="stretch"
            )
            if following:
                action("Next", "inbox:next", "arrow_forward", show, following)
    _before(row, labels)


def card_key(row: RequestRow) -> str:
    """The key of the request's card."""
    return f"inbox:{row.chat}:{row.request}"


def _head(row: RequestRow, chat: ChatRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="inbox_head"):
        chat_link(row.chat, escape_md(row.title), icon=":material/forum:")
        if team := _team_key(chat):
            st.page_link(TEAMS, label=escape_md(row.team_name), icon=":material/groups:", query_params={"team": team})
        else:
            st.caption(escape_md(row.team_name))
    spent = escape_md(cost_text(chat)) if chat.n_tokens else "nothing spent"
    parts = [f"asked {age_text(row.asked_at)}", count_text(chat.n_messages, "message"), f"{spent} so far"]
    if chat.n_tokens:
        parts.append(tokens_text(chat.n_tokens))
    st.caption(" · ".join(parts))


def _team_key(chat: ChatRow) -> str:
    """How the team editor names the chat's team; "" for one that was never saved."""
    if chat.team_id:
        return chat.team_id
    found = (team.name for team in session().teams.gallery() if team.spec.name == chat.team_name)
    return next((f"gallery:{name}" for name in found), "")


def _before(row: RequestRow, labels: dict[str, str]) -> None:
    log = session().chats.log(row.chat, after=max(0, row.seq - LOOK_BACK), before=row.seq)
    posted = [recorded for recorded in log if isinstance(recorded.event, MessagePosted)][-N_BEFORE:]
    if not posted:
        return
    st.caption("**Messages before this**")
    for recorded in posted:
        message = recorded.event
        assert isinstance(message, MessagePosted)
        with st.container(gap="xxsmall", key=f"before:{row.chat}:{recorded.seq}"):
            st.caption(f"{escape_md(labels.get(message.agent, message.agent))} · {age_text(recorded.at)}")
            rendered(beginning(message.content, MAX_SHOWN_CHARS), key=f"before:{row.chat}:{recorded.seq}:text")
