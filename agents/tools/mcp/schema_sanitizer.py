"""What servers say of their tools, made fit for models: names that the API takes, schemas that it can read, plain text.

Everything here is hostile input: texts are cut and cleaned, schemas are rebuilt from the keywords that are known, and
what cannot be corrected is left out, so that no server can break a request that also names other tools.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from agents.plain_text import HIDDEN, UNFIT_FOR_NAMES, shorten

MAX_DESCRIPTION_CHARS = 1_024
MAX_WORD_CHARS = 400
"""Of a description inside a schema."""
MAX_NAME_CHARS = 64
MAX_DEPTH, MAX_NODES = 8, 400
"""Of a schema; what lies deeper, or beyond, may be anything."""
MAX_NAMES = 200
MAX_COUNT = 1_000
"""Of a length or number of items: servers that make grammars of schemas refuse more."""
MAX_SCHEMA_CHARS = 30_000

_CLASSES: dict[str, type | tuple[type, ...]] = {
    **{"string": str, "number": (int, float), "object": dict, "array": list, "null": type(None)},
    **{"integer": (int, float), "boolean": bool},
}
BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
AT_THE_TOP = ("type", "description", "properties", "required", "additionalProperties")
"""All that APIs take at the top of a tool's arguments."""
PROPERTY = re.compile(r"[A-Za-z0-9_.$-]{1,64}")
"""What APIs take as the name of an argument."""


class UnfitError(ValueError):
    """A tool that cannot be offered; the text says why, as the rest of a sentence."""


def clean(text: str, most: int = 1_000_000) -> str:
    """Return `text` without what cannot be seen (controls, directions, tags), at most `most` characters long."""
    return shorten(HIDDEN.sub("", text).strip(), most)


