"""Rows that are read for every model call and change seldom: kept in memory until somebody writes such a row.

Whoever writes one makes a new `version` in the same transaction; a reader compares it first. Called by what keeps
connections and dialects.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from uuid import uuid4

import sqlalchemy as sa

from agents.store.database import Reader, upsert
from agents.store.prepared import Prepared
from agents.store.schema import settings

T = TypeVar("T")

VERSION_SETTING = "connections_version"
LOOK_EVERY_S = 0.02
"""Within a call several rows are read: the version is read once for all of them."""

_VERSION = Prepared(sa.select(settings.c.value).where(settings.c.key == VERSION_SETTING))


def has_changed(connection: sa.Connection) -> None:
    """Make every process read the rows anew, once this transaction is committed."""
    upsert(connection, settings, {"value": uuid4().hex}, key=VERSION_SETTING)


class CachedRows(Reader):
    """What was read of them, by what was asked. Safe to use from many threads."""

    def __init__(self, db: sa.Engine):
        super().__init__(db)
        self._version, self._looked_at = "", float("-inf")
        self._rows: dict[Hashable, Any] = {}

    def get(self, asked: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` returned for `asked` since the last change; it is read now when it was not."""
        self._look()
        rows = self._rows  # a change meanwhile makes others: what was read before it is not kept among them
        if asked not in rows:
            rows[asked] = read()
        return cast(T, rows[asked])

    def look_again(self) -> None:
        """Compare the version at the next `get`: this process has written."""
        self._looked_at = float("-inf")

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return
        found = _VERSION.first(self.db, {})
        version = found[0] if found else ""
        if version != self._version:
            self._version, self._rows = version, {}
        self._looked_at = now
