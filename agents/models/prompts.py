"""Messages as they are sent: in the form that every server accepts, shortened where the model's context is small.

Pure functions over plain message dicts; nothing is changed in place. Called by `ModelClient`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

CUT = "\n[... cut ...]\n"


NO_OUTPUT = "(no output)"
"""In place of a tool's result without any text."""


def sendable(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return copies as every server takes them: only the fields of the chat completions API, names in its alphabet,
    content never None but where tools are called, and no id of a tool call twice."""
    return _unique_ids([_sendable(message) for message in messages])


def _sendable(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if message.get("tool_calls"):
        content = content or None
    elif message.get("role") == "tool" and not str(content or "").strip():
        content = NO_OUTPUT
    elif content is None:
        content = ""
    sent: dict[str, Any] = {"role": message.get("role", "user"), "content": content}
    name = sanitised_name(str(message.get("name") or ""))
    if name:
        sent["name"] = name
    for field in ("tool_calls", "tool_call_id"):
        if message.get(field):
            sent[field] = message[field]
    return sent


def _unique_ids(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a tool call whose id an earlier one has another, and its result the same: servers repeat their own ids."""
    taken: set[str] = set()
    renamed: dict[str, list[str]] = {}
    for message in messages:
        if message.get("tool_calls"):
            renamed, calls = {}, []
            for n, call in enumerate(message["tool_calls"]):
                id = str(call.get("id") or f"call_{n}")
                new = next(each for i in count(1) if (each := id if i == 1 else f"{id}_{i}") not in taken)
                taken.add(new)
                renamed.setdefault(id, []).append(new)
                calls.append({**call, "id": new})
            message["tool_calls"] = calls
        elif (ids := renamed.get(str(message.get("tool_call_id", "")))) is not None:
            message["tool_call_id"] = ids.pop(0) if len(ids) > 1 else ids[0]
    return messages


def sanitised_name(name: str) -> str:
    """Return `name` with "_" for every character that providers refuse, at most 64 characters."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]


@dataclass(frozen=True)
class FittedMessages:
    """Messages that fit, and how many were left out or cut for that."""

    messages: list[dict[str, Any]]
    n_left_out: int = 0
    n_cut: int = 0


def fit_messages(
    messages: list[dict[str, Any]], budget: int, count: Callable[[list[dict[str, Any]]], int]
) -> FittedMessages:
    """Return `messages` within `budget` tokens.

    Leading system messages stay, and as many of the last messages as fit; the last one always stays, cut in its middle
    when it alone is too long. `count` is exact and costs a request, so it is asked a few times only, and not at all
    when a text is too short to be too long (a token has at least one byte).
    """
    if n_bytes(messages) + 16 * len(messages) <= budget or count(messages) <= budget:
        return FittedMessages(messages)
    n_head = next((i for i, message in enumerate(messages) if message["role"] != "system"), len(messages) - 1)
    n_head = min(n_head, len(messages) - 1)
    head, tail = messages[:n_head], messages[n_head:]
    fits: list[dict[str, Any]] | None = None
    low, high = 1, len(tail)  # the most of the last messages that fit are low..high
    while low <= high:
        n_kept = (low + high) // 2
        kept = [*head, *tail[-n_kept:]]
        if count(kept) <= budget:
            fits, low = kept, n_kept + 1
        else:
            high = n_kept - 1
    if fits is not None:
        return FittedMessages(fits, n_left_out=len(messages) - len(fits))
    shortened = _cut([*head, tail[-1]], budget, count)
    n_cut = sum(CUT in str(message["content"]) for message in shortened)
    return FittedMessages(shortened, n_left_out=len(tail) - 1, n_cut=n_cut)


def n_bytes(messages: list[dict[str, Any]]) -> int:
    return sum(len(str(message["content"]).encode()) for message in messages)


def _cut(
    messages: list[dict[str, Any]], budget: int, count: Callable[[list[dict[str, Any]]], int]
) -> list[dict[str, Any]]:
    """Cut the longest text in its middle, again and again, until all messages fit."""
    for _ in range(12):
        n_tokens = count(messages)
        if n_tokens <= budget:
            break
        longest = max(range(len(messages)), key=lambda i: len(str(messages[i]["content"])))
        text = str(messages[longest]["content"])
        n_all = sum(len(str(message["content"])) for message in messages)
        n_spare = int(n_all * (1 - budget / n_tokens)) + len(CUT) + 8
        n_half = max(8, (len(text) - n_spare) // 2)
        shortened = {**messages[longest], "content": text[:n_half] + CUT + text[-n_half:]}
        messages = [*messages[:longest], shortened, *messages[longest + 1 :]]
    return messages
