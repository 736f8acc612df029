"""The shape of an agent's replies: a JSON schema, checked when a team is written and at each reply.

Nothing is fetched: a schema refers to its own parts only.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema
import referencing.exceptions
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry

from agents.plain_text import shorten

MAX_SCHEMA_CHARS = 20_000
MAX_REASON_CHARS = 300
_BOUNDS = {
    "const": "must be",
    "minimum": "must be at least",
    "maximum": "must be at most",
    "exclusiveMinimum": "must be more than",
    "exclusiveMaximum": "must be less than",
    "multipleOf": "must be a multiple of",
    "minLength": "must have characters, at least",
    "maxLength": "must have characters, at most",
    "minItems": "must have entries, at least",
    "maxItems": "must have entries, at most",
    "pattern": "must match the pattern",
    "format": "must be of the form",
}
"""Rule of a schema -> what it demands, to be read in front of its bound."""
_FENCED = re.compile(r"^```[^\n]*\n(.*?)\n?```$", re.DOTALL)


def check_shape(schema: dict[str, Any]) -> None:
    """ValueError, in words for people, for what is no schema of an object."""
    text = json.dumps(schema)
    if len(text) > MAX_SCHEMA_CHARS:
        raise ValueError(f"The shape is longer than {MAX_SCHEMA_CHARS:,} characters. Make it shorter.")
    if problem := _problem(text):
        raise ValueError(problem)


@lru_cache(1_000)
def _problem(text: str) -> str:
    """What is wrong with the shape, "" for nothing; looked for once: it takes a second for 100,000 characters."""
    schema = json.loads(text)
    if schema.get("type") != "object":
        return 'Found no object. Write a JSON schema like {"type": "object", "properties": {...}}.'
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = ".".join(map(str, error.absolute_path))
        return f"This is no JSON schema{f' at {where}: correct that part' if where else ''}."
    outside = next((ref for ref in _references(schema) if not ref.startswith("#")), None)
    if outside is None:
        return ""
    return f"Found {shorten(outside, 80)!r}. Refer to parts of the same schema only, like '#/$defs/item'."


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
    except (referencing.exceptions.Unresolvable, re.error, RecursionError):
        return text, "its shape cannot be followed: a part that it refers to is not there, or has no end"
    if error is None:
        return text, ""
    where = ".".join(map(str, error.absolute_path)) or "the reply"
    return text, shorten(f"{where}: {_reason(error)}", MAX_REASON_CHARS)


def _reason(error: ValidationError) -> str:
    """Return which rule of the shape a value breaks, to be read behind its name."""
    rule, found = error.validator_value, error.instance
    match error.validator:
        case "type":
            return f"must be of type {rule if isinstance(rule, str) else ' or '.join(rule)}"
        case "required":
            return f"{', '.join(name for name in rule if name not in found)} is missing"
        case "additionalProperties":
            known = error.schema.get("properties", {})
            return f"{', '.join(sorted(set(found) - set(known)))} is not in the shape"
        case "enum":
            return f"must be one of {', '.join(map(str, rule))}"
        case bound if bound in _BOUNDS:
            return f"{_BOUNDS[bound]} {rule}"
        case other:
            return f"breaks the rule {other} of the shape"
