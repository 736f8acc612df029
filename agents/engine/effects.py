"""The tool calls of a turn: each through its gate, each at most once, its result in the model's own words.

    every call of a reply is decided (by a rule, or a person) -> ToolStarted -> it runs -> ToolReturned

Nothing here knows AutoGen: a turn's calls never leave the turn. Called by the leg, which holds state and log.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from agents.chats import ChatState, DecisionMade, ModelCalled, ToolReturned, ToolStarted, Verdict
from agents.engine.gates import Gate, Gates
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

    def gate(self, n_begun: int) -> Gate:
        """What is asked of a person: whether it may run, or, once it began and was cut, whether again."""
        payload: dict[str, Any] = {"call": self.id, "tool": self.tool, "arguments": self.arguments or {}}
        if n_begun:
            payload["is_cut"] = True
            payload["attempt"] = n_begun
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
            text = f"{call.tool} was not called: its arguments are no JSON object. Mend them and call it again."
            self._returned(call, "bad_arguments", text)

    def _gate(self, call: Call) -> tuple[Gate, Asked | None]:
        n_begun = self._n_begun(call)
        return call.gate(n_begun), None if n_begun else call.asked

    def _n_begun(self, call: Call) -> int:
        """How often it began with an outcome that matters: what may run twice counts as not begun."""
        return 0 if self._tools.is_idempotent(call.tool) else self._desk.state.begun.get(call.id, 0)

    def _do(self, call: Call) -> None:
        decision = self._gates.decision(call.gate(self._n_begun(call)))
        arguments = call.arguments or {}
        match decision.verdict:
            case "approve" | "retry":
                self._run(call, arguments, "")
            case "edit":
                edited: Any = decision.edit.get("arguments")
                note = (
                    f"{decision.who} changed the arguments before it ran, to {_json(edited)}. "
                    "Do not repeat the call as it was. The result: "
                )
                self._run(call, edited, note)
            case "reject":
                self._returned(call, "rejected" if decision.by else "refused", _rejected(decision))
            case "reply":
                text = f"This call was not run. {decision.who} answered in its place; do not repeat it: {decision.text}"
                self._returned(call, "answered", text)
            case _:
                text = "This call was not run, because nobody approved it. Do not repeat it; go on without it."
                self._returned(call, "skipped", text)

    def _run(self, call: Call, arguments: dict[str, Any], note: str) -> None:
        if call.id not in self._desk.state.begun or not self._tools.is_idempotent(call.tool):
            self._desk.record(
                ToolStarted(
                    turn=self._desk.state.turn, agent=call.agent, call=call.id, tool=call.tool, arguments=arguments
                )
            )
        result = self._tools.call(call.tool, arguments)
        self._returned(call, result.outcome, note + result.text, result.duration_s)

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
    text = function.get("arguments")
    try:
        arguments = json.loads(text if isinstance(text, str) and text.strip() else "{}")
    except (ValueError, RecursionError):
        arguments = None
    return Call(
        agent=agent,
        id=id,
        wire_id=str(wire.get("id") or f"call_{id}"),
        tool=str(function.get("name") or ""),
        arguments=arguments if isinstance(arguments, dict) else None,
    )


def _as_sent(wire: dict[str, Any], call: Call) -> dict[str, Any]:
    """The call as history: servers refuse to read arguments that are no JSON."""
    function = {"name": call.tool, "arguments": _json(call.arguments or {})}
    return {"id": call.wire_id, "type": "function", "function": function}


def _rejected(decision: DecisionMade) -> str:
    reason = f": {decision.text.strip()}" if decision.text.strip() else ""
    who = "The reviewer" if decision.by else decision.who
    return f"This call was not run. {who} rejected it{reason or '.'} Do not repeat the call; find another way."


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
