"""What the chat screen is drawn from: the chat's row and its folded state, read without folding the same log twice."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from agents.chats import ChatState, fold
from agents.errors import NotFoundError
from agents.specs import TeamSpec, team_from_dict
from agents.studio import ChatRow, Session
from agents.text.states import offer_of

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
