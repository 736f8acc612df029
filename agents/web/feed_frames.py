"""What a browser sends through a socket of the live feed: kinds of frame, checked before anything is done with them.

Knows no chat and no token. Read by the live feed, on the server's event loop.
"""

import json
import logging
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.websockets import WebSocket

from agents.web.transcript_search import Sought

BAD_FRAME = 4400
"""Close code of a socket whose holder of a good token sent what is no frame."""
MAX_FRAME_CHARS, MAX_TYPED_CHARS = 8_192, 3_000_000
"""A longer one is not read; the second of what people type."""

_log = logging.getLogger(__name__)


class _Frame(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Hello(_Frame):
    """The first frame of a socket."""

    token: str
    after: int | None = None
    """The newest seq that the transcript has."""


class Find(BaseModel):
    """What a person looks for in a chat."""

    model_config = ConfigDict(strict=True, frozen=True)

    number: int
    """The browser's, for the answer."""
    of: Sought
    text: str = Field("", max_length=1_000)


class Asked(_Frame):
    """Asks for one thing of the chat."""

    older: int | None = None
    """The page before a seq."""
    newer: int | None = None
    """The page after a seq."""
    at: int | None = None
    """The page in which a seq is, in place of what is shown; the newest for 0."""
    markdown: int | None = None
    """A message as it was written, by its seq."""
    find: Find | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1 or all(value is None for value in dict(self).values()):
            raise ValueError("not one thing")
        return self


class TypedText(_Frame):
    """What a person typed in some fields of a place."""

    number: int
    """The browser's, for the answer."""
    place: str
    tab: str
    instead_of: str = ""
    fields: dict[str, str]


class Typed(_Frame):
    """Asks to keep it."""

    typed: TypedText


FrameKind = TypeVar("FrameKind", bound=_Frame)


async def receive_json(socket: WebSocket, max_chars: int = MAX_FRAME_CHARS) -> dict[str, Any]:
    """Return the browser's next message; {} for anything but a JSON object of a frame's size."""
    try:
        text = await socket.receive_text()
        frame = json.loads(text) if len(text) <= max_chars else None
    except (ValueError, KeyError, TypeError, RecursionError):  # no JSON, no text, nested without end
        return {}
    return frame if isinstance(frame, dict) else {}


def read_frame(kind: type[FrameKind], frame: dict[str, Any]) -> FrameKind | None:
    """Return `frame` as a value; None, and a line in the log, when it is none of that kind."""
    try:
        return kind.model_validate(frame)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors()[:3])
        _log.warning("a live feed was closed: its %s frame is not valid (%s)", kind.__name__.lower(), wrong)
        return None
