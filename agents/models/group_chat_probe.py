"""What a group chat will find at a model: a few short calls in the shape of its own, and a line for each of its needs.

    a turn with a tool -> the turn after the tool's result -> the choice of who speaks next
        -> a turn with a picture, where the model is believed to see or its server says so

The calls go the way of a chat's, so what they learn of the server's dialect is what a chat begins with. Called by the
test of a connection.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.cancellation import drain, notice_of
from agents.chats import Call
from agents.errors import StudioError
from agents.models import dialect as dialects
from agents.models.call_limits import limits_text
from agents.models.client import ModelClient
from agents.models.connections import Endpoint
from agents.models.vision import sees_by_list

LineState = Literal["works", "adapted", "missing"]

Message = dict[str, Any]


@dataclass(frozen=True)
class ReportLine:
    """One thing that a group chat needs."""

    subject: str
    state: LineState
    """works: as it is. adapted: it is sent or read in another way. missing: it is not to be had."""
    text: str = ""
    """How it is adapted, or what its lack means for a chat."""


MAX_WAIT_S = 75.0
"""For a place at a connection that limits its calls: more than the minute for which a limit may hold calls back."""
SPEAKERS = ("Ada", "Ben")
CALL_ID = "call_1"
TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
    },
}
TURN: list[Message] = [
    {"role": "system", "content": "You are Cleo, in a team with Ada and Ben. Answer in one short sentence."},
    {"role": "user", "name": "Ada", "content": "Hello, Cleo. Ben has a sum for you."},
    {"role": "user", "name": "Ben", "content": "Hello, Cleo."},
    {"role": "assistant", "name": "Cleo", "content": "Hello. What is the sum?"},
    {"role": "user", "name": "Ben", "content": "What is 2 plus 3? Call the tool add."},
]
SELECTION: list[Message] = [  # as AutoGen words it
    {
        "role": "system",
        "content": "You are in a role play game. The following roles are available:\nAda: Asks.\nBen: Answers.\n"
        "Read the following conversation. Then select the next role from ['Ada', 'Ben'] to play. Only return the role.",
    },
    {"role": "user", "name": "Ben", "content": "I have answered."},
    {"role": "user", "name": "Ada", "content": "Ben, I have another question for you: what is the time?"},
    {
        "role": "system",
        "name": "checking_agent",
        "content": "Read the above conversation. Then select the next role from ['Ada', 'Ben'] to play. "
        "Only return the role.",
    },
]

RED = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42mO4IydHU8QwasGoBaMWjFowasGoBaMWjF"
    "owasGoBaMWDBULAJI2YD30P/0LAAAAAElFTkSuQmCC"
)
"""A red square of 32 pixels: smaller ones are refused by servers that take pictures."""
PICTURE: list[Message] = [
    TURN[0],
    {"role": "user", "name": "Ada", "content": "Hello, Cleo. Here is a picture."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "The picture square.png:"},
            {"type": "image_url", "image_url": {"url": RED}},
        ],
    },
    {"role": "user", "name": "Ben", "content": "Which colour has it? Answer in one word."},
]

SUBJECTS = {
    "system_first": "System messages",
    "no_system": "System messages",
    "no_name": "Names of speakers",
    "alternating": "Several messages in a row",
    "last_user": "An instruction at the end",
    dialects.NO_TOOLS: "Tools",
    "text_beside_calls": "Results of tools",
    "short_call_ids": "Results of tools",
    "no_stream": "Streaming",
    dialects.NO_USAGE: "Counts of tokens",
    dialects.NO_PICTURES: "Pictures",
}
"""Quirk -> the line that tells it; the others are parameters."""
CHOICE, PARAMETERS = "The choice of who speaks next", "Parameters"
EMBEDDINGS = "Embedding model"
PICTURES = SUBJECTS[dialects.NO_PICTURES]
ORDER = (*dict.fromkeys(subject for subject in SUBJECTS.values() if subject != PICTURES), CHOICE)
"""The lines, in the order of a prompt and its reply; then what not every model has."""

NO_CALL = "it was offered a tool and called none; agents with tools may only speak of them"
NO_CHOICE = "it named nobody, or both; then the next in the list speaks"
UNTOLD = "it takes them, but its name does not tell: choose Sent for Pictures under Edit, and members are sent them"
NO_COUNTS = "what chats use and cost here is unknown, and limits on it never strike"


class BusyError(StudioError):
    """No place at the connection became free in time; nothing is known of its model."""


@dataclass
class Probe:
    """What the calls found."""

    calls: list[Call] = field(default_factory=list)
    failed: Call | None = None
    """The call without which no chat works, when it failed."""
    lines: list[ReportLine] = field(default_factory=list)


def probe(client: ModelClient, endpoint: Endpoint, model: str) -> Probe:
    """Make the calls, and tell of each line. Ends at the first failure that no chat can go on from; BusyError when the
    connection's limits let no call through."""
    found = Probe()
    turn = _call(client, endpoint, model, TURN, {"tools": [TOOL]})
    found.calls.append(turn)
    if turn.outcome != "ok":
        found.failed = turn
        return found
    result = _call(client, endpoint, model, _with_result(turn), {"tools": [TOOL]})
    choice = _call(client, endpoint, model, SELECTION, {"temperature": 0}, choices=SPEAKERS)
    found.calls += [result, choice]
    found.failed = choice if choice.outcome != "ok" else None
    picture = None
    if choice.outcome == "ok" and _may_see(client, endpoint):
        picture = _call(client, endpoint, model, PICTURE, {})
        found.calls.append(picture)
    dialect = client.compatibility.dialect(endpoint)
    found.lines = _lines(dialect, turn, result, choice)
    if picture is not None or dialects.NO_PICTURES in dialect:
        found.lines.append(_pictures(dialect, picture, is_sent=bool(client.sees_pictures(endpoint.connection, model))))
    if embedding_model := client.embeddings(endpoint.connection, agent=""):
        _, embedded = drain(embedding_model.embed(["Hello, Cleo."]))
        found.calls.append(embedded)
        missing = f"{embedded.error} Files are searched by words alone." if embedded.outcome != "ok" else ""
        found.lines.append(_line(EMBEDDINGS, [], missing))
    return found


