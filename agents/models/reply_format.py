"""The parameter `response_format` and its uses: the choice of who speaks next, an agent's shape of replies, any JSON.

A server may refuse one use and take another, so a refusal is learned for the use that it means. Pure functions; called
by the table in `dialect`.
"""

import json
import re
from typing import Any

from agents.chats import sha256_of
from agents.specs.reply_shape import REPLY_SHAPE

PARAMETER = "response_format"
CHOICE = "choice"
"""The name of the schema of a choice; the studio's other one is `REPLY_SHAPE`."""

_OF_SCHEMA = re.compile(
    r"invalid schema|schema for response_format|in context=|schema.{0,40}too (?:large|deep|complex|many)"
)
_OF_TYPE = re.compile(r"json[_ ]?schema|json[_ ]?object|json mode|structured output|response_format[.' ]{1,3}type")


def reply_schema(value: Any) -> dict[str, Any]:
    """Return the schema of an agent's replies that a request asks for; {} when it asks for another thing."""
    wanted = value.get("json_schema") if isinstance(value, dict) else None
    return wanted["schema"] if isinstance(wanted, dict) and wanted.get("name") == REPLY_SHAPE else {}


def uses(value: Any) -> list[str]:
    """Return what the parameter's `value` is a use of, the narrowest first: one schema, a type."""
    if not isinstance(value, dict):
        return [json.dumps(value)]
    kind = str(value.get("type") or "")
    if schema := reply_schema(value):
        return [f"{REPLY_SHAPE}-{sha256_of(schema)[:8]}", kind]
    name = value.get("json_schema", {}).get("name") if isinstance(value.get("json_schema"), dict) else ""
    return [CHOICE, kind] if name == CHOICE else [kind] if kind else [json.dumps(value)]


def refused_use(said: str, fields: tuple[str, ...], value: Any) -> str:
    """Return the use that a refusal of the parameter means, by its words in small letters and the field that it names;
    "" when the server does not take the parameter at all."""
    narrowest, *wider = uses(value)
    if _OF_SCHEMA.search(said) or "schema" in fields[2:]:
        return narrowest
    is_of_type = _OF_TYPE.search(said) or fields[1:2] == ("type",)
    return (wider or [narrowest])[-1] if is_of_type else ""


def line(use: str) -> str:
    """Return what people read of a refused use, behind "This model "; of the parameter itself for ""."""
    if use == CHOICE:
        return f"takes no {PARAMETER} for the choice of who speaks next: it is asked for in words"
    if use.startswith(f"{REPLY_SHAPE}-"):
        return f"does not take the shape of one agent's replies as {PARAMETER}: it is told in words"
    of_type = f" of type {use}" if use else ""
    return f"takes no {PARAMETER}{of_type}: the shape of a reply is told in words"
