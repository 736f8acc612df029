"""How long the lists and texts of a team may be, where the type of the field does not say it.

Checked on what people write before anything is made of it. Teams that were saved, and those that chats pinned, are read
whatever their size. Called by `agents.specs.team`.
"""

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from agents.errors import SpecError
from agents.specs.validation import MAX_PROBLEMS

MAX_ENTRIES = {
    "tags": 50,
    "agents.*.parameters": 100,
    "agents.*.reply_schema": 100,
    "selection.transitions": 50,
    "selection.transitions.*": 50,
    "termination.phrases": 50,
    "termination.by": 50,
    "policies.*.where": 50,
    "variables": 200,
    "example_tasks": 50,
}
"""Path -> the most entries of a list, or fields of a mapping; * stands for every entry."""
MAX_CHARS = {
    "tags.*": 80,
    "connection": 200,
    "initiator": 64,
    "first_speaker": 64,
    "agents.*.name": 200,
    "agents.*.connection": 200,
    "agents.*.tools.*": 200,
    "selection.connection": 200,
    "selection.transitions.*.*": 64,
    "termination.phrases.*": 500,
    "termination.by.*": 64,
    "context.connection": 200,
    "summary.connection": 200,
    "sandbox.allowed_hosts.*": 253,
    "variables.*": 100_000,
    "example_tasks.*": 20_000,
}
"""Path -> the most characters of a text."""
MAX_SHAPES_CHARS = 100_000
"""Of the shapes of all agents' replies together, as JSON."""
MAX_LOOKED_INTO = 10
"""How deep teams in teams are looked into; far fewer are allowed."""
MAX_NAME_CHARS = 200
"""Of a field that a person names, such as a variable."""


def check_limits(value: dict[str, Any], subject: str) -> None:
    """SpecError names each list and text that is too long; what is not of its field's type is left to that."""
    found = list(islice(_found(value), MAX_PROBLEMS))
    if found:
        raise SpecError(subject, found)


def _found(value: dict[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for place, text in chain(_too_many(value), _too_long(value), _shapes(value)):
        yield f"{above}{place}", text
    for place, team in _at(value, ["agents", "*", "team"], ""):
        if isinstance(team, dict) and depth < MAX_LOOKED_INTO:
            yield from _found(team, f"{above}{place}.", depth + 1)


def _too_many(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, most in MAX_ENTRIES.items():
        for place, part in _at(value, path.split("."), ""):
            if isinstance(part, list | dict) and len(part) > most:
                yield place, f"It has {len(part):,} entries; at most {most:,} are allowed."
            elif isinstance(part, dict) and any(len(str(name)) > MAX_NAME_CHARS for name in part):
                yield place, f"A name in it has more than {MAX_NAME_CHARS} characters. Make it shorter."


def _too_long(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, most in MAX_CHARS.items():
        for place, part in _at(value, path.split("."), ""):
            if isinstance(part, str) and len(part) > most:
                yield place, f"It has {len(part):,} characters; at most {most:,} are allowed."


def _shapes(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    shapes = _at(value, ["agents", "*", "reply_schema"], "")
    n_chars = sum(len(json.dumps(shape, default=str)) for _, shape in shapes if isinstance(shape, dict))
    if n_chars > MAX_SHAPES_CHARS:
        text = f"The shapes of their replies have {n_chars:,} characters together; at most {MAX_SHAPES_CHARS:,} are"
        yield "agents", f"{text} allowed."


def _at(value: Any, parts: list[str], above: str) -> Iterator[tuple[str, Any]]:
    """(path, value) of everything that the parts of a path lead to."""
    if not parts:
        yield above.removeprefix("."), value
        return
    first, *rest = parts
    if first != "*":
        if isinstance(value, dict) and first in value:
            yield from _at(value[first], rest, f"{above}.{first}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _at(item, rest, f"{above}.{str(name)[:64]}")
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _at(item, rest, f"{above}.{number}")