def _may_see(client: ModelClient, endpoint: Endpoint) -> bool:
    """Whether a picture is worth a try: the model is said or believed to see, or its server says that it does."""
    if client.sees_pictures(endpoint.connection, endpoint.model):
        return True
    is_said = endpoint.sees_pictures is not None or dialects.NO_PICTURES in client.compatibility.dialect(endpoint)
    if is_said or endpoint.kind != "openai":
        return False
    return sees_by_list(client.transport.answer(endpoint, "GET", f"{endpoint.base_url}/models"), endpoint.model)


def _pictures(dialect: dialects.Dialect, picture: Call | None, *, is_sent: bool) -> ReportLine:
    if dialects.NO_PICTURES in dialect:
        return ReportLine(PICTURES, "adapted", dialects.line(dialects.NO_PICTURES))
    if picture is not None and picture.outcome != "ok":
        return ReportLine(PICTURES, "missing", picture.error)
    return ReportLine(PICTURES, "works") if is_sent else ReportLine(PICTURES, "adapted", UNTOLD)


def _call(
    client: ModelClient,
    endpoint: Endpoint,
    model: str,
    messages: list[Message],
    parameters: dict[str, Any],
    choices: tuple[str, ...] = (),
) -> Call:
    purpose: Literal["select", "reply"] = "select" if choices else "reply"
    until = time.monotonic() + MAX_WAIT_S

    def look(piece: str) -> None:
        if notice_of(piece) and time.monotonic() > until:
            raise BusyError(
                f"Chats use all that connection “{endpoint.connection}” takes ({limits_text(endpoint)}), so it could "
                "not be tested. Test it again when fewer chats run, or change its limits under Edit."
            )

    pieces = client.call(endpoint.connection, model, messages, parameters, purpose=purpose, choices=choices)
    return drain(pieces, look)


def _with_result(turn: Call) -> list[Message]:
    """Return the prompt after the tool's result: the model's own calls, or one in its place."""
    function: dict[str, Any] = {"name": "add", "arguments": '{"a": 2, "b": 3}'}
    calls: list[dict[str, Any]] = [*turn.tool_calls] or [{"id": CALL_ID, "type": "function", "function": function}]
    results = [{"role": "tool", "tool_call_id": call.get("id", CALL_ID), "content": "5"} for call in calls]
    return [*TURN, {"role": "assistant", "name": "Cleo", "content": turn.reply, "tool_calls": calls}, *results]


def _lines(dialect: dialects.Dialect, turn: Call, result: Call, choice: Call) -> list[ReportLine]:
    adapted: dict[str, list[str]] = {}
    for quirk in dialect.keys() - {dialects.NO_PICTURES}:
        adapted.setdefault(SUBJECTS.get(quirk, PARAMETERS), []).append(dialects.line(quirk))
    missing: dict[str, str] = {}
    if dialects.NO_USAGE in dialect or turn.usage is None:
        missing["Counts of tokens"] = NO_COUNTS
    if not turn.tool_calls:
        missing["Tools"] = NO_CALL
    if result.outcome != "ok":
        missing["Results of tools"] = result.error
    if choice.outcome != "ok":
        missing[CHOICE] = choice.error
    elif sum(name in choice.reply for name in SPEAKERS) != 1:
        missing[CHOICE] = NO_CHOICE
    subjects = (*ORDER, PARAMETERS) if PARAMETERS in adapted else ORDER
    return [_line(subject, adapted.get(subject, []), missing.get(subject, "")) for subject in subjects]


def _line(subject: str, adapted: list[str], missing: str) -> ReportLine:
    if missing:
        return ReportLine(subject, "missing", missing)
    return ReportLine(subject, "adapted" if adapted else "works", "; ".join(adapted))
