"""The team of a chat: who speaks now and who may be next, what each has used, and how full its model's window is."""

from collections import Counter

import streamlit as st

from agents.chats import SELECTION, Spend
from agents.text.context import window_line
from agents.text.numbers import count_text, tokens_text
from agents.text.spend import cost_text
from pages.components.chat.view import ChatView, view_of
from pages.components.live import chats_mark, lively, redraw
from pages.components.members import face
from pages.components.messages import escape_md
from pages.components.person import session

SPEAKS, ASKED, NEXT = ":blue-badge[speaks now]", ":orange-badge[waits for you]", ":gray-badge[may be next]"


@lively
def members(chat: str) -> None:
    """Draw them, in the team's order, then the choice of speakers where a model makes it."""
    view = view_of(session(), chat)
    spent = {total.key: total.spend for total in session().chats.totals_by("agent", chat=chat)}
    n_turns = Counter(message.agent for message in view.state.messages if message.source != "task")
    badges = _badges(view)
    for agent in view.team.agents:
        used = _used(count_text(n_turns[agent.name], "turn"), spent.get(agent.name))
        title = f"{face(agent)} **{escape_md(agent.label)}** {badges.get(agent.name, '')}".rstrip()
        _member(view, agent.name, title, used, has_window=agent.has_model)
    if SELECTION in view.state.contexts or SELECTION in spent:
        title = ":material/record_voice_over: **Choice of the next speaker**"
        _member(view, SELECTION, title, _used("", spent.get(SELECTION)), has_window=True)
    st.caption("The bars say what each was sent with its last call, of what its model reads at once.")
    if view.state.status == "running":
        redraw("team", chats=chats_mark())


def _member(view: ChatView, agent: str, title: str, used: str, *, has_window: bool) -> None:
    use = view.state.contexts.get(agent)
    window = escape_md(window_line(view.state, view.team, agent)) if has_window else ""
    lines = "".join(f"  \n:small[:gray[{line}]]" for line in (escape_md(used), window) if line)
    if has_window and use is not None and use.fullness is not None:
        st.progress(use.fullness, text=f"{title} · {use.fullness:.0%}{lines}")
    else:
        st.markdown(f"{title}{lines}")


def _used(turns: str, spend: Spend | None) -> str:
    parts = [turns] if turns else []
    if spend is not None and spend.is_rehearsed:
        parts.append("rehearsed")
    elif spend is not None and spend.n_calls:
        parts += [tokens_text(spend.n_tokens), cost_text(spend)]
    return " · ".join(parts)


def _badges(view: ChatView) -> dict[str, str]:
    """Return what is said beside the names: who speaks, who is waited for, and who may follow them."""
    state = view.state
    if state.status == "ended" or not state.messages:
        return {}
    asked = {request.agent for request in state.requests}
    speaker = state.pending.agent if state.pending else ""
    found = dict.fromkeys(view.team.followers(speaker or state.messages[-1].agent), NEXT)
    if not speaker and state.handed_to:
        found = {state.handed_to: NEXT}
    if speaker:
        found[speaker] = SPEAKS
    return {**found, **dict.fromkeys(asked, ASKED)}
