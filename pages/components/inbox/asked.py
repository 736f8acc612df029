"""One request with what it takes to decide it: its chat and team, what was spent, its card, what was said before."""

import streamlit as st

from agents.chats import ChatStarted, MessagePosted
from agents.errors import NotFoundError
from agents.plain_text import beginning
from agents.specs import TeamSpec, team_from_dict
from agents.studio import ChatRow, RequestRow
from agents.text.money import cost_text
from agents.text.numbers import count_text, tokens_text
from agents.text.states import decision_line
from agents.text.time import age_text
from pages.components.decision.card import card
from pages.components.decision.rendered import rendered
from pages.components.errors import plain
from pages.components.inbox import alike
from pages.components.inbox.address import Key, show
from pages.components.places import TEAMS, chat_link
from pages.components.studio import session

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
        alike.offer(row)
    else:
        what = decision_line(made, request, labels) if made else ""
        what = what or f"{row.who} ended the chat" if made else "The chat ended before anybody answered"
        with st.container(border=True, key="inbox_decided", horizontal=True, vertical_alignment="center"):
            when = "the team goes on" if is_awaited else age_text(row.decided_at)
            st.markdown(f":material/task_alt: **{plain(request.question)}**\n\n{plain(what)} · {when}", width="stretch")
            if following:
                st.button("Next", key="inbox:next", icon=":material/arrow_forward:", on_click=show, args=(following,))
    _before(row, labels)


def card_key(row: RequestRow) -> str:
    """The key of the request's card."""
    return f"inbox:{row.chat}:{row.request}"


def team_of(chat: str) -> TeamSpec:
    """The team pinned at the chat's start; reads one event."""
    started = session().chats.log(chat, limit=1)
    if not started or not isinstance(started[0].event, ChatStarted):
        raise NotFoundError(f"There is no chat {chat!r}. Choose another request.")
    return team_from_dict(dict(started[0].event.team))


def _head(row: RequestRow, chat: ChatRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="inbox_head"):
        chat_link(row.chat, plain(row.title), icon=":material/forum:")
        if team := _team_key(chat):
            st.page_link(TEAMS, label=plain(row.team_name), icon=":material/groups:", query_params={"team": team})
        else:
            st.caption(plain(row.team_name))
    spent = plain(cost_text(chat.cost_usd, chat.n_unpriced)) if chat.n_tokens else "nothing spent"
    parts = [
        f"asked {age_text(row.asked_at)}",
        count_text(chat.n_messages, "message"),
        f"{spent} so far",
    ]
    st.caption(" · ".join([*parts, *([tokens_text(chat.n_tokens)] if chat.n_tokens else [])]))


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
    st.caption("**What was said before**")
    for recorded in posted:
        message = recorded.event
        assert isinstance(message, MessagePosted)
        with st.container(gap="xxsmall", key=f"before:{row.chat}:{recorded.seq}"):
            st.caption(f"{plain(labels.get(message.agent, message.agent))} · {age_text(recorded.at)}")
            rendered(beginning(message.content, MAX_SHOWN_CHARS), key=f"before:{row.chat}:{recorded.seq}:text")
