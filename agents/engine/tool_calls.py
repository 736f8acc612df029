"""The tool calls of a reply, as actions; and the messages in which its model reads their results.

Nothing here knows AutoGen: a turn's calls never leave the turn. Called by the leg.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from agents.cancellation import drain
from agents.chats import ModelCalled, ToolReturned, ToolStarted
from agents.chats.events import ToolReturnedOutcome
from agents.chats.requests import ToolCallRequest, ToolQuestion
from agents.chats.values import read_arguments
from agents.engine.actions import Action, Actions
from agents.engine.approvals import Gate
from agents.engine.handoffs import target
from agents.engine.model_calls import Message
from agents.engine.ports import Tools
from agents.errors import UsageError
from agents.specs import HAND_TO, TeamSpec
from agents.tools.result import ToolResult


@dataclass(frozen=True)
class ToolCall(Action[ToolStarted]):
    """A call that a model wants."""

    noun: ClassVar[str] = "call"
    agent: str
    id: str
    """Which of the turn's calls, such as "0.1"."""
    wire_id: str
    """The server's own id, which may repeat."""
    tool: str
    arguments: dict[str, Any] | None
    """None: the model wrote no JSON object."""
    tools: Tools
    team: TeamSpec
    allowed: frozenset[str]
    """The tools that the agent has."""
    is_cut: bool
    """The reply ended before its model was done."""
    show: Callable[[str], None]

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

    def run(self, started: ToolStarted) -> ToolReturned:
        if self.tool == HAND_TO:
            return self._handed(started.turn, started.arguments)
        result = drain(self.tools.call(self.tool, started.arguments), self.show)
        text = result.text
        if started.arguments != self.arguments:
            changed = f"A reviewer changed the arguments before it ran, to {_json(started.arguments)}."
            text = f"{changed} Do not repeat the call as it was. The result: {text}"
        return self.ended(started.turn, result.outcome, text).model_copy(update={"duration_s": result.duration_s})

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
    names = frozenset(allowed)
    is_cut = bool(reply.cut_by)
    calls = [
        _call(tools, team, agent, f"{ordinal}.{n}", wire, names, show, is_cut=is_cut)
        for n, wire in enumerate(reply.tool_calls)
    ]
    actions.settle(calls)
    results = [{"role": "tool", "tool_call_id": call.wire_id, "content": actions.result(call).text} for call in calls]
    said = {
        "role": "assistant",
        "name": agent,
        "content": reply.reply,
        "tool_calls": [_as_sent(wire, call) for wire, call in zip(reply.tool_calls, calls, strict=True)],
    }
    return [said, *results]


def _call(
    tools: Tools,
    team: TeamSpec,
    agent: str,
    id: str,
    wire: dict[str, Any],
    allowed: frozenset[str],
    show: Callable[[str], None],
    *,
    is_cut: bool,
) -> ToolCall:
    function = wire.get("function")
    function = function if isinstance(function, dict) else {}
    return ToolCall(
        agent=agent,
        id=id,
        wire_id=str(wire.get("id") or f"call_{id}"),
        tool=str(function.get("name") or ""),
        arguments=read_arguments(function.get("arguments")),
        tools=tools,
        team=team,
        allowed=allowed,
        is_cut=is_cut,
        show=show,
    )


def _as_sent(wire: dict[str, Any], call: ToolCall) -> Message:
    """Return the call as history: servers refuse to read arguments that are no JSON."""
    function = {"name": call.tool, "arguments": _json(call.arguments or {})}
    return {"id": call.wire_id, "type": "function", "function": function}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
