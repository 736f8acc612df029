"""A leg: the group chat run from its log until it ends or waits for a person. The one loop of the product.

    resume the history -> select who speaks -> let it speak (person, code, model) -> post -> check the end -> again

The loop itself is pyautogen's `GroupChatManager.run_chat`; here is what happens when it calls back. Each step
first looks into the log for what an earlier leg already did, so a leg cut anywhere goes on as if nothing happened.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from autogen.io import IOStream

from agents.cancellation import drain
from agents.chats import (
    SELECTION,
    ChatEnded,
    ChatState,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    Purpose,
    Recorded,
    SpeakerSelected,
    fold,
    model_messages,
)
from agents.chats.requests import (
    HumanTurnRequest,
    LoopRequest,
    MessageRequest,
    ModelFailureRequest,
    NextSpeakerRequest,
    PauseRequest,
)
from agents.engine.actions import Actions
from agents.engine.approvals import Gate, Gates, Halt, rejection
from agents.engine.code_blocks import CodeBlocks, newest_blocks
from agents.engine.event_stream import Emit, Streamed
from agents.engine.group_chat import Message, Silent, build
from agents.engine.limits import newly_near, reached, repeats, said_phrase
from agents.engine.model_calls import Model, called, connection_for, parameters_for
from agents.engine.ports import Code, Files, NoCode, NoFiles, NoTools, Tools
from agents.engine.tool_calls import called as tools_called
from agents.specs import AgentSpec, team_from_dict

MAX_TOOL_REPLIES = 25
"""Replies of a turn that may call tools; the next one has none to call, so it must speak."""
MAX_REFUSALS = 3
"""Messages of a turn that are rejected before only a person may reject another."""


class Leg:
    """One run of `run` over one `ChatState`; the `Desk` of its group chat."""

    def __init__(
        self,
        state: ChatState,
        model: Model,
        tools: Tools | None = None,
        code: Code | None = None,
        files: Files | None = None,
    ):
        if state.started is None or state.status != "running":
            raise ValueError(f"a leg needs a running chat; this one is {state.status}")
        self.state = state
        self.model, self.tools = model, tools or NoTools()
        self.team = team_from_dict(dict(state.started.team))
        self.gates = Gates(self)
        self.actions = Actions(self, self.gates, files or NoFiles())
        self.code = CodeBlocks(self.actions, self.gates, code or NoCode())
        self._emit: Emit = lambda item: None
        self._n_resumed = 0
        self._logged = list(state.calls)
        self._streamed = (-1, "")  # turn and agent of the last text that was shown
        self._source: tuple[Any, Person | None] = ("auto", None)
        self._said = ""

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

    def record(self, *events: Event) -> None:
        """Emit `events`, to be written together, and count them in. The store stamps the log;
        no decision here rests on this clock."""
        self._emit(events[0] if len(events) == 1 else events)
        at, head = _now(), self.state.head
        log = [Recorded(chat="", seq=head + n, at=at, event=event) for n, event in enumerate(events, start=1)]
        self.state = fold(log, self.state)

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
        """Between two turns: whether the chat ends, or waits for a person, before the next begins. Not once the next
        speaker's selection has: what it used counts at the next step, in a resumed leg as in a whole one."""
        if self.state.pending is not None or self.state.calls:
            return
        phrase = said_phrase(self.state, self.team)
        if phrase and not self.state.said and not self._listener_decides():
            self._end_by_phrase(phrase)
        if self.state.is_finishing:
            self.end(ChatEnded(reason="limit", text="A limit was reached, and the turn that was to finish is over."))
        self._check_limits()
        self._check_repetition()
        if self.state.pause:
            self.gates.request(Gate(PauseRequest(by=self.state.pause.by.name)))

    def _check_limits(self, *, within_turn: bool = False) -> None:
        if (near := newly_near(self.state, self.team)) is not None:
            self.record(near)
        use = reached(self.state, self.team, within_turn=within_turn)
        if use is None or self.state.is_finishing:
            return
        if self.team.limits.when_reached == "ask":
            self.gates.request(Gate(use.request(within_turn=within_turn)))
        if not within_turn:
            self.end(use.ended)

    def _check_repetition(self) -> None:
        most, n_same = self.team.limits.max_repeats, repeats(self.state)
        if most is None or n_same < most:
            return
        last = self.state.messages[-1]
        loop = LoopRequest(agent=last.agent, times=n_same, content=last.content[:2_000])
        if self.team.limits.when_reached == "end":
            self.end(ChatEnded(reason="repeats", text=loop.question(self.team.agent(last.agent).label)))
        self.gates.request(Gate(loop, last.agent))

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
        """The speaker of the turn that an earlier leg began, for whom a person speaks, or whom the team names first."""
        if self.state.pending:
            return self.state.pending.agent
        if self.state.said:
            self.speaker_found(self.team.task_giver, "interjected")
            return self.team.task_giver
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
        return self.gates.ask(Gate(NextSpeakerRequest(candidates=candidates))).choice

    def model_selects(self, messages: list[Message]) -> str:
        """The selecting model's answer to `messages`."""
        return self._call("select", SELECTION, messages, []).reply

    # -- speaking

    def person_answers(self, agent: str) -> str | None:
        """The person's words in the agent's place, or None when the agent is to answer by itself.

        When to ask follows `check_termination_and_human_reply` (CA:2480), except that reply, skip and end are
        told apart by the button and not by the text.
        """
        if self.state.pending and self.state.pending.method == "interjected":
            said = self.state.said[0]
            self._source = ("human", said.by)
            return said.text
        spec, phrase = self.team.agent(agent), said_phrase(self.state, self.team)
        n_auto, most = self.state.auto_replies.get(agent, 0), spec.max_consecutive_auto_reply
        is_worn_out = most is not None and n_auto >= most
        is_asked = spec.asks_human == "ALWAYS" or (spec.asks_human == "TERMINATE" and (phrase or is_worn_out))
        if not is_asked:
            if is_worn_out:
                text = f"{spec.label} has answered {n_auto} times in a row without a person."
                self.end(ChatEnded(reason="auto_replies", text=text))
            return None
        speaker = self.team.agent(self.state.messages[-1].agent).label
        closing = f"{speaker} said {phrase.strip()}" if phrase else ""
        decision = self.gates.ask(Gate(HumanTurnRequest(closing=closing), agent))
        if decision.verdict == "reply":
            self._source = ("human", decision.by)
            return decision.text
        if phrase:
            self._end_by_phrase(phrase)
        return None

    def executor_replies(self, agent: str, messages: list[Message]) -> str | None:
        """What an executor reports about the code in the newest of `messages` that has any; None when none has."""
        blocks = newest_blocks(messages, agent)
        if not blocks:
            return None
        report = self.code.report(agent, blocks, self._show(agent))
        self._source = ("code", None)
        return report

    def model_replies(self, agent: str, messages: list[Message]) -> str:
        """What the agent says: its model's reply, once its tool calls have their results and the message may pass."""
        spec, heard, n_rejected = self.team.agent(agent), list(messages), 0
        for ordinal in count():
            may_call = ordinal < MAX_TOOL_REPLIES
            reply = self._call("reply", agent, heard, spec.tools if may_call else [])
            if reply.tool_calls and may_call:
                heard += tools_called(self.actions, self.tools, agent, spec.tools, ordinal, reply, self._show(agent))
                continue
            rejected = self._message_rejected(spec, ordinal, reply.reply, is_refusable=n_rejected < MAX_REFUSALS)
            if rejected is None:
                return self._said
            n_rejected += 1
            draft = {"role": "assistant", "name": agent, "content": reply.reply}
            heard += [draft, {"role": "user", "name": "reviewer", "content": rejected}]
        raise AssertionError("a turn has no end")

    def _message_rejected(self, spec: AgentSpec, ordinal: int, content: str, *, is_refusable: bool) -> str | None:
        """What the model is told of a message that may not pass; None once `_said` is what the team reads."""
        self._said, self._source = content, ("model", None)
        if not (spec.step_mode or self.team.step_mode):
            return None
        decision = self.gates.ask(Gate(MessageRequest(draft=ordinal, content=content), spec.name, is_refusable))
        match decision.verdict:
            case "edit":
                self._said, self._source = str(decision.edit["content"]), ("model", decision.by)
            case "reply":
                self._said, self._source = decision.text, ("human", decision.by)
            case "skip":
                self._said, self._source = spec.auto_reply, ("auto", None)
            case "reject":
                who, why = rejection(decision)
                return f"{who} rejected this message{why} Nobody has read it. Write another; do not repeat it."
        return None

    # -- models

    def _call(self, purpose: Purpose, agent: str, messages: list[Message], tools: list[str]) -> ModelCalled:
        """A good call: the logged one when an earlier leg has it, else a new one; halts when it fails."""
        for call in self._logged:
            if call.purpose == purpose:
                self._logged.remove(call)
                return call
        self._check_limits(within_turn=True)
        connection, model = connection_for(self.team, self.state.models, agent)
        parameters = parameters_for(self.team, agent)
        if schemas := self.tools.for_model(tools):
            parameters["tools"] = schemas
        pieces = self.model.call(connection, model, messages, parameters, agent=agent, purpose=purpose)
        result = drain(pieces, self._show(agent) if purpose == "reply" else lambda piece: None)
        call = called(result, turn=self.state.turn)
        self.record(call)
        if call.outcome == "ok":
            return call
        failure = ModelFailureRequest(
            purpose=purpose, connection=call.connection, model=call.model, outcome=call.outcome, error=call.error
        )
        self.gates.request(Gate(failure, agent))
        raise AssertionError("a request ends the leg")

    def _show(self, agent: str) -> Callable[[str], None]:
        """Streams what one call writes: a paragraph of its own, where the turn has streamed something before."""
        has_begun = False

        def show(piece: str) -> None:
            nonlocal has_begun
            whose = (self.state.turn, agent)
            if piece and not has_begun:
                has_begun = True
                piece = f"\n\n{piece}" if self._streamed == whose else piece
                self._streamed = whose
            self._emit(Streamed(turn=self.state.turn, agent=agent, text=piece))

        return show


def _now() -> datetime:
    return datetime.now(UTC)
