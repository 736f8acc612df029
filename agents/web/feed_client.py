"""One open socket of the live feed, as what is sent sees it: a bounded queue of frames."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

QUEUE_FRAMES = 400
"""A client this far behind is dropped."""


@dataclass(eq=False)
class FeedClient:
    """The outgoing frames of one socket."""

    frames: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_FRAMES))
    is_slow: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is to be let go; it comes back by itself."""

    def offer(self, frame: str) -> None:
        """Queue `frame`; a client whose queue is full is let go."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.is_slow.set()


def dump(frame: dict[str, Any]) -> str:
    """Return `frame` as it is sent."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
