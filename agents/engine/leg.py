"""A leg: the group chat run from its log until it ends or waits for a person. The one loop of the product.

    resume the history -> select who speaks -> let it speak (person, code, model) -> post -> check the end -> again

The loop itself is pyautogen's `GroupChatManager.run_chat`; here is what happens when it calls back. Each step
first looks into the log for what an earlier leg already did, so a leg cut anywhere goes on as if nothing happened.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from autogen.io import IOStream

from agents.chats import (
    SELECTION,
    ChatEnded,
    ChatState,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    Person,
    Recorded,
    SpeakerSelected,
    Verdict,
    fold,
    model_messages,
    request_digest,
)
from agents.engine.calls import Model, called, connection_for, parameters_for
from agents.engine.group import Message, Silent, build
from agents.engine.limits import limit_reached, said_phrase
from agents.engine.stream import Emit, Streamed
from agents.specs import team_from_dict

CODE_BLOCK = re.compile(r"```[ \t]*\w*[ \t]*\r?\n.*?```", re.DOTALL)
CODE_IS_OFF = (
    "Code execution is off in this chat, so nothing was run: there is no output and no file was written. "
    "Do not assume any result. Say what the code would do, or finish without running it."
)


class Halt(BaseException):
    """Ends the leg through AutoGen's own `except Exception` clauses; the events emitted before say why."""