def tool_name(server: str, tool: str, taken: Iterable[str] = ()) -> str:
    """`server__tool` in the API's characters and length; a name that is changed, or taken, ends with a mark of its
    own, the same each time."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", tool)
    name = f"{server}__{plain}"
    if plain == tool and len(name) <= MAX_NAME_CHARS and name not in taken:
        return name
    mark = hashlib.sha256(tool.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{name[: MAX_NAME_CHARS - 7]}_{mark}"


def sanitized(schema: Any) -> dict[str, Any]:
    """Return the schema of a tool's arguments, without references and with known keywords only; UnfitError when it is
    none of an object, or when an argument that is required cannot be named."""
    if not isinstance(schema, dict):
        raise UnfitError(f"its schema must be an object, not {type(schema).__name__}")
    if schema.get("type", "object") != "object":
        raise UnfitError(f"its arguments are said to be {clean(str(schema.get('type')), 40)!r}, not an object")
    rebuilt = _Sanitizer(schema).sanitize({**schema, "type": "object"}, MAX_DEPTH)
    found = {key: rebuilt[key] for key in AT_THE_TOP if key in rebuilt}
    found.setdefault("properties", {})
    if len(json.dumps(found)) > MAX_SCHEMA_CHARS:
        raise UnfitError(f"its schema has more than {MAX_SCHEMA_CHARS:,} characters")
    unnamed = [name for name in _texts(schema.get("required")) if not PROPERTY.fullmatch(name)]
    if unnamed:
        raise UnfitError(f"it requires an argument that no API can name ({clean(unnamed[0], 40)!r})")
    return found


class _Sanitizer:
    """One schema. Counts what it makes: references to references grow without end."""

    def __init__(self, root: dict[str, Any]):
        self._root, self._n_nodes = root, 0

    def sanitize(self, schema: Any, depth: int) -> dict[str, Any]:
        schema = self._resolved(schema)
        self._n_nodes += 1
        if not isinstance(schema, dict) or depth < 0 or self._n_nodes > MAX_NODES:
            return {}
        return {key: value for key, value in self._keywords(schema, depth - 1) if value is not None}

    def _keywords(self, schema: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        kind = _type(schema.get("type"))
        yield "type", kind
        if isinstance(schema.get("description"), str):
            yield "description", clean(schema["description"], MAX_WORD_CHARS) or None
        yield "enum", _choices(schema.get("enum"))
        if _is_plain(schema.get("const")) and "const" in schema:
            yield "enum", [schema["const"]]
        for least, most in BOUNDS:
            yield from _bounds(schema, least, most)
        if _is_plain(schema.get("default")):
            yield "default", schema.get("default")
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), list) and schema[key]:
                yield "anyOf", [self.sanitize(part, depth) for part in schema[key][:MAX_NAMES]]
        if "items" in schema or kind == "array":
            yield "items", self.sanitize(schema.get("items"), depth)
        if "properties" in schema:
            yield from self._properties(schema, depth)
        if kind == "object" and isinstance(schema.get("additionalProperties"), bool):
            yield "additionalProperties", schema["additionalProperties"]

    def _properties(self, schema: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        given = schema["properties"] if isinstance(schema["properties"], dict) else {}
        names = [name for name in given if isinstance(name, str) and PROPERTY.fullmatch(name)][:MAX_NAMES]
        yield "properties", {name: self.sanitize(given[name], depth) for name in names}
        yield "required", [name for name in dict.fromkeys(_texts(schema.get("required"))) if name in names] or None

    def _resolved(self, schema: Any) -> Any:
        """Return what a reference within the schema leads to; {} for one that leads elsewhere, nowhere or in a
        circle."""
        for _ in range(MAX_DEPTH):
            if isinstance(schema, dict) and "$ref" not in schema and len(_list(schema.get("allOf"))) == 1:
                (whole,) = schema["allOf"]
                rest = {key: value for key, value in schema.items() if key != "allOf"}
                schema = {**whole, **rest} if isinstance(whole, dict) else rest
                continue
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            description = {key: value for key, value in schema.items() if key == "description"}
            found: Any = self._root
            path = schema["$ref"] if isinstance(schema["$ref"], str) else ""
            if not path.startswith("#/"):
                return description
            for step in path[2:].split("/"):
                found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
            schema = {**found, **description} if isinstance(found, dict) else description
        return {}


def wrong(schema: dict[str, Any], arguments: dict[str, Any]) -> str:
    """Return what is plainly wrong with `arguments`, "" for nothing: the rest is for the server to judge. Takes a
    sanitized schema, looks at the top of it only, and so is quick whatever the server wrote."""
    properties: dict[str, Any] = schema.get("properties", {})
    problems = [f"{name} is required" for name in schema.get("required", []) if name not in arguments]
    for name, value in arguments.items():
        if name not in properties:
            if schema.get("additionalProperties") is False:
                problems.append(f"there is no argument {clean(name, 40)!r}")
            continue
        kinds = properties[name].get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(_is_a(value, kind) for kind in kinds):
            problems.append(f"{name} must be {' or '.join(kinds)}")
        elif "enum" in properties[name] and value not in properties[name]["enum"]:
            problems.append(f"{name} must be one of {clean(str(properties[name]['enum']), 300)}")
    return "; ".join(problems[:10])


def _type(value: Any) -> str | list[str] | None:
    if isinstance(value, list):
        kinds = [kind for kind in dict.fromkeys(_texts(value)) if kind in _CLASSES]
        return kinds or None
    return value if isinstance(value, str) and value in _CLASSES else None


def _choices(value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    plain = [item for item in value if _is_plain(item) or item is None]
    return plain if len(plain) == len(value) and 0 < len(plain) <= MAX_NAMES else None


def _bounds(schema: dict[str, Any], least: str, most: str) -> Iterator[tuple[str, Any]]:
    """Both, one or none: never more than a grammar can be made of, nor a least above the most."""
    found = {key: schema[key] for key in (least, most) if _is_number(schema.get(key))}
    if least != "minimum":
        found = {key: value for key, value in found.items() if isinstance(value, int) and 0 <= value <= MAX_COUNT}
    if len(found) < 2 or found[least] <= found[most]:
        yield from found.items()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_WORD_CHARS and not UNFIT_FOR_NAMES.search(value)
    return isinstance(value, bool) or _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _CLASSES[kind])
