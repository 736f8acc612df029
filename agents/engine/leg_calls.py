"""The model calls of one leg: replayed from the log, kept inside the model's window, made at fallbacks when they fail.

    in the log? -> shortened -> made -> too long? shorter -> failed? the next fallback -> recorded, or asked about

Called by the leg. What may be sent is `agents.engine.context`'s to decide, one call itself `agents.models`'s to make.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from agents.cancellation import drain, notice_of
from agents.chats import ChatEnded, ModelCalled, Purpose
from agents.engine.approvals import Gate, Gates
from agents.engine.context import Context, Draft
from agents.engine.event_stream import Recorder, Streamed
from agents.engine.model_calls import (
    Message,
    Model,
    connection_for,
    events_of,
    failure_of,
    fallback_for,
    parameters_for,
)
from agents.engine.prompt import prompt_bytes

MAX_REFUSED_PROMPTS = 8
"""Prompts of one call that a model refuses as too long before a person is asked."""


class LegCalls:
    """Makes them, and streams what they say."""

    def __init__(self, recorder: Recorder, gates: Gates, model: Model, check_limits: Callable[[], None]):
        self._recorder, self._gates, self._model = recorder, gates, model
        self._check_limits = check_limits
        """Asks a person, and halts, where a limit is reached within a turn."""
        self._context = Context(recorder, model, self._summarise)
        self._logged = list(recorder.state.calls)
        self._streamed = (-1, "")  # turn and agent of the last text that was shown

    def end_turn(self) -> None:
        """Replay no call of the turn any more."""
        self._logged.clear()

    def call(
        self,
        purpose: Purpose,
        agent: str,
        messages: list[Message],
        n_history: int,
        tools: list[dict[str, Any]],
        choices: Sequence[str] = (),
        *,
        must_call: bool = False,
    ) -> ModelCalled:
        """Return a good call: the logged one when an earlier leg has it, else a new one. Halt when it fails, and all
        fallbacks with it, or ends the chat. `must_call`: the model is to call one of `tools`, where there are any."""
        if (logged := self._logged_call(purpose)) is not None:
            return logged
        parameters = parameters_for(self._recorder.team, agent)
        if tools:
            parameters["tools"] = tools
            if must_call:
                parameters["tool_choice"] = "required"
        events, call = self.tried(purpose, agent, messages, n_history, parameters, choices)
        if call.outcome == "over":
            self._recorder.end(ChatEnded(reason="script", text=call.error))
        if purpose == "reply" and call.outcome == "ok" and not call.tool_calls:
            self._recorder.hold(*events)  # until its message is posted
        elif events:
            self._recorder.record(*events)
        if call.outcome != "ok":
            self._gates.request(Gate(failure_of(self._recorder.state, call), agent))
        return call

    def tried(
        self,
        purpose: Purpose,
        agent: str,
        messages: list[Message],
        n_history: int,
        parameters: dict[str, Any],
        choices: Sequence[str] = (),
    ) -> tuple[list[ModelCalled], ModelCalled]:
        """Return (what is to be recorded, the call), made at the fallbacks too when it fails."""
        while True:
            if purpose != "result":  # a chat that ends asks nobody
                self._check_limits()
            connection, model = connection_for(self._recorder.team, self._recorder.state, agent)
            *refused, call = self._fitted_calls(
                purpose, Draft(agent, connection, model, messages, n_history, parameters, choices)
            )
            is_unrecorded = call.outcome in ("too_long", "over")  # what is too long stands there already
            events = [] if is_unrecorded else [*refused, call]
            fallback = None if call.outcome in ("ok", "over") else fallback_for(self._model, self._recorder.state, call)
            if fallback is None:
                return events, call
            self._recorder.record(*events, fallback)

    def _fitted_calls(self, purpose: Purpose, draft: Draft) -> list[ModelCalled]:
        """Return the call for the draft behind those that were refused before it, all to be recorded. One that the
        model refuses as too long is recorded, and made again with a shorter prompt while there is one."""
        prompt = self._context.messages(draft)
        for _ in range(MAX_REFUSED_PROMPTS):
            calls = self._made(purpose, replace(draft, messages=prompt))
            if calls[-1].outcome != "too_long":
                break
            self._recorder.record(*calls)
            shorter = self._context.messages(draft)
            if shorter == prompt:
                break
            prompt = shorter
        return calls

    def _summarise(self, agent: str, messages: list[Message]) -> ModelCalled:
        """Return the call that sums up messages for the agent's prompt, to be recorded with what becomes of it."""
        self._check_limits()
        connection, model = self._recorder.team.connection_of_summary()
        draft = Draft(agent, connection, model, messages, len(messages), {"temperature": 0})
        *refused, call = self._made("summarise", draft)
        if refused:
            self._recorder.record(*refused)
        return call

    def _logged_call(self, purpose: Purpose) -> ModelCalled | None:
        call = next((call for call in self._logged if call.purpose == purpose), None)
        if call is not None:
            self._logged.remove(call)
        return call

    def _made(self, purpose: Purpose, draft: Draft) -> list[ModelCalled]:
        """Make the call."""
        self._recorder.flush()
        parameters = draft.parameters
        pieces = self._model.call(
            draft.connection,
            draft.model,
            draft.messages,
            parameters,
            agent=draft.agent,
            purpose=purpose,
            choices=draft.choices,
        )
        result = drain(pieces, self.show(draft.agent) if purpose == "reply" else self.look_up)
        size = prompt_bytes(draft.messages, parameters.get("tools"))
        return events_of(result, turn=self._recorder.state.turn, prompt_bytes=size)

    def look_up(self, piece: str) -> None:
        """Let whoever reads this leg check whether to go on, while it writes nothing that is shown."""
        self._recorder.emit(Streamed(turn=self._recorder.state.turn, agent="", text="", notice=notice_of(piece)))

    def show(self, agent: str) -> Callable[[str], None]:
        """Return what streams one call's text: a paragraph of its own, when the turn has streamed something before."""
        has_begun = False

        def show(piece: str) -> None:
            nonlocal has_begun
            whose = (self._recorder.state.turn, agent)
            if piece and not has_begun:
                has_begun = True
                piece = f"\n\n{piece}" if self._streamed == whose else piece
                self._streamed = whose
            self._recorder.emit(
                Streamed(turn=self._recorder.state.turn, agent=agent, text=piece, notice=notice_of(piece))
            )

        return show
