"""The shape of an agent's replies: a JSON schema, checked when a team is written and at each reply.

Nothing is fetched: a schema refers to its own parts only.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import referencing.exceptions
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry

from agents.plain_text import shorten

MAX_SCHEMA_CHARS = 20_000
MAX_REASON_CHARS = 300
_FENCED = re.compile(r"^```[^\n]*\n(.*?)\n?```$", re.DOTALL)


def check_shape(schema: dict[str, Any]) -> None:
    """ValueError, in words for people, for what is no schema of an object."""
    if len(json.dumps(schema)) > MAX_SCHEMA_CHARS:
        raise ValueError(f"The shape is longer than {MAX_SCHEMA_CHARS:,} characters. Make it shorter.")
    if schema.get("type") != "object":
        raise ValueError('Found no object. Write a JSON schema like {"type": "object", "properties": {...}}.')
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = ".".join(map(str, error.absolute_path))
        raise ValueError(f"This is no JSON schema{f' at {where}' if where else ''}: {_reason(error.message)}") from None
    if outside := next((ref for ref in _references(schema) if not ref.startswith("#")), None):
        raise ValueError(
            f"Found {shorten(outside, 80)!r}. Refer to parts of the same schema only, like '#/$defs/item'."
        )


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("$ref", "$dynamicRef") and isinstance(item, str):
                yield item
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def read_reply(text: str, schema: Mapping[str, Any]) -> tuple[str, str]:
    """Return (the JSON text in a reply, without a fence around it; what does not fit, "" when it fits)."""
    text = text.strip()
    if fenced := _FENCED.match(text):
        text = fenced[1].strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text, "it is no JSON"
    try:
        error = best_match(jsonschema.Draft202012Validator(schema, registry=Registry()).iter_errors(value))
    except (referencing.exceptions.Unresolvable, re.error, RecursionError) as unreadable:
        return text, f"its shape cannot be followed: {_reason(str(unreadable))}"
    if error is None:
        return text, ""
    where = ".".join(map(str, error.absolute_path))
    return text, f"{where}: {_reason(error.message)}" if where else _reason(error.message)


def _reason(text: str) -> str:
    return shorten(text, MAX_REASON_CHARS)
