"""A prompt in its parts, and how it is made shorter: the oldest messages, then old tool results, then long texts.

    head (system prompt, task) | messages, each with the tool calls that led to it | steps of this turn

What is left out is a `Trim`. Pure functions of both; sizes are bytes. Called by `agents.engine.context`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from agents.engine.model_calls import Message
from agents.text.numbers import count_text

MESSAGE_BYTES = 16
"""What a message takes beside its text."""
IMAGE_BYTES = 3_000
"""What a picture takes: providers count around a thousand tokens for one."""
PICTURES_OF_MESSAGE = "pictures_of_message"
"""Marks a message that stays with the one before it; not sent."""
KEPT = 0.7
"""The part of the room that is filled when messages are left out: the next ones then fit for a while, and servers that
keep a prompt's beginning need not read it anew each time."""
MIN_CHARS = 200
"""No text is shortened to less."""
RESULT_LEFT_OUT = "[This result is left out here: it does not fit any more.]"
CUT = "\n[… the middle is left out …]\n"


@dataclass(frozen=True)
class Trim:
    """What is left out."""

    n_messages: int = 0
    """The oldest behind the task."""
    n_results: int = 0
    """Of this turn's tool results, the oldest; the calls themselves stay."""
    max_chars: int | None = None
    """Longer texts lose their middle; the system prompt never does."""


@dataclass(frozen=True)
class Prompt:
    """A prompt in its parts."""

    head: list[Message]
    """The system prompt and the task."""
    units: list[list[Message]]
    """The messages behind the task, oldest first, each with the tool calls and results before it."""
    steps: list[Message]
    """What this turn has added: tool calls and results, rejected drafts, the question who speaks."""

    @classmethod
    def of(cls, messages: list[Message], n_history: int) -> "Prompt":
        """Return the parts of `messages`, of which `n_history` were there when the turn began."""
        history = messages[:n_history]
        n_system = next((i for i, message in enumerate(history) if message.get("role") != "system"), len(history))
        n_head = n_system + 1
        while n_head < len(history) and _is_picture(history[n_head]):
            n_head += 1
        return cls(history[:n_head], list(_units(history[n_head:])), messages[n_history:])

    def messages(self, trim: Trim, summary: str = "", n_summarised: int = 0) -> list[Message]:
        """Return what is sent; `summary` stands for the first `n_summarised` messages, which are left out too."""
        n_left_out = max(trim.n_messages, n_summarised)
        kept = [message for unit in self.units[n_left_out:] for message in unit]
        notes = _notes(n_left_out, summary, n_summarised)
        sent = [*self.head, *notes, *kept, *_without_results(self.steps, trim.n_results)]
        return sent if trim.max_chars is None else [_shortened(message, trim.max_chars) for message in sent]

    @property
    def n_old_results(self) -> int:
        """Tool results of this turn that may be left out: all but those of the newest reply."""
        roles = [message.get("role") for message in self.steps]
        newest = max((i for i, role in enumerate(roles) if role == "assistant"), default=0)
        return roles[:newest].count("tool")


def fit(prompt: Prompt, start: Trim, room: int, summary: str = "", n_summarised: int = 0) -> Trim:
    """Return `start` when what it leaves fits into `room` bytes; else what must be left out as well.

    What is returned fits, or cannot be made smaller: with it as `start`, the same is returned."""

    def size(trim: Trim) -> int:
        return prompt_bytes(prompt.messages(trim, summary, n_summarised))

    def with_fewer_messages(trim: Trim) -> Trim:
        sizes = [prompt_bytes(_shortened(message, trim.max_chars) for message in unit) for unit in prompt.units]
        n_messages = max(trim.n_messages, n_summarised)
        n_bytes = size(trim)
        fixed = n_bytes - sum(sizes[n_messages:])
        while n_bytes > fixed + KEPT * (room - fixed) and n_messages < len(sizes) - 1:
            n_bytes -= sizes[n_messages]
            n_messages += 1
        return replace(trim, n_messages=n_messages)

    if size(start) <= room:
        return start
    trim = with_fewer_messages(start)
    if size(trim) > room:
        trim = with_fewer_messages(replace(start, max_chars=min(start.max_chars or room, room // 3)))
    if size(trim) > room:
        while trim.n_results < prompt.n_old_results and size(trim) > KEPT * room:
            trim = replace(trim, n_results=trim.n_results + 1)
    while size(trim) > room and (trim.max_chars or 0) > MIN_CHARS:
        trim = replace(trim, max_chars=max(MIN_CHARS, (trim.max_chars or 0) // 2))
    uncut = replace(trim, max_chars=None)
    return uncut if size(uncut) == size(trim) else trim


def prompt_bytes(messages: Iterable[Message], tools: Any = None) -> int:
    """Return how large a prompt is, its tools included."""
    return sum(map(_size, messages)) + (len(_json(tools)) if tools else 0)


def _size(message: Message) -> int:
    content, calls = message.get("content"), message.get("tool_calls")
    n_bytes = MESSAGE_BYTES + len(str(message.get("name") or "")) + (len(_json(calls)) if calls else 0)
    if isinstance(content, list):
        texts = (part.get("text") for part in content)
        return n_bytes + sum(IMAGE_BYTES if text is None else len(str(text).encode()) for text in texts)
    return n_bytes + len(str(content or "").encode(errors="replace"))


def _units(messages: list[Message]) -> Iterable[list[Message]]:
    unit: list[Message] = []
    is_whole = False
    for message in messages:
        if is_whole and not _is_picture(message):
            yield unit
            unit, is_whole = [], False
        unit.append(message)
        is_whole = is_whole or (message.get("role") != "tool" and not message.get("tool_calls"))
    if unit:
        yield unit


def _is_picture(message: Message) -> bool:
    """Whether it shows the pictures of the message before it."""
    return PICTURES_OF_MESSAGE in message


def _without_results(steps: list[Message], n_results: int) -> list[Message]:
    kept = list(steps)
    for i in [i for i, message in enumerate(steps) if message.get("role") == "tool"][:n_results]:
        if len(str(steps[i].get("content"))) > len(RESULT_LEFT_OUT):
            kept[i] = {**steps[i], "content": RESULT_LEFT_OUT}
    return kept


def _shortened(message: Message, max_chars: int | None) -> Message:
    content = message.get("content")
    if max_chars is None or not isinstance(content, str) or len(content) <= max_chars:
        return message
    if message.get("role") == "system":
        return message
    half = max(1, (max_chars - len(CUT)) // 2)
    return {**message, "content": content[:half] + CUT + content[-half:]}


def _notes(n_left_out: int, summary: str, n_summarised: int) -> list[Message]:
    """Return what stands in the place of the messages that are left out."""
    notes = []
    if n_summarised:
        notes.append(f"[{count_text(n_summarised, 'message')} left out here. A summary:]\n{summary}")
    if n_more := n_left_out - n_summarised:
        notes.append(f"[{count_text(n_more, 'message')} left out here.]")
    return [{"role": "user", "content": note} for note in notes]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
