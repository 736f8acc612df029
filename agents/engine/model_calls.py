"""Model calls of a leg: made once, recorded before use, replayed after a crash, asked about when they fail."""

from collections.abc import Generator
from typing import Any, Protocol

from agents.chats import SELECTION, ModelCalled
from agents.specs import TeamSpec


class Model(Protocol):
    """Whatever reaches models by connection name; `agents.models.ModelClient` is the real one."""

    def call(
        self,
        connection: str,
        model: str,
        messages: list[dict[str, Any]],
        parameters: dict[str, Any],
        *,
        agent: str = "",
        purpose: str = "reply",
    ) -> Generator[str, None, Any]:
        """Yield the reply's text in pieces, return the result; failures are results, not exceptions. `agent` is who
        would speak ("" for speaker selection): a rehearsed connection knows its lines by that."""
        ...


def called(result: Any, *, turn: int, agent: str, purpose: Any) -> ModelCalled:
    """The event that a call's `result` (`agents.models.CallResult`) becomes."""
    return ModelCalled(
        turn=turn,
        agent=agent,
        purpose=purpose,
        connection=result.connection,
        model=result.model,
        outcome=result.outcome,
        reply=result.reply,
        tool_calls=list(result.tool_calls),
        finish_reason=result.finish_reason,
        usage=result.usage,
        usage_raw=result.usage_raw,
        price=result.price,
        prompt_sha256=result.prompt_sha256,
        started_at=result.started_at,
        first_token_s=result.first_token_s,
        duration_s=result.duration_s,
        error=result.error,
    )


def connection_for(team: TeamSpec, changed: dict[str, tuple[str, str]], agent: str) -> tuple[str, str]:
    """(connection, model) that serve `agent` (or SELECTION), a person's change going before the team."""
    if agent in changed:
        return changed[agent]
    return team.connection_of_selector() if agent == SELECTION else team.connection_of(team.agent(agent))


def parameters_for(team: TeamSpec, agent: str) -> dict[str, Any]:
    """Request parameters of `agent`; speaker selection asks for its most likely answer."""
    if agent == SELECTION:
        return {"temperature": 0}
    spec = team.agent(agent)
    parameters: dict[str, Any] = dict(spec.parameters)
    if spec.temperature is not None:
        parameters["temperature"] = spec.temperature
    return parameters
