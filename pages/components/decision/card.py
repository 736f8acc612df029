"""The card of a request: what is asked, who or what asked it, how long it may wait, and the buttons that answer it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from agents.chats import DecisionRequested, kind_of
from agents.chats import requests as kinds
from agents.chats.requests import RequestBase
from agents.specs import TeamSpec
from agents.text.numbers import OVERDUE
from pages.components.decision import requests
from pages.components.decision.answers import Ask, restore
from pages.components.decision.forms import question
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import browser_part, lock_note, unless

SCRIPT = Path(__file__).with_name("countdown.mjs")


def countdown(ask: Ask[RequestBase]) -> None:
    """Draw what is left; nothing for a request without a deadline."""
    if ask.request.deadline_s is None:
        return
    due_at = session().requests.row(ask.chat, ask.request.request).due_at
    if due_at is None:
        return
    left_s, outcome = max(0.0, (due_at - datetime.now(UTC)).total_seconds()), f"then {OVERDUE[ask.request.overdue]}"
    over = "Time is up" + ("; it keeps waiting" if ask.request.overdue == "wait" else "")
    data, html = {"left_s": left_s, "outcome": outcome, "over": over}, '<span class="countdown" role="timer"></span>'
    browser_part("studio_countdown", SCRIPT, html=html, key=f"countdown:{ask.key}", data=data)


WIDGETS: dict[type[RequestBase], tuple[str, Callable[[Ask[Any]], None]]] = {
    kinds.HumanTurnRequest: (":material/person:", requests.human_turn),
    kinds.NextSpeakerRequest: (":material/record_voice_over:", requests.next_speaker),
    kinds.ModelFailureRequest: (":material/error:", requests.model_failure),
    kinds.FunctionFailureRequest: (":material/error:", requests.function_failure),
    kinds.LimitRequest: (":material/data_usage:", requests.limit),
    kinds.LoopRequest: (":material/repeat:", requests.loop),
    kinds.PauseRequest: (":material/pause_circle:", requests.pause),
    kinds.ToolCallRequest: (":material/build:", requests.tool_call),
    kinds.CodeBlockRequest: (":material/terminal:", requests.code_block),
    kinds.PackageRequest: (":material/deployed_code_update:", requests.package),
    kinds.MessageRequest: (":material/visibility:", requests.message),
    kinds.QuestionRequest: (":material/contact_support:", question),
}
"""The icon of each kind of request, and what draws it."""


def icon(kind: str) -> str:
    """Return the icon of a kind of request, by its tag."""
    found = WIDGETS.get(kind_of(kind))
    return found[0] if found else ":material/help:"


def card(
    chat: str,
    request: DecisionRequested,
    team: TeamSpec,
    *,
    key: str,
    bar: DeltaGenerator | None = None,
    number: int = 0,
) -> None:
    """Draw the open `request` of `chat` and its buttons, which decide through the studio. `team` is the one pinned at
    the chat's start; `key` tells the card from all others on the page and stays the same for the same request.
    The buttons are under it, or in `bar`, where `number` says whose they are.

    What comes of a press is kept for `acts.notices`, which the page draws above its cards."""
    ask: Ask[RequestBase] = Ask(chat, request, team, key, bar, number)
    why_not = session().why_not("decide")
    with st.container(key=f"card:{key}", gap="small"):
        _, draw = WIDGETS[type(ask.asked)]
        restore(ask)
        with unless(why_not):
            draw(ask)
        _foot(ask)
        lock_note(why_not)


def _foot(ask: Ask[RequestBase]) -> None:
    request, asked, parts = ask.request, ask.asked, []
    if request.rule:
        parts.append(f"Asked by the rule “{escape_md(request.rule)}”")
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