class Leg:
    """One run of `run` over one `ChatState`; the `Desk` of its group chat."""

    def __init__(self, state: ChatState, model: Model):
        if state.started is None or state.status != "running":
            raise ValueError(f"a leg needs a running chat; this one is {state.status}")
        self.state = state
        self.model = model
        self.team = team_from_dict(dict(state.started.team))
        self._emit: Emit = lambda item: None
        self._n_resumed = 0
        self._logged = list(state.calls)
        self._source: tuple[Any, Person | None] = ("auto", None)

    def run(self, emit: Emit) -> None:
        """Emit the leg's events; returns when the chat has ended or waits."""
        self._emit = emit
        manager = build(self.team, self)
        with IOStream.set_default(Silent()):
            try:
                speaker, message = manager.resume(model_messages(self.state), silent=True)
                speaker.send(message, manager, request_reply=True, silent=True)  # initiate_chat drops an empty message
            except Halt:
                return
        raise RuntimeError("the group chat ended without a reason")

    def record(self, event: Event) -> None:
        """Emit `event` and count it in. The store stamps the log; no decision here rests on this clock."""
        self._emit(event)
        self.state = fold([Recorded(chat="", seq=self.state.head + 1, at=_now(), event=event)], self.state)

    def end(self, ended: ChatEnded) -> None:
        """End the chat and the leg."""
        self.record(ended)
        raise Halt

    # -- messages

    def message_appended(self, agent: str, content: str) -> None:
        """Post what the speaker said, then see whether that ends the chat. History comes by here first."""
        if self._n_resumed < len(self.state.messages):
            self._n_resumed += 1
        else:
            source, by = self._source
            self.record(MessagePosted(turn=self.state.turn, agent=agent, content=content, source=source, by=by))
            self._logged.clear()
            self._n_resumed += 1
        if self._n_resumed == len(self.state.messages):
            self._source = ("auto", None)
            self._check_end()

    def _check_end(self) -> None:
        phrase = said_phrase(self.state, self.team)
        if phrase and not self._listener_decides() and self.state.pending is None:
            self._end_by_phrase(phrase)
        ended = limit_reached(self.state, self.team)
        if ended and self.state.pending is None:
            self.end(ended)

    def _listener_decides(self) -> bool:
        """In a two-agent chat the one who hears the closing phrase ends it, and may ask a person first."""
        if len(self.team.agents) != 2:
            return False
        listener = next(agent for agent in self.team.agents if agent.name != self.state.messages[-1].agent)
        return listener.asks_human != "NEVER"

    def _end_by_phrase(self, phrase: str) -> None:
        name = self.team.agent(self.state.messages[-1].agent).label
        self.end(ChatEnded(reason="phrase", text=f"{name} said {phrase.strip()}."))

    # -- who speaks

    def pending_speaker(self) -> str | None:
        """The speaker of the turn that an earlier leg began, or that the team names for the first turn."""
        if self.state.pending:
            return self.state.pending.agent
        if self.state.turn == 1 and self.team.first_speaker:
            self.speaker_found(self.team.first_speaker, "first")
            return self.team.first_speaker
        return None

    def speaker_found(self, agent: str, method: Any) -> None:
        """Begin a turn."""
        self.record(SpeakerSelected(turn=self.state.turn, agent=agent, method=method))

    def nobody_may_speak(self, last_speaker: str) -> None:
        """End: the transitions graph has no way on."""
        name = self.team.agent(last_speaker).label
        self.end(ChatEnded(reason="no_speaker", text=f"Nobody may speak after {name}."))

    def person_chooses(self, candidates: list[str]) -> str:
        """The speaker that a person chose; asks, and halts, when nobody has."""
        decision = self._ask("next_speaker", "", "Who speaks next?", {"candidates": candidates}, ["choose", "end"])
        return decision.choice

    def model_selects(self, messages: list[Message]) -> str:
        """The selecting model's answer to `messages`."""
        return self._call("select", SELECTION, messages)

    # -- speaking

    def person_answers(self, agent: str) -> str | None:
        """The person's words in the agent's place, or None when the agent is to answer by itself.

        When to ask follows `check_termination_and_human_reply` (CA:2480), except that reply, skip and end are
        told apart by the button and not by the text.
        """
        spec, phrase = self.team.agent(agent), said_phrase(self.state, self.team)
        n_auto, most = self.state.auto_replies.get(agent, 0), spec.max_consecutive_auto_reply
        is_worn_out = most is not None and n_auto >= most
        is_asked = spec.asks_human == "ALWAYS" or (spec.asks_human == "TERMINATE" and (phrase or is_worn_out))
        if not is_asked:
            if is_worn_out:
                text = f"{spec.label} has answered {n_auto} times in a row without a person."
                self.end(ChatEnded(reason="auto_replies", text=text))
            return None
        part = "" if spec.label.lower() == "you" else f" as {spec.label}"
        question = f"It is your turn{part}."
        if phrase:
            speaker = self.team.agent(self.state.messages[-1].agent).label
            question = f"{speaker} said {phrase.strip()}. Reply{part} to go on; skip or end to finish."
        decision = self._ask("human_turn", agent, question, {}, ["reply", "skip", "end"])
        if decision.verdict == "reply":
            self._source = ("human", decision.by)
            return decision.text
        if phrase:
            self._end_by_phrase(phrase)
        return None

    def executor_replies(self, agent: str, content: str) -> str | None:
        """What an executor reports about the code in `content`; None when there is none."""
        if not CODE_BLOCK.search(content):
            return None
        self._source = ("code", None)
        return CODE_IS_OFF

    def model_replies(self, agent: str, messages: list[Message]) -> str:
        """The model's reply in the agent's place."""
        self._source = ("model", None)
        return self._call("reply", agent, messages)

    # -- models and people

    def _call(self, purpose: Any, agent: str, messages: list[Message]) -> str:
        """A model's answer: the logged one when an earlier leg has it, else a new call; halts when it fails."""
        for call in self._logged:
            if call.purpose == purpose:
                self._logged.remove(call)
                return call.reply
        connection, model = connection_for(self.team, self.state.models, agent)
        pieces = self.model.call(connection, model, messages, parameters_for(self.team, agent))
        result = _drain(pieces, self._show(agent) if purpose == "reply" else lambda piece: None)
        self.record(called(result, turn=self.state.turn, agent=agent, purpose=purpose))
        if result.outcome == "ok":
            return str(result.reply)
        who = self.team.agent(agent).label if agent else "The speaker selection"
        payload = {
            "purpose": purpose,
            "connection": result.connection,
            "model": result.model,
            "outcome": result.outcome,
            "error": result.error,
        }
        question = f"{who} got no answer from the model. {result.error}"
        self._request("model_failure", agent, question, payload, ["retry", "change_model", "end"])
        raise Halt

    def _show(self, agent: str) -> Callable[[str], None]:
        return lambda piece: self._emit(Streamed(turn=self.state.turn, agent=agent, text=piece))

    def _ask(self, of: Any, agent: str, question: str, payload: Message, options: list[Verdict]) -> DecisionMade:
        """The decision of this turn on such a question; asks, and halts, when there is none yet."""
        for request, decision in self.state.answers:
            if request.of == of and request.agent == agent:
                return decision
        self._request(of, agent, question, payload, options)
        raise Halt

    def _request(self, of: Any, agent: str, question: str, payload: Message, options: list[Verdict]) -> None:
        turn = self.state.turn
        self.record(
            DecisionRequested(
                request=f"r{self.state.head + 1}",
                turn=turn,
                of=of,
                agent=agent,
                question=question,
                payload=payload,
                options=options,
                digest=request_digest(of, agent, turn, payload),
            )
        )


def _drain(pieces: Any, show: Callable[[str], None]) -> Any:
    """Show each piece of a call's text; the call's result. The call is closed when the leg is cut."""
    try:
        while True:
            show(next(pieces))
    except StopIteration as stop:
        return stop.value
    finally:
        pieces.close()


def _now() -> datetime:
    return datetime.now(UTC)
