"""The card of a request: what is asked, who or what asked it, how long it may wait, and the buttons that answer it."""

from collections.abc import Callable

import streamlit as st

from agents.chats import DecisionRequested
from agents.specs import GATED, TeamSpec
from pages.components.decision import gated, questions
from pages.components.decision.asked import Ask
from pages.components.decision.countdown import countdown
from pages.components.errors import plain

DRAWN: dict[str, Callable[[Ask], None]] = {
    "human_turn": questions.human_turn,
    "next_speaker": questions.next_speaker,
    "model_failure": questions.model_failure,
    "limit": questions.limit,
    "loop": questions.loop,
    "pause": questions.pause,
    "tool_call": gated.tool_call,
    "code_block": gated.code_block,
    "package": gated.package,
    "message": gated.message,
}
"""Kind of request -> what draws it."""
BOUND = GATED
"""Kinds whose answer is about something shown, so that its digest is."""


def card(chat: str, request: DecisionRequested, team: TeamSpec, *, key: str) -> None:
    """Draws the open `request` of `chat` and its buttons, which decide through the studio. `team` is the one pinned at
    the chat's start; `key` tells the card from all others on the page and stays the same for the same request.

    What comes of a press is kept for `acts.notices`, which the page draws above its cards."""
    ask = Ask(chat, request, team, key)
    with st.container(key=f"card:{key}", gap="small"):
        DRAWN[request.of](ask)
        _foot(ask)


def _foot(ask: Ask) -> None:
    request, parts = ask.request, []
    if request.rule:
        parts.append(f"Asked by the rule “{plain(request.rule)}”")
    elif request.of in BOUND and not ask.payload.get("is_cut"):
        parts.append("No rule decides this, so a person does")
    if request.of in BOUND:
        parts.append(f"{'bound' if parts else 'Bound'} to `{request.digest[:12]}`")
    if not parts and request.deadline_s is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if parts:
            help = f"SHA-256 of exactly what is shown: {request.digest}" if request.of in BOUND else None
            st.caption(" · ".join(parts), help=help, width="stretch")
        with st.container(width="content"):
            countdown(ask)
