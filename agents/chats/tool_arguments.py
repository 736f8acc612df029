"""What may stand as the arguments of a tool call: a JSON object that a log takes and a person can read.

Pure functions. A model's text and a person's edit pass the same check. Called by the engine and by `decisions`.
"""

import json
from typing import Any

from agents.plain_text import is_valid

MAX_DEPTH = 50
MAX_CHARS = 100_000


def read_arguments(text: Any) -> dict[str, Any] | None:
    """The arguments that a model wrote, {} for none; None when the text is no JSON object, or none that a log takes."""
    if not isinstance(text, str) or not text.strip():
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not problem_of(value) else None


def problem_of(arguments: Any) -> str:
    """What keeps a value from being the arguments of a call, in a sentence; "" when nothing does."""
    if not isinstance(arguments, dict):
        return "The arguments of a call are a JSON object."
    if _is_deeper(arguments, MAX_DEPTH):
        return f"The arguments nest more than {MAX_DEPTH} deep."
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        return "The arguments hold a value that JSON does not have."
    if not is_valid(text):
        return "The arguments have invalid characters in them."
    return (
        "" if len(text) <= MAX_CHARS else f"The arguments have {len(text):,} characters; at most {MAX_CHARS:,} may be."
    )


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether lists and objects in `value` nest more than `depth` deep; looks no deeper than that."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_is_deeper(item, depth - 1) for item in inner if isinstance(item, dict | list))
