"""What a press on a card does: decides once, however often it is pressed, and keeps what came of it to be shown.

Run as callbacks, before the page is drawn, so that the page already shows what follows. What a card shows besides its
request (which form is open, the change that is to be approved) is kept in the session under the card's key.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from agents.chats import DecisionRequested, Verdict
from agents.chats.requests import Answer
from agents.errors import ConflictError, StudioError
from pages.components import unsaved
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import once

SHOWN_FOR_S = 60.0
_NOTICE = "decision:notice"


@dataclass(frozen=True)
class Notice:
    """What became of the last act."""

    chat: str
    text: str
    is_lost_race: bool
    """The page already shows what was decided; nothing is to be done."""
    at: float


def decide(chat: str, request: DecisionRequested, verdict: Verdict, *, for_chat: bool = False, **answer: Any) -> None:
    """Answer the request as it was shown; `answer` is what `Answer.to` takes besides."""
    act = once(f"decide:{chat}:{request.request}:{verdict}")
    given = Answer.to(request, verdict, **answer)
    is_done = attempt(chat, lambda: session().requests.decide(chat, given, for_chat=for_chat, client_id=act))
    if is_done:
        st.session_state[f"decision:at:{chat}:{request.request}"] = time.monotonic()
        unsaved.forget(unsaved.request_place(chat, request.request), everywhere=True)


def decided_at(chat: str, request: str) -> float:
    """Return when this browser decided the request, by the monotonic clock; long ago when it did not."""
    return float(st.session_state.get(f"decision:at:{chat}:{request}", float("-inf")))


def approve_all(chat: str, requests: Iterable[DecisionRequested]) -> None:
    """Approve each, also when somebody was faster with one; that is told."""
    lost: Notice | None = None
    for request in requests:
        decide(chat, request, "approve")
        lost = st.session_state.get(_NOTICE) or lost
    if lost is not None:
        st.session_state[_NOTICE] = lost


def attempt(chat: str, act: Callable[[], object]) -> bool:
    """Do `act`, keep a StudioError for `notices`, and return whether it was done."""
    st.session_state.pop(_NOTICE, None)
    try:
        act()
    except StudioError as error:
        refuse(chat, str(error), is_lost_race=isinstance(error, ConflictError))
        return False
    return True


def refuse(chat: str, text: str, *, is_lost_race: bool = False) -> None:
    """Keep why nothing was done, for `notices`."""
    st.session_state[_NOTICE] = Notice(chat, text, is_lost_race, time.monotonic())


def notices(chat: str = "") -> None:
    """Draw why the last act of this browser was not done, until the next one or for a minute; only of `chat` if one
    is named."""
    found = st.session_state.get(_NOTICE)
    if not isinstance(found, Notice) or (chat and found.chat != chat) or time.monotonic() - found.at > SHOWN_FOR_S:
        return
    if found.is_lost_race:
        st.info(escape_md(found.text), icon=":material/info:")
    else:
        st.error(escape_md(found.text), icon=":material/error:")


# -- which form of a card is open


def mode(key: str) -> str:
    """Return the form that is open in the card `key`; "" for its buttons."""
    return str(st.session_state.get(f"{key}:mode", ""))


def open_form(key: str, which: str) -> None:
    """Open a form of the card, or with "" its buttons again."""
    st.session_state[f"{key}:mode"] = which


def text_of(widget: str) -> str:
    """Return what a person typed into that widget."""
    return str(st.session_state.get(widget) or "")


def decide_with_text(chat: str, request: DecisionRequested, verdict: Verdict, widget: str, empty: str) -> None:
    """Answer with the text typed; `empty` is said where nothing was, unless nothing may be said."""
    text = text_of(widget)
    if empty and not text.strip():
        refuse(chat, empty)
        return
    decide(chat, request, verdict, text=text)
