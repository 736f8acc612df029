"""A reply that is one of a few names: how a server is told to write nothing else, and how its answer is read."""

import json
from collections.abc import Sequence
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
    schema = {
        "type": "object",
        "properties": {FIELD: {"type": "string", "enum": list(choices)}},
        "required": [FIELD],
        "additionalProperties": False,
    }
    return {PARAMETER: {"type": "json_schema", "json_schema": {"name": CHOICE, "strict": True, "schema": schema}}}


def chosen(text: str, choices: Sequence[str]) -> str:
    """Return the name in an answer by the schema, any other text as it is."""
    try:
        answer = json.loads(text) if choices and text.lstrip().startswith("{") else None
    except ValueError:
        return text
    name = answer.get(FIELD) if isinstance(answer, dict) else None
    return name if isinstance(name, str) and name in choices else text
