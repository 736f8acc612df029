"""The tool calls of a turn: each through its gate, each at most once, its result in the model's own words.

    every call of a reply is decided (by a rule, or a person) -> ToolStarted -> it runs -> ToolReturned

Nothing here knows AutoGen: a turn's calls never leave the turn. Called by the leg, which holds state and log.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from agents.chats import ChatState, ModelCalled, ToolReturned, ToolStarted, Verdict
from agents.chats.arguments import read_arguments
from agents.engine.gates import Gate, Gates, rejection
from agents.specs import Asked

Message = dict[str, Any]

OPTIONS: list[Verdict] = ["approve", "edit", "reject", "reply", "skip", "end"]
CUT_OPTIONS: list[Verdict] = ["retry", "reply", "skip", "end"]


class Tools(Protocol):
    """Whatever calls tools by name; `agents.tools.Toolbox` is the real one."""

    def for_model(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """What a request says of the tools of those names."""
        ...

    def is_idempotent(self, name: str) -> bool:
        """Whether a call of which nobody knows the outcome may be made again."""
        ...

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """The result (`agents.tools.ToolResult`); never raises."""
        ...


class NoTools:
    """For teams without any."""

    def for_model(self, names: Iterable[str]) -> list[dict[str, Any]]:
        return []

    def is_idempotent(self, name: str) -> bool:
        return False

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        raise LookupError(f"there is no tool {name!r}")


class Desk(Protocol):
    """What of the leg a call needs."""

    state: ChatState

    def record(self, *events: Any) -> None: ...


@dataclass(frozen=True)
class Call:
    """A call that a model wants."""

    agent: str
    id: str
    """Which of the turn's calls, such as "0.1"."""
    wire_id: str
    """The server's own id, which may repeat."""
    tool: str
    arguments: dict[str, Any] | None
    """None: the model wrote no JSON object."""

    @property
    def asked(self) -> Asked:
        arguments = self.arguments or {}
        return Asked("tool_call", self.agent, self.tool, arguments, n_chars=len(json.dumps(arguments)))

    def gate(self, begun: tuple[ToolStarted, ...]) -> Gate:
        """What is asked of a person: whether it may run, or, once it began and was cut, whether again as it was."""
        payload: dict[str, Any] = {"call": self.id, "tool": self.tool, "arguments": self.arguments or {}}
        if begun:
            payload |= {"arguments": begun[-1].arguments, "is_cut": True, "attempt": len(begun)}
            text = f"{self.tool} began to run and was cut off; nobody knows whether it had its effect. Run it again?"
            return Gate("tool_call", self.agent, text, payload, CUT_OPTIONS)
        return Gate("tool_call", self.agent, f"May {self.tool} be called?", payload, OPTIONS)


class Effects:
    """Runs the tool calls of one leg."""

    def __init__(self, desk: Desk, gates: Gates, tools: Tools):
        self._desk, self._gates, self._tools = desk, gates, tools

    def messages(self, agent: str, allowed: Iterable[str], ordinal: int, reply: ModelCalled) -> list[Message]:
        """The reply with its calls, then a result for each, as the model reads them. Halts while a person is asked."""
        calls = [_call(agent, f"{ordinal}.{position}", wire) for position, wire in enumerate(reply.tool_calls)]
        allowed = set(allowed)
        for call in calls:
            self._settle_unasked(call, allowed)
        self._gates.pass_all([self._gate(call) for call in calls if self._is_owed(call)])
        for call in calls:
            if self._is_owed(call):
                self._do(call)
        said = {
            "role": "assistant",
            "name": agent,
            "content": reply.reply,
            "tool_calls": [_as_sent(wire, call) for wire, call in zip(reply.tool_calls, calls, strict=True)],
        }
        results = [
            {"role": "tool", "tool_call_id": call.wire_id, "content": self._desk.state.returned[call.id].text}
            for call in calls
        ]
        return [said, *results]

    def _is_owed(self, call: Call) -> bool:
        return call.id not in self._desk.state.returned

    def _settle_unasked(self, call: Call, allowed: set[str]) -> None:
        """What cannot run at all needs nobody's approval."""
        if not self._is_owed(call):
            return
        if call.tool not in allowed:
            names = ", ".join(sorted(allowed)) or "none"
            self._returned(call, "unknown_tool", f"There is no tool {call.tool[:80]!r} for you. There are: {names}.")
        elif call.arguments is None:
            text = (
                f"{call.tool} was not called: its arguments are no JSON object that can be read. Mend them, call again."
            )
            self._returned(call, "bad_arguments", text)

    def _gate(self, call: Call) -> tuple[Gate, Asked | None]:
        begun = self._begun(call)
        return call.gate(begun), None if begun else call.asked

    def _begun(self, call: Call) -> tuple[ToolStarted, ...]:
        """Each time it began with an outcome that matters: what may run twice counts as not begun."""
        return () if self._tools.is_idempotent(call.tool) else self._desk.state.begun.get(call.id, ())

    def _do(self, call: Call) -> None:
        begun = self._begun(call)
        decision = self._gates.decision(call.gate(begun))
        unrun = "This call was cut off; whether it had its effect is not known." if begun else "This call was not run."
        match decision.verdict:
            case "approve":
                self._run(call, call.arguments or {})
            case "retry":
                self._run(call, begun[-1].arguments)
            case "edit":
                edited: Any = decision.edit.get("arguments")
                self._run(call, edited)
            case "reject":
                who, why = rejection(decision)
                text = f"{unrun} {who} rejected it{why} Do not repeat the call; find another way."
                self._returned(call, "rejected" if decision.by else "refused", text)
            case "reply":
                text = f"{unrun} The reviewer answered in its place; do not repeat it: {decision.text}"
                self._returned(call, "answered", text)
            case _:
                text = f"{unrun} Nobody wants it. Do not repeat it; go on without its result."
                self._returned(call, "skipped", text)

    def _run(self, call: Call, arguments: dict[str, Any]) -> None:
        started = ToolStarted(
            turn=self._desk.state.turn, agent=call.agent, call=call.id, tool=call.tool, arguments=arguments
        )
        begun = self._desk.state.begun.get(call.id, ())
        if not (self._tools.is_idempotent(call.tool) and begun and begun[-1] == started):
            self._desk.record(started)
        result = self._tools.call(call.tool, arguments)
        text = result.text
        if arguments != call.arguments:
            changed = f"A reviewer changed the arguments before it ran, to {_json(arguments)}."
            text = f"{changed} Do not repeat the call as it was. The result: {text}"
        self._returned(call, result.outcome, text, result.duration_s)

    def _returned(self, call: Call, outcome: Any, text: str, duration_s: float = 0.0) -> None:
        self._desk.record(
            ToolReturned(
                turn=self._desk.state.turn,
                agent=call.agent,
                call=call.id,
                tool=call.tool,
                outcome=outcome,
                text=text,
                duration_s=duration_s,
            )
        )


def _call(agent: str, id: str, wire: dict[str, Any]) -> Call:
    function = wire.get("function")
    function = function if isinstance(function, dict) else {}
    return Call(
        agent=agent,
        id=id,
        wire_id=str(wire.get("id") or f"call_{id}"),
        tool=str(function.get("name") or ""),
        arguments=read_arguments(function.get("arguments")),
    )


def _as_sent(wire: dict[str, Any], call: Call) -> dict[str, Any]:
    """The call as history: servers refuse to read arguments that are no JSON."""
    function = {"name": call.tool, "arguments": _json(call.arguments or {})}
    return {"id": call.wire_id, "type": "function", "function": function}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
