"""The pictures of a chat in its members' prompts: sent to models that see, told to the others.

A picture stands behind the message with which it came. Of a file only its newest version counts. Called by the leg.
"""

from collections.abc import Iterator
from typing import Any

from agents.chats import ChatState, FileChange
from agents.chats.pictures import told_of
from agents.engine.model_calls import Message
from agents.engine.ports import Files
from agents.engine.prompt import PICTURES_OF_MESSAGE
from agents.text.numbers import size_text

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""Of what every model that sees can see."""
MAX_BYTES = 5_000_000
"""Of one picture: providers refuse larger ones."""
MAX_PICTURES = 8
"""In one prompt: the newest."""
MAX_ALL_BYTES = 15_000_000


def pictures_of(state: ChatState) -> list[tuple[int, FileChange]]:
    """Return the pictures that the turn under way found in the workspace, each with the turn it came in, oldest
    first."""
    found = [dated for path, dated in state.files_at_start.items() if path.lower().endswith(ENDINGS)]
    return sorted(found, key=lambda picture: (picture[0], picture[1].path))


def with_pictures(messages: list[Message], state: ChatState, files: Files, *, sees: bool) -> list[Message]:
    """Return a prompt with the chat's pictures, or with what is told of them to a model that sees none. `messages` are
    the system prompt and the chat's own, one for each turn, with the tool calls before them."""
    pictures = pictures_of(state)
    if not pictures:
        return messages
    sent = dict(_sent(pictures, files))
    result: list[Message] = []
    turn = -1
    for message in messages:
        result.append(message)
        if message.get("role") in ("system", "tool") or message.get("tool_calls"):
            continue
        turn += 1
        parts = [part for at, picture in pictures if at == turn for part in _parts(picture, sent)]
        if parts:
            content = parts if sees and any("text" not in part for part in parts) else told_of(parts)
            result.append({"role": "user", "content": content, PICTURES_OF_MESSAGE: True})
    return result


def _sent(pictures: list[tuple[int, FileChange]], files: Files) -> Iterator[tuple[str, str]]:
    """Yield (path, data URL) of the newest pictures that are small enough."""
    n_bytes = n_sent = 0
    for _, picture in reversed(pictures):
        is_small = picture.size <= MAX_BYTES and n_bytes + picture.size <= MAX_ALL_BYTES
        if n_sent < MAX_PICTURES and is_small and (url := files.picture(picture)):
            n_bytes, n_sent = n_bytes + picture.size, n_sent + 1
            yield picture.path, url


def _parts(picture: FileChange, sent: dict[str, str]) -> list[dict[str, Any]]:
    if url := sent.get(picture.path):
        text = {"type": "text", "text": f"The picture {picture.path}:"}
        return [text, {"type": "image_url", "image_url": {"url": url}}]
    is_too_large = picture.size > MAX_BYTES
    why = f"too large to be shown to you: {size_text(picture.size)}" if is_too_large else "not shown to you"
    return [{"type": "text", "text": f"[The picture {picture.path}: {why}]"}]
