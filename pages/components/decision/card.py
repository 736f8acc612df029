"""The card of a request: what is asked, who or what asked it, how long it may wait, and the buttons that answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from agents.chats import DecisionRequested, kind_of
from agents.chats.requests import (
    CodeBlockRequest,
    HumanTurnRequest,
    LimitRequest,
    LoopRequest,
    MessageRequest,
    ModelFailureRequest,
    NextSpeakerRequest,
    PackageRequest,
    PauseRequest,
    QuestionRequest,
    RequestBase,
    ToolCallRequest,
)
from agents.specs import TeamSpec
from pages.components.decision import gated, questions
from pages.components.decision.asked import Ask
from pages.components.decision.countdown import countdown
from pages.components.decision.question import question
from pages.components.messages import plain


@dataclass(frozen=True)
class Widget:
    """How a kind of request is drawn."""

    icon: str
    draw: Callable[[Ask[Any]], None]


WIDGETS: dict[type[RequestBase], Widget] = {
    HumanTurnRequest: Widget(":material/person:", questions.human_turn),
    NextSpeakerRequest: Widget(":material/record_voice_over:", questions.next_speaker),
    ModelFailureRequest: Widget(":material/error:", questions.model_failure),
    LimitRequest: Widget(":material/data_usage:", questions.limit),
    LoopRequest: Widget(":material/repeat:", questions.loop),
    PauseRequest: Widget(":material/pause_circle:", questions.pause),
    ToolCallRequest: Widget(":material/build:", gated.tool_call),
    CodeBlockRequest: Widget(":material/terminal:", gated.code_block),
    PackageRequest: Widget(":material/deployed_code_update:", gated.package),
    MessageRequest: Widget(":material/visibility:", gated.message),
    QuestionRequest: Widget(":material/contact_support:", question),
}


def icon(kind: str) -> str:
    """Return the icon of a kind of request, by its tag."""
    found = WIDGETS.get(kind_of(kind))
    return found.icon if found else ":material/help:"


def card(chat: str, request: DecisionRequested, team: TeamSpec, *, key: str) -> None:
    """Draw the open `request` of `chat` and its buttons, which decide through the studio. `team` is the one pinned at
    the chat's start; `key` tells the card from all others on the page and stays the same for the same request.

    What comes of a press is kept for `acts.notices`, which the page draws above its cards."""
    ask: Ask[RequestBase] = Ask(chat, request, team, key)
    with st.container(key=f"card:{key}", gap="small"):
        WIDGETS[type(ask.asked)].draw(ask)
        _foot(ask)


def _foot(ask: Ask[RequestBase]) -> None:
    request, asked, parts = ask.request, ask.asked, []
    if request.rule:
        parts.append(f"Asked by the rule “{plain(request.rule)}”")
    elif "approve" in request.options:
        parts.append("No rule decides this, so a person does")
    if asked.is_bound:
        parts.append(f"{'bound' if parts else 'Bound'} to `{request.digest[:12]}`")
    if not parts and request.deadline_s is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if parts:
            help = f"SHA-256 of exactly what is shown: {request.digest}" if asked.is_bound else None
            st.caption(" · ".join(parts), help=help, width="stretch")
        with st.container(width="content"):
            countdown(ask)
