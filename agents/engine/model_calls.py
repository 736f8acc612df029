"""Model calls of a leg: made once, recorded before use, replayed after a crash, asked about when they fail."""

from collections.abc import Generator, Sequence
from typing import Any, Protocol, Self

from agents.chats import RESULT, SELECTION, Call, ChatState, FallbackUsed, MayBegin, ModelCalled, Purpose
from agents.chats.requests import ModelFailureRequest
from agents.specs import TeamSpec
from agents.specs.reply_shape import shape_parameter

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
        choices: Sequence[str] = (),
    ) -> Generator[str, None, Call]:
        """Yield the reply's text in pieces, and "" while the model thinks; return the call, whose `outcome` tells of a
        failure: no exception does.

        `agent` is who would speak ("" for speaker selection): a rehearsed connection finds its lines by that name.
        `choices` are the only texts that are wanted, where the server can be told so."""
        ...

    def for_leg(self, may_begin: MayBegin) -> Self:
        """Return the same, which sends nothing without asking."""
        ...

    def is_rehearsed(self, connection: str) -> bool:
        """Return whether the connection plays a script, so that no model is asked."""
        ...

    def fallbacks(self, connection: str) -> list[str]:
        """Return the names of the connections that are called in this one's place, in order, when it fails for good."""
        ...

    def context_window(self, connection: str, model: str) -> int | None:
        """Return how many tokens the model reads at once; None when nobody knows."""
        ...

    def sees_pictures(self, connection: str, model: str) -> bool | None:
        """Return whether the model takes pictures; None where no model is called."""
        ...


def events_of(call: Call, *, turn: int, prompt_bytes: int) -> list[ModelCalled]:
    """Return the events of a call that was made in that turn, with a prompt of that size: of those that failed before
    it, then its own."""
    calls = [*call.failed_before, call]
    made = {"turn": turn, "prompt_bytes": prompt_bytes, "failed_before": ()}
    return [ModelCalled.model_construct(**{**dict(each), **made}) for each in calls]


def connection_for(team: TeamSpec, state: ChatState, agent: str) -> tuple[str, str]:
    """Return (connection, model) that serve `agent` (or SELECTION, or RESULT): the fallback that this turn has come
    to, else a person's change, else the team's."""
    if used := state.fallbacks.get(agent):
        return used[-1].fallback, ""
    if agent in state.models:
        return state.models[agent]
    if agent == RESULT:
        return team.connection_of_result()
    return team.connection_of_selector() if agent == SELECTION else team.connection_of(team.agent(agent))


def fallback_for(model: Model, state: ChatState, call: ModelCalled) -> FallbackUsed | None:
    """Return what tells that the next connection is called in place of the one of `call`, which failed for good; None
    when all were tried."""
    used = state.fallbacks.get(call.agent, ())
    first = used[0].connection if used else call.connection
    tried = {first, *(each.fallback for each in used)}
    left = [name for name in model.fallbacks(first) if name not in tried]
    if not left:
        return None
    return FallbackUsed(
        turn=state.turn,
        agent=call.agent,
        connection=call.connection,
        model=call.model,
        error=call.error,
        fallback=left[0],
    )


def failure_of(state: ChatState, call: ModelCalled) -> ModelFailureRequest:
    """Return what a person is asked about a call that failed for good: about the connection that was called first, with
    every cause when others failed in its place."""
    used = state.fallbacks.get(call.agent, ())
    first: FallbackUsed | ModelCalled = used[0] if used else call
    causes = [*(f"{each.connection}: {each.error}" for each in used), f"{call.connection}: {call.error}"]
    error = " ".join(["All connections failed.", *causes]) if used else call.error
    return ModelFailureRequest(
        purpose=call.purpose, connection=first.connection, model=first.model, outcome=call.outcome, error=error
    )


def parameters_for(team: TeamSpec, agent: str) -> dict[str, Any]:
    """Return the request parameters of `agent`; speaker selection asks for its most likely answer."""
    if agent == SELECTION:
        return {"temperature": 0}
    spec = team.agent(agent)
    parameters: dict[str, Any] = dict(spec.parameters)
    if spec.temperature is not None:
        parameters["temperature"] = spec.temperature
    if spec.reply_schema:
        parameters.setdefault("response_format", shape_parameter(spec.reply_schema))
    return parameters
