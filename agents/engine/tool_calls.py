"""The tool calls of a reply, as actions; and the messages in which models read them and their results.

In the turn itself its model reads them; in later turns their caller, or everybody, as the team says. AutoGen never
holds them: they are put between its messages. Called by the leg.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from agents.cancellation import drain
from agents.chats import ChatState, ModelCalled, ToolReturned, ToolStarted, ToolTurn
from agents.chats.events import ToolReturnedOutcome
from agents.chats.requests import ToolCallRequest, ToolQuestion
from agents.chats.values import read_arguments
from agents.engine.actions import Action, Actions
from agents.engine.approvals import Gate
from agents.engine.handoffs import target
from agents.engine.model_calls import Message, events_of
from agents.engine.ports import Tools
from agents.errors import UsageError
from agents.specs import HAND_TO, TeamSpec, ToolMemory
from agents.tools.result import ToolResult

MAX_TOOL_REPLIES, MAX_SAME_REPLIES = 25, 3
"""Replies of a turn that may call tools, and such with the same calls one after another; the next one has none to call,
so it must speak."""


@dataclass(frozen=True)
class Wanted:
    """What a reply says of one call."""

    id: str
    """Which of the turn's calls, such as "0.1"."""
    wire_id: str
    """The server's own id, which may repeat."""
    tool: str
    arguments: dict[str, Any] | None
    """None: the model wrote no JSON object."""

    @property
    def as_sent(self) -> Message:
        """The call as history: servers refuse to read arguments that are no JSON."""
        function = {"name": self.tool, "arguments": _json(self.arguments or {})}
        return {"id": self.wire_id, "type": "function", "function": function}


def wanted_calls(ordinal: int, reply: ModelCalled) -> list[Wanted]:
    """Return the calls of the turn's reply with that number."""
    return [_wanted(f"{ordinal}.{n}", wire) for n, wire in enumerate(reply.tool_calls)]


def _wanted(id: str, wire: dict[str, Any]) -> Wanted:
    function = wire.get("function")
    function = function if isinstance(function, dict) else {}
    name, arguments = str(function.get("name") or ""), read_arguments(function.get("arguments"))
    return Wanted(id, str(wire.get("id") or f"call_{id}"), name, arguments)


def may_call_again(replies: Sequence[ModelCalled]) -> bool:
    """Whether a turn's next reply may call tools, after these that did."""
    last = [[call["function"] for call in reply.tool_calls] for reply in replies[-MAX_SAME_REPLIES:]]
    is_stuck = len(last) == MAX_SAME_REPLIES and all(calls == last[0] for calls in last)
    return len(replies) < MAX_TOOL_REPLIES and not is_stuck


def tool_messages(agent: str, reply: ModelCalled, calls: Sequence[Wanted], results: Sequence[str]) -> list[Message]:
    """Return an agent's reply with its calls, then their results, as models read them."""
    sent = [call.as_sent for call in calls]
    said = {"role": "assistant", "name": agent, "content": reply.reply, "tool_calls": sent}
    read = zip(calls, results, strict=True)
    return [said, *({"role": "tool", "tool_call_id": call.wire_id, "content": text} for call, text in read)]


def with_earlier_calls(state: ChatState, agent: str, kept_for: ToolMemory, messages: list[Message]) -> list[Message]:
    """Return the agent's prompt with the tool calls and results of earlier turns, as far as it reads them: each before
    the message that it led to. `messages` ends with the chat's."""
    if kept_for == "turn" or not state.tool_turns:
        return messages
    n_before = len(messages) - len(state.messages)
    result = messages[:n_before]
    for turn, message in enumerate(messages[n_before:]):
        used = state.tool_turns.get(turn)
        if used is not None and (kept_for == "everybody" or used.agent == agent):
            result += _messages_of_turn(used)
        result.append(message)
    return result


def _messages_of_turn(used: ToolTurn) -> list[Message]:
    messages = []
    for ordinal, reply in enumerate(used.replies):
        if not may_call_again(used.replies[:ordinal]):
            break
        calls = wanted_calls(ordinal, reply)
        if calls and all(call.id in used.returned for call in calls):  # else a person spoke before they were over
            messages += tool_messages(used.agent, reply, calls, [used.returned[call.id].text for call in calls])
    return messages


