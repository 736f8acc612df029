"""A chat as the chat screen shows it, read without folding the same log twice, and what a press there does.

The actions are callbacks: they run before the page is drawn, which so shows their outcome. An action's client id names
what was shown, so that the same press again finds the action done.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from agents.chats import ChatState, fold
from agents.errors import NotFoundError
from agents.specs import TeamSpec
from agents.studio import ChatRow, Session
from agents.text.states import offer_of
from pages.components import unsaved
from pages.components.decision.acts import attempt, open_form, text_of
from pages.components.messages import flash
from pages.components.navigation import show_list
from pages.components.person import session
from pages.components.widgets import once

KEPT_STATES = 64
"""Of the chats drawn last; a rerun folds only what is new since."""


@dataclass(frozen=True)
class ChatView:
    """A chat as of one moment."""

    row: ChatRow
    state: ChatState
    team: TeamSpec
    """As pinned at the chat's start."""
    is_rehearsed: bool
    """Whether somebody in it speaks the lines of a script."""
    work_s: float
    """Time in which it was the team's move, since the chat's start."""
    asking_part: str = ""
    """The chat of a team that works for this one and asks a person; "" for none."""

    @property
    def labels(self) -> dict[str, str]:
        """Agent name -> name to show."""
        return {agent.name: agent.label for agent in self.team.agents}

    @property
    def offer(self) -> str:
        """Changes when the screen should offer something else."""
        return offer_of(self.state, self.asking_part)


class _Kept:
    """A folded state."""

    def __init__(self) -> None:
        self.state, self.work_s = ChatState(), 0.0
        self.lock = threading.Lock()
        """Guards both: two sessions may look at one chat."""


@st.cache_resource(max_entries=KEPT_STATES, show_spinner=False)
def _kept(database: str, chat: str) -> _Kept:
    return _Kept()


def _state(session: Session, chat: str) -> tuple[ChatState, float]:
    """The state, and the seconds of work since the chat's start."""
    kept = _kept(session.studio.settings.db_url, chat)
    with kept.lock:
        for recorded in session.chats.log(chat, after=kept.state.head):
            if kept.state.last_at and kept.state.status == "running":
                kept.work_s += (recorded.at - kept.state.last_at).total_seconds()
            kept.state = fold([recorded], kept.state)
        return kept.state, kept.work_s


def view_of(session: Session, chat: str) -> ChatView:
    """The chat now; NotFoundError when there is none, or it was deleted."""
    row, (state, work_s) = session.chats.get(chat), _state(session, chat)
    if row.deleted_at is not None or state.started is None:
        raise NotFoundError(f"The chat {row.title!r} was deleted.")
    team = state.started.spec
    at_work = session.chats.at_work(chat) if state.subchat is not None else row
    asking_part = at_work.chat if at_work.chat != chat and at_work.status == "waiting" else ""
    return ChatView(row, state, team, session.teams.is_rehearsed(team), work_s, asking_part)


def _attempt(view: ChatView, act: Callable[..., object], what: str, at: object, **given: str) -> bool:
    """Do `act` once for what was shown: `what` and `at` name it."""
    chat = view.row.chat
    client_id = once(f"{what}:{chat}:{at}")
    return attempt(chat, lambda: act(chat, client_id=client_id, **given))


def stop(view: ChatView) -> None:
    """Ends the chat at once."""
    _attempt(view, session().chats.stop, "stop", view.state.head)


def pause(view: ChatView) -> None:
    """Lets the chat wait once the turn under way is over, or the team that works for it."""
    if _attempt(view, session().chats.pause, "pause", view.state.head) and view.state.subchat is not None:
        flash("The team at work waits for you once its turn is over.", ":material/pause_circle:")


def say(view: ChatView, key: str) -> None:
    """Says what was typed; the box closes once it is said."""
    if _attempt(view, session().chats.say, "say", view.state.head, text=text_of(f"{key}:text")):
        open_form(key, "")
        unsaved.forget(key, everywhere=True)


def revoke(view: ChatView, rule: str) -> None:
    """Takes back what was approved for the rest of the chat."""
    _attempt(view, session().requests.revoke_rule, "revoke", rule, rule=rule)


def go_on(view: ChatView, text_key: str) -> None:
    """Continues an ended chat, with the text said first when there is one."""
    if _attempt(view, session().chats.continue_, "continue", view.state.head, text=text_of(text_key)):
        unsaved.forget(continue_place(view.row.chat), everywhere=True)


def continue_place(chat: str) -> str:
    """Return where what is typed to continue an ended chat is kept."""
    return f"continue:{chat}"


def write_summary(view: ChatView) -> None:
    """Lets a model sum up the stopped chat."""
    _attempt(view, session().chats.write_summary, "summary", view.state.head)


def rename(chat: str, title_key: str) -> None:
    """Gives the chat the title in the widget."""
    attempt(chat, lambda: session().chats.rename(chat, text_of(title_key)))


def delete(chat: str) -> None:
    """Takes the chat out of the lists; the list of chats says how to have it back."""
    if attempt(chat, lambda: session().chats.delete(chat)):
        show_list()
        st.session_state["chat:deleted"] = chat
