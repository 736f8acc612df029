"""One request as a card draws it: what is asked, of which chat and team, under which keys."""

from dataclasses import dataclass
from typing import Any

from agents.chats import DecisionRequested
from agents.specs import AgentSpec, TeamSpec


@dataclass(frozen=True)
class Ask:
    """What the parts of a card share."""

    chat: str
    request: DecisionRequested
    team: TeamSpec
    key: str
    """In the keys of all its widgets; they begin with what the widget does."""

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.request.payload)

    def text(self, name: str) -> str:
        """A text of the payload; "" when it has none."""
        found = self.request.payload.get(name)
        return "" if found is None else str(found)

    def number(self, name: str) -> float:
        """A number of the payload; 0 when it has none."""
        found = self.request.payload.get(name)
        return float(found) if isinstance(found, int | float) else 0.0

    def member(self, name: str) -> AgentSpec | None:
        return next((agent for agent in self.team.agents if agent.name == name), None)

    @property
    def who(self) -> str:
        """The agent's name to show; "" for the team as a whole."""
        member = self.member(self.request.agent)
        return member.label if member else self.request.agent
