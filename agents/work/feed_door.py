"""The live feed's door: from which pages it may be called, and who called it and may not.

Such calls are kept, and a flood of them costs next to nothing. Called by the feed, on the server's event loop.
"""

import asyncio
import logging
import time
from collections.abc import Collection

from starlette.websockets import WebSocket

from agents.chats import Person
from agents.store import Store

EVERY_S = 1.0
"""Whoever knocks without end costs no more than one look at the database in this time."""

_log = logging.getLogger(__name__)


def is_own_origin(socket: WebSocket, allowed: Collection[str]) -> bool:
    """True for pages of this server; a page of another site in the same browser has another Origin."""
    origin = socket.headers.get("origin", "").rstrip("/").lower()
    if origin in allowed:
        return True
    return bool(origin) and origin.partition("://")[2] == socket.headers.get("host", "").lower()


class FeedRefusals:
    """Of one process."""

    def __init__(self, store: Store):
        self._store = store
        self._kept_at = float("-inf")

    async def keep(self, why: str) -> None:
        """Remember one refused call, unless one was a moment ago; never raises."""
        if time.monotonic() - self._kept_at < EVERY_S:
            return
        self._kept_at = time.monotonic()
        try:
            nobody = Person(name="Somebody")
            await asyncio.to_thread(self._store.refusals.add, nobody, "open the live feed", "", why)
        except Exception:  # noqa: BLE001  whoever is refused is refused, whatever becomes of the note
            _log.warning("A refused call of the live feed could not be kept", exc_info=True)
