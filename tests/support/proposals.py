"""Replies of models that are asked to propose a team."""

import json
from typing import Any

GOOD: dict[str, Any] = {
    "name": "Newsletter",
    "purpose": "Writes the weekly newsletter of the garden club.",
    "members": [
        {"library": "Writer"},
        {
            "name": "Gardener",
            "role": "assistant",
            "description": "Says what to do in the garden this week.",
            "prompt": "You know gardens. Name three jobs for this week, each with a reason.",
            "tools": ["now"],
        },
        {"name": "Ann", "role": "person", "description": "Approves each issue.", "prompt": "", "tools": []},
        {"library": "Critic"},
    ],
    "speakers": "in turn",
    "ending": "closing phrase",
    "ended_by": "Critic",
    "max_messages": 16,
}
TASK = "Write the weekly newsletter of our garden club."


def reply(**changes: Any) -> str:
    """The good reply with some fields changed; those that are None are left out."""
    return json.dumps({name: value for name, value in (GOOD | changes).items() if value is not None})
