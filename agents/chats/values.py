"""The values that a chat's events are made of (people, files, digests, ids, titles, arguments), and the rows in which a
store keeps its chats, requests and the acts that were refused."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agents.plain_text import is_valid, shorten

Status = Literal["running", "waiting", "ended"]


class Fact(BaseModel):
    """Base of all events and of the values in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(Fact):
    """Who did something at a screen."""

    name: str = "You"
    is_verified: bool = False
    """True only for a signed-in identity."""


class FileChange(Fact):
    """One file of the chat's workspace that came, changed or went."""

    path: str
    """Relative to the workspace, with "/"; safe to show as text, never a link out."""
    change: Literal["added", "changed", "removed"]
    size: int = 0
    """Bytes; 0 when removed."""
    sha256: str = ""
    """Of its content, under which the version is kept; "" when removed."""


@dataclass(frozen=True)
class RequestRow:
    """A request as lists show it."""

    chat: str
    request: str
    seq: int
    """Of its `DecisionRequested`."""
    kind: str
    agent: str
    tool: str
    """"" for other kinds than tool calls."""
    team_name: str
    title: str
    """The chat's."""
    question: str
    rule: str
    """The rule that asked, or decided at once; "" when none fits."""
    asked_at: datetime
    due_at: datetime | None
    overdue: str
    """What becomes of it then: wait, reject, skip or end."""
    outcome: str
    """The verdict, "withdrawn" when the chat ended first, "" while it is open."""
    decided_seq: int | None
    decided_at: datetime | None
    decided_by: str
    """person, rule or deadline; "" while it is open and when it was withdrawn."""
    who: str
    is_verified: bool


@dataclass(frozen=True)
class ChatRow:
    """A chat as lists show it."""

    chat: str
    title: str
    team_name: str
    team_id: str | None
    """The saved team it was started from; None for one that was never saved."""
    revision: int | None
    task: str
    """Its beginning; the whole task is in the log."""
    status: Status
    head: int
    """seq of the last event."""
    n_messages: int
    n_tokens: int
    """Of all calls since the chat's start, also before a continuation."""
    cost_usd: float
    """The known part; `n_unpriced` calls come on top."""
    n_unpriced: int
    waiting_for: str
    """The open request's question; "" when nobody is asked."""
    waiting_agent: str
    ended_text: str
    """What a model made of it when it ended, else why it ended; "" while it has not."""
    created_at: datetime
    updated_at: datetime
    """Time of the last event."""
    leg_worker: str | None
    """Who works on it now."""
    deleted_at: datetime | None
    started_by: str
    """The name of who gave the task."""
    parent: str | None
    """The chat that it is a part of, as the work of a member that is a team; None for most."""
    subchat: str | None
    """The chat of the team that it waits for, None when it waits for none."""


@dataclass(frozen=True)
class Refusal:
    """One act that was not allowed."""

    at: datetime
    who: str
    is_verified: bool
    act: str
    """The verb, such as "decide"."""
    chat: str
    """"" for acts on no chat."""
    why: str


def sha256_of(value: Any) -> str:
    """Hex SHA-256 of `value` as canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


MAX_TITLE_CHARS = 80

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing that is easily misread, in the order of ASCII."""


def new_chat_id() -> str:
    """Nine characters of the time in milliseconds, so that ids sort as chats began, then four of chance."""
    number = (time.time_ns() // 1_000_000 << 20) | secrets.randbits(20)
    digits = []
    for _ in range(13):
        number, digit = divmod(number, 32)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def title_of(text: str) -> str:
    """The first line of `text` that says something, shortened to a title."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
    return shorten(line, MAX_TITLE_CHARS)


MAX_DEPTH = 50
MAX_CHARS = 100_000


def read_json(text: str, default: Any = None, **how: Any) -> Any:
    """Return the value that `text` is as JSON, `default` when it is none; `how` is for `json.loads`."""
    try:
        return json.loads(text, **how)
    except (ValueError, RecursionError):
        return default


def read_arguments(text: Any) -> dict[str, Any] | None:
    """The arguments that a model wrote, {} for none; None when the text is no JSON object, or none that a log takes."""
    if not isinstance(text, str) or not text.strip():
        return {}
    value = read_json(text)
    for _ in range(2):  # some models write the object as the text of it
        value = read_json(value) if isinstance(value, str) else value
    return value if isinstance(value, dict) and not problem_of(value) else None


def problem_of(arguments: Any) -> str:
    """What keeps a value from being the arguments of a call, in a sentence; "" when nothing does."""
    if not isinstance(arguments, dict):
        return "The arguments of a call are a JSON object."
    if _is_deeper(arguments, MAX_DEPTH):
        return f"The arguments nest more than {MAX_DEPTH} deep."
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        return "The arguments hold a value that JSON does not have."
    if not is_valid(text):
        return "The arguments have invalid characters in them."
    if len(text) > MAX_CHARS:
        return f"The arguments have {len(text):,} characters; at most {MAX_CHARS:,} may be."
    return ""


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether lists and objects in `value` nest more than `depth` deep; looks no deeper than that."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_is_deeper(item, depth - 1) for item in inner if isinstance(item, dict | list))
