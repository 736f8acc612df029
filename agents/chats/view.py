"""A chat as functions of the plugins folder see it: plain values that follow from the log alone.

A leg that is resumed makes the same of the same log, so a function that uses nothing else decides the same again.
"""

from dataclasses import dataclass

from agents.chats.state import ChatState
from agents.specs import TeamSpec


@dataclass(frozen=True)
class ChatMessage:
    """What one turn said."""

    turn: int
    """The task is turn 0."""
    agent: str
    """The name of its speaker."""
    content: str
    source: str
    """task, model, human, auto or code."""


@dataclass(frozen=True)
class ChatMember:
    """One agent of the team."""

    name: str
    label: str
    """The name that people see."""
    role: str
    """assistant, human or executor."""
    description: str


@dataclass(frozen=True)
class ChatView:
    """One chat between two turns."""

    task: str
    messages: tuple[ChatMessage, ...]
    """Oldest first; the first holds the task."""
    n_new: int
    """How many of them came since the chat began or was continued."""
    members: tuple[ChatMember, ...]
    candidates: tuple[str, ...]
    """Names of those who may speak next."""

    @property
    def last(self) -> ChatMessage:
        """The newest message."""
        return self.messages[-1]

    @property
    def last_speaker(self) -> str:
        """The name of who said it."""
        return self.last.agent


def view_of(state: ChatState, team: TeamSpec) -> ChatView:
    """Return the chat of `state`, which has a message at least."""
    return ChatView(
        task=state.started.task if state.started else "",
        messages=tuple(ChatMessage(each.turn, each.agent, each.content, each.source) for each in state.messages),
        n_new=state.n_counted,
        members=tuple(ChatMember(each.name, each.label, each.role, each.description) for each in team.agents),
        candidates=tuple(team.followers(state.messages[-1].agent)),
    )
