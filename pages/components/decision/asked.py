"""One request as a card draws it: what is asked, of which chat and team, under which keys."""

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar, cast

from agents.chats import DecisionRequested
from agents.chats.requests import RequestBase
from agents.specs import AgentSpec, TeamSpec

Asked = TypeVar("Asked", bound=RequestBase, covariant=True)


@dataclass(frozen=True)
class Ask(Generic[Asked]):
    """What the parts of a card share."""

    chat: str
    request: DecisionRequested
    team: TeamSpec
    key: str
    """In the keys of all its widgets; they begin with what the widget does."""

    @cached_property
    def asked(self) -> Asked:
        """What is asked, as the class of its kind."""
        return cast(Asked, self.request.asked)

    def member(self, name: str) -> AgentSpec | None:
        return next((agent for agent in self.team.agents if agent.name == name), None)

    @property
    def who(self) -> str:
        """The agent's name to show; "" for the team as a whole."""
        member = self.member(self.request.agent)
        return member.label if member else self.request.agent
