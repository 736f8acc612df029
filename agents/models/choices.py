"""A reply that is one of a few names, or a call of a tool: how a server is told to write nothing else, and how its
answer is read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agents.models.connections import Endpoint
from agents.models.reply_format import CHOICE, PARAMETER

FIELD = "name"


def choice_parameters(endpoint: Endpoint, choices: Sequence[str]) -> dict[str, Any]:
    """Return the request parameters that leave the model only `choices`; {} when there are none."""
    if not choices:
        return {}
    if endpoint.kind == "embedded":
        return {"grammar": "root ::= " + " | ".join(json.dumps(name, ensure_ascii=False) for name in choices)}
    return _json_reply(_object({FIELD: {"type": "string", "enum": list(choices)}}))


def call_parameters(endpoint: Endpoint, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what takes the place of `parameters` where they demand a call of a tool and the server takes that for a
    wish, as llama.cpp does: the reply is the call, written as text. {} elsewhere."""
    tools = [tool["function"] for tool in parameters.get("tools", ())]
    if endpoint.kind != "embedded" or parameters.get("tool_choice") != "required" or not tools:
        return {}
    calls = [_object({"name": {"const": tool["name"]}, "arguments": tool["parameters"]}) for tool in tools]
    return {"tool_choice": "auto", **_json_reply({"anyOf": calls})}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _json_reply(schema: dict[str, Any]) -> dict[str, Any]:
    return {PARAMETER: {"type": "json_schema", "json_schema": {"name": CHOICE, "strict": True, "schema": schema}}}


def chosen(text: str, choices: Sequence[str]) -> str:
    """Return the name in an answer by the schema, any other text as it is."""
    try:
        answer = json.loads(text) if choices and text.lstrip().startswith("{") else None
    except ValueError:
        return text
    name = answer.get(FIELD) if isinstance(answer, dict) else None
    return name if isinstance(name, str) and name in choices else text
