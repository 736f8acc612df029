"""How a prompt reads for a model that sees no pictures. Said by the engine, which knows the chat, and by the client of
models, which may learn in the middle of a turn that a model sees none: a turn that is cut then reads the same.
"""

from typing import Any

UNSEEN = "[You cannot see pictures.]"
"""In the place of a picture."""


def told_of(content: Any) -> Any:
    """Return a message's content as plain text, with a note in the place of each picture."""
    return "\n".join(part.get("text", UNSEEN) for part in content) if isinstance(content, list) else content