@dataclass(frozen=True)
class ToolCall(Action[ToolStarted]):
    """A call that a model wants."""

    noun: ClassVar[str] = "call"
    agent: str
    id: str
    wanted: Wanted
    tools: Tools
    team: TeamSpec
    allowed: frozenset[str]
    """The tools that the agent has."""
    is_cut: bool
    """The reply ended before its model was done."""
    show: Callable[[str], None]

    @property
    def tool(self) -> str:
        return self.wanted.tool

    @property
    def arguments(self) -> dict[str, Any] | None:
        return self.wanted.arguments

    @property
    def is_idempotent(self) -> bool:
        return self.tools.is_idempotent(self.tool)

    @cached_property
    def own_request(self) -> ToolQuestion | ToolResult | None:
        """What a person is asked in place of the call, where the tool is a question; a result when it asks wrongly."""
        return self.tools.request(self.tool, self.arguments or {})

    def gate(self, starts: Sequence[ToolStarted]) -> Gate:
        if isinstance(own := self.own_request, ToolQuestion):
            return Gate(own.model_copy(update={"call": self.id, "tool": self.tool}), self.agent)
        asked = ToolCallRequest(call=self.id, tool=self.tool, arguments=self.arguments or {})
        if starts:
            cut = {"arguments": starts[-1].arguments, "is_cut": True, "attempt": len(starts)}
            asked = asked.model_copy(update=cut)
        return Gate(asked, self.agent)

    def started(self, turn: int, edit: dict[str, Any]) -> ToolStarted:
        arguments = edit.get("arguments", self.arguments or {})
        return ToolStarted(turn=turn, agent=self.agent, call=self.id, tool=self.tool, arguments=arguments)

    def run(self, started: ToolStarted) -> tuple[ToolReturned, Sequence[ModelCalled]]:
        if self.tool == HAND_TO:
            return self._handed(started.turn, started.arguments), ()
        result = drain(self.tools.call(self.tool, started.arguments, self.agent), self.show)
        text = result.text
        if started.arguments != self.arguments:
            changed = f"A reviewer changed the arguments before it ran, to {_json(started.arguments)}."
            text = f"{changed} Do not repeat the call as it was. The result: {text}"
        returned = self.ended(started.turn, result.outcome, text)
        calls = [event for call in result.calls for event in events_of(call, turn=started.turn, prompt_bytes=0)]
        return returned.model_copy(update={"duration_s": result.duration_s}), calls

    @property
    def without(self) -> str:
        return "The question was not answered." if isinstance(self.own_request, ToolQuestion) else super().without

    def answered(self, turn: int, text: str) -> ToolReturned | None:
        return self.ended(turn, "ok", text) if isinstance(self.own_request, ToolQuestion) else None

    def ended(self, turn: int, outcome: ToolReturnedOutcome, text: str) -> ToolReturned:
        return ToolReturned(turn=turn, agent=self.agent, call=self.id, tool=self.tool, outcome=outcome, text=text)

    def unable(self, turn: int) -> ToolReturned | None:
        if self.tool not in self.allowed:
            names = ", ".join(sorted(self.allowed)) or "none"
            text = f"There is no tool {self.tool[:80]!r} for you. There are: {names}."
            return self.ended(turn, "unknown_tool", text)
        if self.arguments is None:
            why = "its arguments are no JSON object that can be read. Correct them and call again."
            if self.is_cut:
                why = "the reply was cut at its limit of tokens, inside the arguments. Call again with shorter ones."
            return self.ended(turn, "bad_arguments", f"{self.tool} was not called: {why}")
        if self.tool == HAND_TO:
            handed = self._handed(turn, self.arguments)
            return None if handed.hands_to else handed
        if isinstance(self.own_request, ToolResult):
            return self.ended(turn, self.own_request.outcome, self.own_request.text)
        return None

    def _handed(self, turn: int, arguments: dict[str, Any]) -> ToolReturned:
        """Return its end as a handing over: the member chosen speaks next, or the model reads why not."""
        try:
            member = target(self.team, self.agent, arguments)
        except UsageError as error:
            return self.ended(turn, "bad_arguments", str(error))
        name = member.name if member.label == member.name else f"{member.label} ({member.name})"
        text = f"{name} speaks after you. Now write your message."
        return self.ended(turn, "ok", text).model_copy(update={"hands_to": member.name})


def call_tools(
    actions: Actions,
    tools: Tools,
    team: TeamSpec,
    agent: str,
    allowed: Iterable[str],
    ordinal: int,
    reply: ModelCalled,
    show: Callable[[str], None],
) -> list[Message]:
    """Return the reply with its calls, then their results, as the model reads them. Halt while a person is asked."""
    names, wanted, is_cut = frozenset(allowed), wanted_calls(ordinal, reply), bool(reply.cut_by)
    calls = [ToolCall(agent, each.id, each, tools, team, names, is_cut, show) for each in wanted]
    actions.settle(calls)
    return tool_messages(agent, reply, wanted, [actions.result(call).text for call in calls])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
