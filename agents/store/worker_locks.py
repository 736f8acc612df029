"""Locks that tell whether a worker's process lives: however it ends, the system gives its lock up at once.

On SQLite, whose processes all run on one machine, each worker keeps a file beside the database locked; on PostgreSQL it
holds an advisory lock, which the server gives up with the connection. No clock is asked. Called by `workers`.
"""

import fcntl
import os
import secrets
import select
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from agents.store.database import connected, detached, is_sqlite, saying_outages

SLICE_S = 0.25
"""A thread that waits on a connection checks this often whether it is to end."""

FILE = "file"


@dataclass(frozen=True)
class LockState:
    """The locks at one moment, by worker."""

    held: frozenset[str] = frozenset()
    freed: Mapping[str, str] = field(default_factory=dict)
    """With their marks. Their workers are dead: they ended without signing off."""


class WorkerLock(Protocol):
    """A lock that this process holds until it is closed or lost."""

    mark: str
    """What the worker's row says of it, so that others find it."""

    def lasts(self, seconds: float, ending: threading.Event) -> bool:
        """Wait that long, or until `ending`. Return False as soon as the lock is lost, which a file's never is."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


class WorkerLocks(Protocol):
    """The locks of all workers of one database. Safe to use from many threads."""

    def hold(self, worker: str) -> WorkerLock | None:
        """Return the worker's new lock; None where the file system knows no locks."""
        ...

    def state(self) -> LockState:
        """Return which locks are held and which were freed. Cheap enough to ask several times a second."""
        ...

    def forget(self, worker: str) -> None:
        """Remove what a dead worker's lock left behind."""
        ...


class FileLocks:
    """A folder beside SQLite's file, with a locked file for each worker."""

    def __init__(self, database: Path):
        self._folder = database.with_name(f"{database.name}-workers")

    def hold(self, worker: str) -> "FileLock | None":
        """Lock the file before others can see it."""
        path, draft = self._folder / worker, self._folder / f".{worker}"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None  # what the studio may not write there, its database says better
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._is_held(draft.name):
                raise OSError("a second process could lock it too")
        except OSError:
            os.close(descriptor)
            draft.unlink()
            return None
        draft.rename(path)
        return FileLock(descriptor)

    def state(self) -> LockState:
        """Return which files are locked and which are not any more."""
        try:
            workers = {name for name in os.listdir(self._folder) if not name.startswith(".")}
        except FileNotFoundError:
            return LockState()
        held = frozenset(worker for worker in workers if self._is_held(worker))
        return LockState(held, dict.fromkeys(workers - held, FILE))

    def forget(self, worker: str) -> None:
        """Delete the file."""
        (self._folder / worker).unlink(missing_ok=True)

    def _is_held(self, name: str) -> bool:
        try:
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look do not deceive each other
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class FileLock:
    """The kernel unlocks it when the process is gone, before anybody learns of its end."""

    mark = FILE

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def lasts(self, seconds: float, ending: threading.Event) -> bool:
        """Wait; True."""
        ending.wait(seconds)
        return True

    def close(self) -> None:
        """Unlock it."""
        os.close(self._descriptor)


_SERVER = "to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')"
"""Names one run of the server: a restart takes all locks away, and says nothing of who lives."""

_STATE = sa.text(
    f"""
    WITH server AS (SELECT {_SERVER} AS started)
    SELECT worker, lock, lock IN (
        SELECT started || '/' || ((classid::bigint << 32) | objid::bigint)
        FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS is_held
    FROM workers, server WHERE starts_with(lock, started || '/')
    """
)


class SessionLocks:
    """Advisory locks, each of a connection of its own. A lock from before the server's restart tells nothing."""

    def __init__(self, db: sa.Engine):
        self._db = db

    def hold(self, worker: str) -> "SessionLock":
        """Take a lock that nobody else had."""
        with saying_outages(self._db):
            return SessionLock(self._db)

    def state(self) -> LockState:
        """Return which locks of this run of the server are held, and which are not any more."""
        with connected(self._db) as connection:
            rows = connection.execute(_STATE).all()
        held = frozenset(row.worker for row in rows if row.is_held)
        return LockState(held, {row.worker: row.lock for row in rows if not row.is_held})

    def forget(self, worker: str) -> None:
        """Do nothing: with its row there is nothing left of it."""


class SessionLock:
    """The server gives it up with the connection. Used by one thread alone."""

    def __init__(self, db: sa.Engine):
        key = secrets.randbits(62)
        self._connection = detached(db)
        session: Any = self._connection.connection.dbapi_connection
        self._session = session
        try:
            session.autocommit = True
            session.execute("SELECT pg_advisory_lock(%s)", [key])
            server = session.execute(f"SELECT {_SERVER}".encode()).fetchone()
            assert server is not None
            self.mark = f"{server[0]}/{key}"
        except BaseException:
            self.close()
            raise

    def lasts(self, seconds: float, ending: threading.Event) -> bool:
        """Wait on the connection's socket: when the server ends it, the lock is lost."""
        import psycopg

        until, socket = time.monotonic() + seconds, select.poll()
        try:
            socket.register(self._session.fileno(), select.POLLIN)
            self._session.execute("SELECT 1")  # what stands between here and the server forgets silent connections
            while (left_s := until - time.monotonic()) > 0 and not ending.is_set():
                if socket.poll(min(left_s, SLICE_S) * 1000):
                    self._session.pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        self._session.close()
        self._connection.invalidate()  # a connection that was detached does not close it
        self._connection.close()


def worker_locks(db: sa.Engine) -> WorkerLocks:
    """Return the locks of that database's workers."""
    return FileLocks(Path(str(db.url.database))) if is_sqlite(db) else SessionLocks(db)
