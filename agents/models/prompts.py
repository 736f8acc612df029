"""Messages as they are sent: in the form that every server accepts.

Pure functions over plain message dicts; nothing is changed in place. Called by `ModelClient`.
"""

import re
from functools import lru_cache
from itertools import count
from typing import Any

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


@lru_cache
def sanitised_name(name: str) -> str:
    """Return `name` with "_" for every character that providers refuse, at most 64 characters."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]
