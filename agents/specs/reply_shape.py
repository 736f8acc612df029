"""The shape of an agent's replies: a JSON schema, checked when a team is written and at each reply.

Nothing is fetched: a schema refers to its own parts only.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import jsonschema
import referencing.exceptions
import regex
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry

from agents.plain_text import shorten

REPLY_SHAPE = "reply_shape"
"""The name by which a request's schema is known as the shape of a reply."""
MAX_SCHEMA_CHARS = 20_000
MAX_CHECK_S = 1.0
"""Of one reply: a pattern can look at thirty characters for years, and a part can ask for two others for ever."""
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
_until: ContextVar[float] = ContextVar("until", default=0.0)
"""When the check of this thread's reply must be over, on the monotonic clock."""
_Rule = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
"""(validator, the rule's value, what is checked, the schema around the rule): what does not fit."""
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
    if outside := next((ref for ref in _references(schema) if not ref.startswith("#")), None):
        return f"Found {shorten(outside, 80)!r}. Refer to parts of the same schema only, like '#/$defs/item'."
    if '"patternProperties":' in text and '"unevaluatedProperties":' in text:
        return "Found unevaluatedProperties beside patternProperties. Write additionalProperties instead."
    return ""


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("$ref", "$dynamicRef") and isinstance(item, str):
                yield item
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def shape_parameter(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request parameter `response_format` that asks for replies of that shape."""
    return {"type": "json_schema", "json_schema": {"name": REPLY_SHAPE, "schema": schema}}


def mend_text(problem: str, schema: Mapping[str, Any]) -> str:
    """Return what a model is told of a reply that does not have its shape."""
    return (
        f"This reply does not have its shape: {problem}. Nobody has read it. "
        "Reply with nothing but JSON of this schema: "
        f"{json.dumps(schema, ensure_ascii=False)}"
    )


def read_reply(text: str, schema: Mapping[str, Any]) -> tuple[str, str]:
    """Return (the JSON text in a reply, without a fence around it; what does not fit, "" when it fits)."""
    text = text.strip()
    if fenced := _FENCED.match(text):
        text = fenced[1].strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text, "it is no JSON"
    _until.set(time.monotonic() + MAX_CHECK_S)
    try:
        error = best_match(_validator()(schema, registry=Registry()).iter_errors(value))
    except (referencing.exceptions.Unresolvable, regex.error, RecursionError):
        return text, "its shape cannot be followed: a part that it refers to is not there, or has no end"
    except TimeoutError:
        return text, "its shape takes too long to check: make its patterns and its references simpler"
    if error is None:
        return text, ""
    where = ".".join(map(str, error.absolute_path)) or "the reply"
    return text, shorten(f"{where}: {_reason(error)}", MAX_REASON_CHARS)


@lru_cache(1)
def _validator() -> Any:
    """JSON Schema 2020-12, within the time of `_until`."""
    usual = jsonschema.Draft202012Validator
    own = {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional}
    return jsonschema.validators.extend(
        usual, {name: _timed(rule) for name, rule in {**usual.VALIDATORS, **own}.items()}
    )


def _timed(rule: _Rule) -> _Rule:
    def within_time(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _left_s()
        yield from rule(validator, wanted, instance, schema) or ()

    return within_time


def _left_s() -> float:
    """TimeoutError when no time is left."""
    left_s = _until.get() - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _finds(pattern: str, text: str) -> bool:
    return regex.search(pattern, text, timeout=_left_s()) is not None


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _finds(pattern, instance):
        yield ValidationError("")


def _pattern_properties(validator: Any, rules: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    for name, value in instance.items() if isinstance(instance, dict) else ():
        for pattern, rule in rules.items():
            if _finds(pattern, name):
                yield from validator.descend(value, rule, path=name, schema_path=pattern)


def _additional(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    extra = _unnamed(instance, schema) if isinstance(instance, dict) else []
    if isinstance(rule, dict):
        for name in extra:
            yield from validator.descend(instance[name], rule, path=name)
    elif extra and not rule:
        yield ValidationError("")


def _unnamed(instance: dict[str, Any], schema: Any) -> list[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return [name for name in instance if name not in known and not any(_finds(each, name) for each in patterns)]


def _reason(error: ValidationError) -> str:
    """Return which rule of the shape a value breaks, to be read behind its name."""
    rule, found = error.validator_value, error.instance
    match error.validator:
        case "type":
            return f"must be of type {rule if isinstance(rule, str) else ' or '.join(rule)}"
        case "required":
            return f"{', '.join(name for name in rule if name not in found)} is missing"
        case "additionalProperties":
            return f"{', '.join(sorted(_unnamed(found, error.schema)))} is not in the shape"
        case "enum":
            return f"must be one of {', '.join(map(str, rule))}"
        case bound if bound in _BOUNDS:
            return f"{_BOUNDS[bound]} {rule}"
        case other:
            return f"breaks the rule {other} of the shape"
