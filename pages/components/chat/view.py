"""A chat as the chat screen shows it, read without folding the same log twice, and what a press there does.

The actions are callbacks: they run before the page is drawn, which so shows their outcome. An action's client id names
what was shown, so that the same press again finds the action done.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st

from agents.chats import ChatState, fold
from agents.errors import NotFoundError
from agents.specs import TeamSpec, team_from_dict
from agents.studio import ChatRow, Session
from agents.text.states import offer_of
from pages.components.decision.acts import attempt, open_form, text_of
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

    @property
    def labels(self) -> dict[str, str]:
        """Agent name -> name to show."""
        return {agent.name: agent.label for agent in self.team.agents}

    @property
    def offer(self) -> str:
        """Changes when the screen should offer something else."""
        return offer_of(self.state)


class _States:
    """Folded states by database and chat."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[ChatState, float]] = OrderedDict()
        self._lock = threading.Lock()  # guards the order of the dictionary; sessions are threads

    def state(self, session: Session, chat: str) -> tuple[ChatState, float]:
        """The state, and the seconds of work since the chat's start."""
        key = (session.studio.settings.db_url, chat)
        with self._lock:
            state, work_s = self._kept.get(key, (ChatState(), 0.0))
        for recorded in session.chats.log(chat, after=state.head):
            if state.last_at and state.status == "running":
                work_s += (recorded.at - state.last_at).total_seconds()
            state = fold([recorded], state)
        if state.started is None:
            return state, work_s
        with self._lock:
            self._kept[key] = (state, work_s)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_STATES:
                self._kept.popitem(last=False)
        return state, work_s


_states = _States()


def view_of(session: Session, chat: str) -> ChatView:
    """The chat now; NotFoundError when there is none, or it was deleted."""
    row, (state, work_s) = session.chats.get(chat), _states.state(session, chat)
    if row.deleted_at is not None or state.started is None:
        raise NotFoundError(f"The chat {row.title!r} was deleted.")
    team = team_from_dict(state.started.team)
    return ChatView(row, state, team, session.teams.is_rehearsed(team), work_s)


def stop(view: ChatView) -> None:
    """Ends the chat at once."""
    chat = view.row.chat
    attempt(chat, lambda: session().chats.stop(chat, client_id=once(f"stop:{chat}:{view.state.head}")))


def pause(view: ChatView) -> None:
    """Lets the chat wait once the turn under way is over."""
    chat = view.row.chat
    attempt(chat, lambda: session().chats.pause(chat, client_id=once(f"pause:{chat}:{view.state.head}")))


def say(view: ChatView, key: str) -> None:
    """Says what was typed; the box closes once it is said."""
    chat, act = view.row.chat, once(f"say:{view.row.chat}:{view.state.head}")
    text = text_of(f"{key}:text")
    if attempt(chat, lambda: session().chats.say(chat, text, client_id=act)):
        open_form(key, "")


def revoke(view: ChatView, rule: str) -> None:
    """Takes back what was approved for the rest of the chat."""
    chat = view.row.chat
    attempt(chat, lambda: session().requests.revoke_rule(chat, rule, client_id=once(f"revoke:{chat}:{rule}")))


def go_on(view: ChatView, text_key: str) -> None:
    """Continues an ended chat, with the text said first when there is one."""
    chat, act = view.row.chat, once(f"continue:{view.row.chat}:{view.state.head}")
    text = text_of(text_key)
    attempt(chat, lambda: session().chats.continue_(chat, text=text, client_id=act))


def rename(chat: str, title_key: str) -> None:
    """Gives the chat the title in the widget."""
    attempt(chat, lambda: session().chats.rename(chat, text_of(title_key)))


def delete(chat: str) -> None:
    """Takes the chat out of the lists; the list of chats says how to have it back."""
    if attempt(chat, lambda: session().chats.delete(chat)):
        show_list()
        st.session_state["chat:deleted"] = chat
