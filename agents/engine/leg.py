"""A leg: the group chat run from its log until it ends or waits for a person. The one loop of the product.

    resume the history -> select who speaks -> let it speak (person, code, model) -> post -> check the end -> again

The loop itself is pyautogen's `GroupChatManager.run_chat`; here is what happens when it calls back. Each step
first looks into the log for what an earlier leg already did, so a leg cut anywhere goes on as if nothing happened.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from autogen.io import IOStream

from agents.chats import (
    RESULT,
    SELECTION,
    ChatEnded,
    ChatState,
    CutBy,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    model_messages,
)
from agents.chats.decisions import end_of
from agents.chats.events import MessageSource
from agents.chats.requests import (
    HumanTurnRequest,
    LoopRequest,
    MessageRequest,
    PauseRequest,
)
from agents.engine.actions import Actions
from agents.engine.approvals import Gate, Gates, rejection
from agents.engine.code_blocks import CodeBlocks, cut_text, newest_code
from agents.engine.code_fences import fenced_code
from agents.engine.event_stream import Emit, Halt, Recorder
from agents.engine.functions import TeamFunctions
from agents.engine.group_chat import Silent, build
from agents.engine.handoffs import offered
from agents.engine.leg_calls import LegCalls
from agents.engine.limits import newly_near, reached, repeats, said_phrase
from agents.engine.model_calls import Message, Model, connection_for
from agents.engine.pictures import pictures_of, with_pictures
from agents.engine.ports import Code, Files, Functions, NoCode, NoFiles, NoFunctions, NoTools, Tools
from agents.engine.result import closing_events, summary_events
from agents.engine.speakers import SpeakerSelection
from agents.engine.team_turns import TeamTurns
from agents.engine.tool_calls import call_tools, may_call_again, with_earlier_calls
from agents.specs import AgentSpec
from agents.specs.reply_shape import mend_text, read_reply
from agents.text.numbers import count_text

MAX_REFUSALS = 3
"""Messages of a turn that are rejected before only a person may reject another."""


class Leg:
    """One run of `run` over one `ChatState`; the `GroupChatPolicy` of its group chat."""

    def __init__(
        self,
        state: ChatState,
        model: Model,
        tools: Tools | None = None,
        code: Code | None = None,
        files: Files | None = None,
        functions: Functions | None = None,
        chat: str = "",
    ):
        self.recorder = Recorder(state)
        self.team = self.recorder.team
        self.model, self.tools, self.files = model, tools or NoTools(), files or NoFiles()
        self.gates = Gates(self.recorder)
        self.calls = LegCalls(self.recorder, self.gates, model, lambda: self._check_limits(within_turn=True))
        self.recorder.closing = self._closing
        self.functions = TeamFunctions(self.recorder, self.gates, functions or NoFunctions(), self.calls.look_up)
        self.speakers = SpeakerSelection(self.recorder, self.gates, self._ask_selector, self.functions)
        self.actions = Actions(self.recorder, self.gates, self.files)
        self.teams = TeamTurns(self.recorder, self.files, chat)
        self.code = CodeBlocks(self.actions, self.gates, code or NoCode())
        self._n_appended = 0
        self._source: tuple[MessageSource, Person | None] = ("auto", None)
        self._message = ""

    @property
    def state(self) -> ChatState:
        """The chat's state after the last recorded event."""
        return self.recorder.state

    def run(self, emit: Emit) -> None:
        """Emit the leg's events; return when the chat has ended or wait."""
        self.recorder.emit = emit
        if self.state.owes_summary:
            self.recorder.record(*summary_events(self.state, self.team, self.model, self._ask_for_result))
            return
        manager = build(self.team, self)
        with IOStream.set_default(Silent()):
            try:
                if (decided := self.state.ending) is not None:
                    self.recorder.end(end_of(*decided))
                speaker, message = manager.resume(model_messages(self.state), silent=True)
                speaker.send(message, manager, request_reply=True, silent=True)  # initiate_chat drops an empty message
            except Halt:
                return
            except Exception:
                self.recorder.flush()  # a defect loses no call that was paid
                raise
        raise RuntimeError("the group chat ended without a reason")

    # -- messages

    def message_appended(self, agent: str, content: str) -> None:
        """Post what the speaker said, then see whether that ends the chat. History comes by here first."""
        if self._n_appended < len(self.state.messages):
            self._n_appended += 1
        else:
            source, by = self._source
            is_models, schema = source == "model", self.team.agent(agent).reply_schema
            self.recorder.record(
                MessagePosted(
                    turn=self.state.turn,
                    agent=agent,
                    content=content,
                    source=source,
                    by=by,
                    cut_by=self._cut_by(content) if is_models else "",
                    shape_problem=read_reply(content, schema)[1] if is_models and schema else None,
                )
            )
            self.calls.end_turn()
            self._n_appended += 1
        if self._n_appended == len(self.state.messages):
            self._source = ("auto", None)
            self._check_end()

    def _cut_by(self, content: str) -> CutBy:
        """Return what ended the turn's reply of this text before its model was done."""
        replies = (call for call in reversed(self.state.calls) if call.purpose == "reply")
        return next((call.cut_by for call in replies if call.reply == content), "")

    def _check_end(self) -> None:
        """Between two turns, end the chat or ask a person when it is time. Not once the next speaker's selection has
        begun: what that used counts at the next step, in a resumed leg as in a whole one."""
        if self.state.pending is not None or any(call.agent == SELECTION for call in self.state.calls):
            return
        phrase = said_phrase(self.state, self.team)
        if phrase and not self.state.said and not self._listener_decides():
            self._end_by_phrase(phrase)
        if self.state.turn > 1 and self.state.counted and not self.state.said and (why := self.functions.end()):
            self.recorder.end(ChatEnded(reason="function", text=why))
        if self.state.is_finishing:
            self.recorder.end(
                ChatEnded(reason="limit", text="A limit was reached, and the turn that was to finish is over.")
            )
        if self.team.termination.after_last and self._last_has_spoken():
            last = self.team.agents[-1].label
            is_try = self.state.started is not None and self.state.started.is_try
            text = "The try is over." if is_try else f"{last} was the last to speak."
            self.recorder.end(ChatEnded(reason="after_last", text=text))
        self._check_limits()
        self._check_repetition()
        if self.state.pause:
            self.gates.request(Gate(PauseRequest(by=self.state.pause.by.name)))

    def _last_has_spoken(self) -> bool:
        """Whether the newest message, since a person went on, is the last member's."""
        counted = self.state.counted
        is_last = bool(counted) and counted[-1].agent == self.team.agents[-1].name
        return is_last and counted[-1].source != "task" and not self.state.said

    def _check_limits(self, *, within_turn: bool = False) -> None:
        if (near := newly_near(self.state, self.team)) is not None:
            self.recorder.record(near)
        use = reached(self.state, self.team, within_turn=within_turn)
        if use is None or self.state.is_finishing:
            return
        if self.team.limits.when_reached == "ask":
            self.gates.request(Gate(use.request(within_turn=within_turn)))
        if not within_turn:
            self.recorder.end(use.ended)

    def _check_repetition(self) -> None:
        most = self.team.limits.max_repeats
        if most is None or (n_same := repeats(self.state)) < most:
            return
        last = self.state.messages[-1]
        loop = LoopRequest(agent=last.agent, times=n_same, content=last.content[:2_000])
        if self.team.limits.when_reached == "end":
            self.recorder.end(ChatEnded(reason="repeats", text=loop.question(self.team.agent(last.agent).label)))
        self.gates.request(Gate(loop, last.agent))

    def _listener_decides(self) -> bool:
        """Whether a listener ends the chat and may ask a person first, as in a two-agent chat."""
        if len(self.team.agents) != 2:
            return False
        listener = next(agent for agent in self.team.agents if agent.name != self.state.messages[-1].agent)
        return listener.asks_human != "NEVER"

    def _end_by_phrase(self, phrase: str) -> None:
        last = self.state.messages[-1]
        text = f"{self.team.agent(last.agent).label} said {phrase.strip()}."
        is_run = any(agent.role == "executor" for agent in self.team.agents)
        if is_run and last.source == "model" and fenced_code(last.content, self.team.termination.phrases):
            text += " The code in the same message was not run."
        self.recorder.end(ChatEnded(reason="phrase", text=text))

    def _closing(self, ended: ChatEnded) -> tuple[Event, ...]:
        """Return the end, with what a model makes of the chat where the team wants that."""
        return closing_events(ended, self.state, self.team, self.model, self._ask_for_result)

    def _ask_for_result(self, messages: list[Message]) -> tuple[list[ModelCalled], ModelCalled]:
        return self.calls.tried("result", RESULT, messages, len(messages) - 1, {})

    # -- speaking

    def person_answers(self, agent: str) -> str | None:
        """Return a person's words in the agent's place, or None when the agent is to answer by itself.

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
                text = f"{spec.label} has answered {count_text(n_auto, 'time')} in a row without a person."
                self.recorder.end(ChatEnded(reason="auto_replies", text=text))
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
        """Return an executor's report on the code in the newest of `messages` that has any; None when none has."""
        found = newest_code(messages, agent, self.team.termination.phrases)
        if found is None:
            cut_by = self.state.messages[-1].cut_by
            said = f"{self.team.agent(agent).auto_reply}\n{cut_text(cut_by, is_in_code=False)}"
            return said.strip() if cut_by else None
        message = next(each for each in reversed(self.state.messages) if each.content == found.content)
        report = self.code.report(agent, found.blocks, self.calls.show(agent), cut_by=message.cut_by)
        self._source = ("code", None)
        return report

    def model_replies(self, agent: str, messages: list[Message]) -> str:
        """Return the agent's message: its model's reply, once tool calls have their results and it may be posted."""
        spec, n_rejected, is_mended = self.team.agent(agent), 0, False
        called: list[ModelCalled] = []
        told = with_earlier_calls(self.state, agent, self.team.context.tools, messages)
        steps: list[Message] = [{"role": "system", "content": spec.reminder}] if spec.reminder.strip() else []
        for ordinal in count():
            history = self._with_pictures(agent, told)  # anew: that the model sees none may have been learned meanwhile
            may_call = may_call_again(called)
            schemas = offered(self.tools.for_model(spec.tools), self.team, agent) if may_call else []
            must_call = ordinal == 0 and spec.tool_choice == "required"
            reply = self.calls.call("reply", agent, history + steps, len(history), schemas, must_call=must_call)
            if reply.tool_calls and may_call:
                called.append(reply)
                steps += call_tools(
                    self.actions, self.tools, self.team, agent, spec.tools, ordinal, reply, self.calls.show(agent)
                )
                continue
            content, problem = read_reply(reply.reply, spec.reply_schema) if spec.reply_schema else (reply.reply, "")
            if problem and not is_mended and not reply.is_rehearsed:
                is_mended, answer = True, mend_text(problem, spec.reply_schema)
            else:
                shown = reply.reply if problem else content
                rejected = self._message_rejected(spec, ordinal, shown, is_refusable=n_rejected < MAX_REFUSALS)
                if rejected is None:
                    return self._message
                n_rejected, answer = n_rejected + 1, rejected
            draft = {"role": "assistant", "name": agent, "content": reply.reply}
            steps += [draft, {"role": "user", "name": "reviewer", "content": answer}]
        raise AssertionError("a turn has no end")

    def team_replies(self, agent: str) -> str:
        """Return the agent's message: the result of its team's chat, once it may be posted."""
        rejected: str | None = ""
        for attempt in count():
            if attempt == len(self.state.subresults):
                self._check_limits(within_turn=True)
            result = self.teams.result(agent, attempt, rejected or "")
            is_refusable = attempt < MAX_REFUSALS
            rejected = self._message_rejected(
                self.team.agent(agent), attempt, result, source="team", is_refusable=is_refusable
            )
            if rejected is None:
                return self._message
        raise AssertionError("a turn has no end")

    def _with_pictures(self, agent: str, messages: list[Message]) -> list[Message]:
        if not pictures_of(self.state):
            return list(messages)
        first = replace(self.state, fallbacks={})  # a fallback reads the prompt that the turn began with
        sees = self.model.sees_pictures(*connection_for(self.team, first, agent))
        return list(messages) if sees is None else with_pictures(messages, self.state, self.files, sees=sees)

    def _message_rejected(
        self, spec: AgentSpec, ordinal: int, content: str, *, source: MessageSource = "model", is_refusable: bool
    ) -> str | None:
        """Return what its author is told of a rejected message; None once `_message` is what the team reads."""
        self._message, self._source = content, (source, None)
        if not (spec.step_mode or self.team.step_mode):
            return None
        decision = self.gates.ask(Gate(MessageRequest(draft=ordinal, content=content), spec.name, is_refusable))
        match decision.verdict:
            case "edit":
                self._message, self._source = str(decision.edit["content"]), (source, decision.by)
            case "reply":
                self._message, self._source = decision.text, ("human", decision.by)
            case "skip":
                self._message, self._source = spec.auto_reply, ("auto", None)
            case "reject":
                who, why = rejection(decision)
                return f"{who} rejected this message{why} Nobody has read it. Write another; do not repeat it."
        return None

    # -- models

    def _ask_selector(self, messages: list[Message], n_history: int, candidates: Sequence[str]) -> str:
        return self.calls.call("select", SELECTION, messages, n_history, [], candidates).reply
