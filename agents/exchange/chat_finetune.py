"""A chat as examples to train a model with, in OpenAI's formats for fine-tuning (JSON lines).

    finetune      one line for each agent that a model speaks for: its prompt, what it read, and what it said
    preferences   one line for each edit: what the agent read, what a reviewer made of its reply, and the reply itself

Where a person changed a reply, or spoke in the agent's place, that is what the agent said. A call of a tool has the
arguments it ran with. The schemas of tools are not in a chat's log: those written here name what was given.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from agents.chats import (
    ChatState,
    DecisionMade,
    DecisionRequested,
    MessagePosted,
    Recorded,
    ToolReturned,
    ToolStarted,
    ToolTurn,
    fold,
)
from agents.chats.requests import MessageRequest
from agents.exchange.chat_export import ChatFormat, ExportedChat
from agents.specs import AgentSpec

Message = dict[str, Any]
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def write_examples(chat: ExportedChat, file: BinaryIO) -> None:
    arguments = _arguments(chat.log)
    for agent in filter(_speaks, chat.team.agents):
        messages = read_by(agent, chat.state, arguments)
        while messages and messages[-1]["role"] != "assistant":
            messages.pop()
        if any(message["role"] == "assistant" and message.get("weight") != 0 for message in messages):
            _write_line(file, {"messages": messages, **_tools(messages)})


def write_preferences(chat: ExportedChat, file: BinaryIO) -> None:
    """A line for each reply that a person edited before it was posted."""
    agents = {agent.name: agent for agent in chat.team.agents}
    arguments = _arguments(chat.log)
    for before, draft, edited in _edits(chat.log):
        if (agent := agents.get(draft.agent)) and _speaks(agent):
            read = [*read_by(agent, before, arguments), *_calls(draft.turn, _under_way(before), arguments)]
            read = [{name: value for name, value in message.items() if name != "weight"} for message in read]
            said = draft.asked.shown
            _write_line(
                file,
                {
                    "input": {"messages": read, **_tools(read)},
                    "preferred_output": [{"role": "assistant", "content": edited}],
                    "non_preferred_output": [{"role": "assistant", "content": said}],
                },
            )


def read_by(agent: AgentSpec, state: ChatState, arguments: dict[tuple[int, str], Message]) -> list[Message]:
    """Return the chat as the agent's model reads it: its prompt, then its own messages as the assistant's and those of
    all others as the user's. `arguments`: (turn, call) -> what a call ran with."""
    messages: list[Message] = [{"role": "system", "content": agent.prompt}] if agent.prompt else []
    for message in state.messages:
        if message.agent != agent.name or message.source == "task":
            messages.append({"role": "user", "name": message.agent, "content": message.content})
            continue
        messages += _calls(message.turn, state.tool_turns.get(message.turn), arguments)
        messages.append({"role": "assistant", "content": message.content, **_weight(message)})
    return messages


def _weight(message: MessagePosted) -> Message:
    """What nobody thought of, such as an automatic reply, teaches nothing."""
    is_taught = message.source in ("model", "human") and message.content.strip() and not message.cut_by
    return {} if is_taught else {"weight": 0}


def _calls(turn: int, of_turn: ToolTurn | None, arguments: dict[tuple[int, str], Message]) -> Iterator[Message]:
    """The calls of tools that led to the message of that turn, each reply's with their results."""
    if of_turn is None:
        return
    for number, reply in enumerate(of_turn.replies):
        known = []
        for position, wire in enumerate(reply.tool_calls):
            call, function = f"{number}.{position}", wire.get("function")
            if call in of_turn.returned and isinstance(function, dict):
                given = arguments.get((turn, call))
                text = function.get("arguments") if given is None else json.dumps(given, ensure_ascii=False)
                wanted = {"name": str(function.get("name") or "unnamed"), "arguments": str(text or "{}")}
                known.append((f"call_{turn}_{number}_{position}", wanted, of_turn.returned[call].text))
        if known:
            calls = [{"id": name, "type": "function", "function": wanted} for name, wanted, _ in known]
            yield {"role": "assistant", "content": reply.reply or None, "tool_calls": calls}
            for name, _, result in known:
                yield {"role": "tool", "tool_call_id": name, "content": result}


def _under_way(state: ChatState) -> ToolTurn:
    """The calls of the turn whose message is not posted yet."""
    replies = tuple(call for call in state.calls if call.purpose == "reply")
    returned = {call: result for call, result in state.returned.items() if isinstance(result, ToolReturned)}
    return ToolTurn(state.pending.agent if state.pending else "", replies, returned)


def _arguments(log: Iterable[Recorded]) -> dict[tuple[int, str], Message]:
    """(turn, call) -> the arguments that it ran with, a person's edit included."""
    started = [recorded.event for recorded in log if isinstance(recorded.event, ToolStarted)]
    return {(event.turn, event.call): dict(event.arguments) for event in started}


def _tools(messages: list[Message]) -> Message:
    """The tools that were called, with what was given to them; {} for none."""
    given: dict[str, dict[str, Any]] = {}
    for message in messages:
        for call in message.get("tool_calls", ()):
            function = call["function"]
            values = json.loads(function["arguments"]) if _is_object(function["arguments"]) else {}
            given.setdefault(function["name"], {}).update(values)
    tools = [
        {"type": "function", "function": {"name": name, "parameters": _schema(values)}}
        for name, values in given.items()
    ]
    return {"tools": tools} if tools else {}


def _schema(values: dict[str, Any]) -> Message:
    types = {name: _TYPES.get(type(value)) for name, value in values.items()}
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in types.items() if kind}}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _edits(log: list[Recorded]) -> Iterator[tuple[ChatState, DecisionRequested, str]]:
    """(the chat before it, the request about a message, what a person made of it), of each that was edited."""
    asked: dict[str, tuple[ChatState, DecisionRequested]] = {}
    state = ChatState()
    for recorded in log:
        event = recorded.event
        if isinstance(event, DecisionRequested) and isinstance(event.asked, MessageRequest):
            asked[event.request] = state, event
        elif isinstance(event, DecisionMade) and event.verdict == "edit" and event.request in asked:
            yield *asked[event.request], str(event.edit.get("content", ""))
        state = fold([recorded], state)


def _speaks(agent: AgentSpec) -> bool:
    """Whether a model speaks for the agent."""
    return agent.role == "assistant"


def _write_line(file: BinaryIO, value: Message) -> None:
    file.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


FINETUNE = ChatFormat(
    name="finetune",
    label="Training examples",
    purpose="What each agent was told, read and said, with the edits of reviewers: to fine-tune a model.",
    ending="jsonl",
    mime="application/x-ndjson",
    write=write_examples,
    suffix="-examples",
)
PREFERENCES = ChatFormat(
    name="preferences",
    label="Preference pairs",
    purpose="Each reply that a reviewer edited, the edit as the better one: for preference tuning (DPO).",
    ending="jsonl",
    mime="application/x-ndjson",
    write=write_preferences,
    suffix="-preferences",
    needs_edits=True,
)
