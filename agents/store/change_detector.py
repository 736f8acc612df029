"""Change detectors: how a process learns at once that another one wrote, without asking the log.

On SQLite the kernel tells when its files are written, and a counter in shared memory whether that was a commit; on
PostgreSQL the writers' notifications wake the waiting thread. Both may report a change that was none, and neither
misses one. Called by the live feed and by workers.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agents.store.database import CHANNEL, is_sqlite
from agents.store.file_writes import writes_into

POLL_S = 0.02
"""Between two looks at SQLite's counter where the kernel does not tell of writes; a look takes a few microseconds."""
COMMIT_S, COMMIT_POLL_S = 0.1, 0.002
"""How long the counter is looked at after a write, which comes just before it moves, and how often."""

SLICE_S = 0.25
"""A waiting thread checks this often whether its detector was closed, and looks although nothing was told."""

log = logging.getLogger(__name__)


class ChangeDetector:
    """Tells one waiting caller that something in the database may have changed; use one for each caller."""

    def __init__(self, watch: "SqliteWatch | PostgresWatch"):
        self._watch = watch
        self._lock = threading.Lock()  # between the sleeping thread and the one that closes
        self._is_closed = False

    def wait(self, timeout_s: float) -> bool:
        """True as soon as something may have changed since the last call (at once on the first); False after
        `timeout_s` without, or when closed. A lost database counts as a change: the caller's next read says so."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            try:
                while not self._is_closed:
                    left_s = deadline - time.monotonic()
                    if self._watch.wait(min(SLICE_S, max(0.0, left_s))):
                        return True
                    if left_s <= 0:
                        return False
                return False
            finally:
                if self._is_closed:  # while this thread slept, or looked
                    self._watch.close()

    async def changed(self, timeout_s: float = 1.0) -> bool:
        """`wait` in a thread, so that the event loop goes on."""
        return await asyncio.to_thread(self.wait, timeout_s)

    def close(self) -> None:
        """End the watch; a sleeping caller wakes within a quarter of a second. May be called twice."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):  # else the sleeper closes the watch when it wakes
            self._watch.close()
            self._lock.release()

    def __enter__(self) -> "ChangeDetector":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class SqliteWatch:
    """Looks at `PRAGMA data_version`, which moves when any other connection, of any process, commits."""

    def __init__(self, path: str):
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._version = -1
        self._writes = writes_into(Path(path).parent)
        self._look_until = float("-inf")

    def wait(self, timeout_s: float) -> bool:
        """True as soon as something may have changed since the last call; False after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not self._has_moved():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._pause(left_s)
        self._look_until = float("-inf")
        return True

    def _pause(self, most_s: float) -> None:
        """Sleep until the next look."""
        if self._writes is None:
            time.sleep(min(POLL_S, most_s))
        elif time.monotonic() < self._look_until:
            time.sleep(min(COMMIT_POLL_S, most_s))
        elif self._writes.wait(most_s):
            self._look_until = time.monotonic() + COMMIT_S

    def _has_moved(self) -> bool:
        before = self._version
        try:
            self._version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            log.warning("The change detector cannot look into the database: %s", error)
            time.sleep(SLICE_S)
            return True
        return before != self._version

    def close(self) -> None:
        self._connection.close()
        if self._writes is not None:
            self._writes.close()


class PostgresWatch:
    """Waits on LISTEN, on a connection of its own, which it reopens when it is lost."""

    def __init__(self, url: sa.URL):
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: Any = None

    def wait(self, timeout_s: float) -> bool:
        import psycopg

        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5)
                self._connection.execute(f"LISTEN {CHANNEL}".encode())
                return True  # what happened before cannot be known
            is_changed = any(True for _ in self._connection.notifies(timeout=timeout_s, stop_after=1))
            if is_changed:
                for _ in self._connection.notifies(timeout=0):
                    pass  # one waking is enough for all that is waiting
            return is_changed
        except psycopg.OperationalError as error:
            log.warning("The change detector lost its database connection and opens it anew: %s", error)
            self.close()
            time.sleep(timeout_s)
            return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def change_detector(db: sa.Engine) -> ChangeDetector:
    """A detector for the database of `db`, on a connection of its own."""
    return ChangeDetector(SqliteWatch(str(db.url.database)) if is_sqlite(db) else PostgresWatch(db.url))
