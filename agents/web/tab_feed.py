"""What every open tab is told, whatever page it shows: how many requests wait, and when its lists are out of date; and
what its person types, which it sends as they do.

A tab has a token without a chat (`TAB`). Its frames: {"t": "waiting", "n", "requests", "chats", "teams"}, of which the
last three are marks that change when the open requests, any chat or any team do; {"t": "kept", "number", "place",
"is_kept"} answers what was typed. Called by the live feed, which reads on another thread and sends on the event loop.
"""

import threading
import time
from datetime import datetime
from typing import Any

from agents.store import Store
from agents.web.feed_client import FeedClient, dump
from agents.web.feed_frames import TypedText

TAB = ""
"""In a token, in place of a chat."""
REQUESTS_EVERY_S, CHATS_EVERY_S = 0.1, 2.0
"""The marks are read at most this often, however fast agents work."""


def mark_of(found: tuple[int, datetime | None]) -> str:
    """Return a mark as text; pages compare what they show with what the tab is told."""
    n, newest_at = found
    return f"{n} {newest_at.isoformat() if newest_at else ''}".strip()


class TabFeed:
    """The open tabs of one web process."""

    def __init__(self, store: Store):
        self._store = store
        self.clients: set[FeedClient] = set()
        self._lock = threading.Lock()
        """Guards what is below: a tab that comes looks on a thread of its own."""
        self._found: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self._requests_read_at = self._chats_read_at = float("-inf")
        self._again_at = float("inf")

    def look(self) -> None:
        """Read the marks whose time has come."""
        with self._lock:
            now_s, self._again_at = time.monotonic(), float("inf")
            if self._is_due(self._requests_read_at + REQUESTS_EVERY_S, now_s):
                self._requests_read_at = now_s
                found = self._store.requests.open_mark()
                self._found = {**self._found, "n": found[0], "requests": mark_of(found)}
            if self._is_due(self._chats_read_at + CHATS_EVERY_S, now_s):
                self._chats_read_at = now_s
                marks = {"chats": mark_of(self._store.chats.mark()), "teams": mark_of(self._store.teams.mark())}
                self._found = {**self._found, **marks}

    def _is_due(self, due_at: float, now_s: float) -> bool:
        if now_s < due_at:
            self._again_at = min(self._again_at, due_at)
        return now_s >= due_at

    def look_again_in_s(self) -> float:
        """Return how long until a mark that was left out may be read."""
        return max(0.0, self._again_at - time.monotonic())

    def keep(self, owner: str, typed: TypedText) -> str:
        """Keep what was typed, and return the answer to the tab."""
        is_kept = self._store.unsaved_texts.keep(
            owner, typed.place, typed.tab, typed=typed.fields, instead_of=typed.instead_of
        )
        return dump({"t": "kept", "number": typed.number, "place": typed.place, "is_kept": is_kept})

    def frame(self) -> str:
        """Return what a tab is told first."""
        return dump({"t": "waiting", **self._found})

    def publish(self) -> None:
        """Tell every tab what has changed since they were told."""
        if self._found != self._told:
            self._told = self._found
            for client in self.clients:
                client.offer(self.frame())
