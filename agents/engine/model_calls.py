"""Model calls of a leg: made once, recorded before use, replayed after a crash, asked about when they fail."""

from collections.abc import Generator
from typing import Any, Protocol

from agents.chats import SELECTION, Call, ModelCalled, Purpose
from agents.specs import TeamSpec

Message = dict[str, Any]
"""One of a prompt, as the chat completions API has it."""


class Model(Protocol):
    """Whatever reaches models by connection name; `agents.models.ModelClient` is the real one."""

    def call(
        self,
        connection: str,
        model: str,
        messages: list[Message],
        parameters: dict[str, Any],
        *,
        agent: str = "",
        purpose: Purpose = "reply",
    ) -> Generator[str, None, Call]:
        """Yield the reply's text in pieces, return the call; its `outcome` tells of a failure, no exception does.

        `agent` is who would speak ("" for speaker selection): a rehearsed connection finds its lines by that name."""
        ...


def event_of(call: Call, *, turn: int) -> ModelCalled:
    """Return the event of a call that was made in that turn."""
    return ModelCalled(**{**dict(call), "turn": turn})


def connection_for(team: TeamSpec, changed: dict[str, tuple[str, str]], agent: str) -> tuple[str, str]:
    """Return (connection, model) that serve `agent` (or SELECTION), a person's change going before the team."""
    if agent in changed:
        return changed[agent]
    return team.connection_of_selector() if agent == SELECTION else team.connection_of(team.agent(agent))


def parameters_for(team: TeamSpec, agent: str) -> dict[str, Any]:
    """Return the request parameters of `agent`; speaker selection asks for its most likely answer."""
    if agent == SELECTION:
        return {"temperature": 0}
    spec = team.agent(agent)
    parameters: dict[str, Any] = dict(spec.parameters)
    if spec.temperature is not None:
        parameters["temperature"] = spec.temperature
    return parameters
