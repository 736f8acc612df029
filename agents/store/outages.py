"""What a database says when it is away, busy, full or damaged, and what people read of it. Called by `database`."""

import re
import sqlite3
from typing import Any

import sqlalchemy as sa

from agents.errors import OutageError, OutageKind

STUDIOS = "The studio's database"
"""How a database is called at work; where it is opened it is named."""

TEXTS: dict[OutageKind, str] = {
    "away": (
        "{name} does not answer. What was saved is kept; what you did just now may not be saved. Make sure that it "
        "runs; the studio goes on by itself as soon as it does."
    ),
    "busy": (
        "{name} is kept busy by another program, longer than the studio waits. What you did just now was not saved. "
        "Try again; if it stays so, end the program that uses it."
    ),
    "full": (
        "{name} cannot be written: its disk is full, or does not work. What you did just now was not saved; what was "
        "saved before is kept. Make room on the disk, then try again."
    ),
    "read_only": (
        "{name} cannot be written: the file, its folder or its disk is read-only for the user who runs the studio. "
        "What you did just now was not saved. Make it writable, then try again."
    ),
    "broken": (
        "{name} is damaged: a part of it cannot be read. The studio changed nothing of that part. Stop the studio, "
        "keep a copy of the database, and put a backup back; the command 'doctor' says more."
    ),
    "newer": (
        "{name} was written by a newer version of the studio. What you did just now was not saved. Update the studio "
        "on this machine and start it again."
    ),
}

_SQLITE: dict[int, OutageKind] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CANTOPEN: "away",
    sqlite3.SQLITE_CORRUPT: "broken",
    sqlite3.SQLITE_NOTADB: "broken",
}
"""SQLite's primary result codes, of which an extended one is the lowest byte."""

_POSTGRES: tuple[tuple[str, OutageKind], ...] = (
    ("25P03", "away"),  # idle_in_transaction_session_timeout: this process stood still inside a transaction
    ("25006", "read_only"),
    ("53100", "full"),
    ("53", "busy"),  # no memory, too many connections
    ("55P03", "busy"),
    ("40", "busy"),  # a deadlock, or two transactions that exclude each other
    ("57014", "busy"),
    ("XX001", "broken"),
    ("XX002", "broken"),
    ("08", "away"),
    ("57P", "away"),
)
"""How a SQLSTATE begins; the first that fits counts."""

_REFUSALS = (
    (r"password|authentication|role .* does not exist|no pg_hba", "it refuses the user or the password"),
    (r"database .* does not exist", "the server has no database of that name"),
    (r"translate host|not known|name resolution", "its host is not found"),
    (r"SSL|certificate", "the encrypted connection could not be made"),
)
"""What PostgreSQL says of a connection that it does not take -> what people read."""


def outage(kind: OutageKind, name: str = STUDIOS, *, can_read: bool = False) -> OutageError:
    """Return the outage of that kind of the database called `name`."""
    return OutageError(TEXTS[kind].format(name=name), kind, can_read=can_read and kind in ("busy", "full", "read_only"))


def kind_of(error: sa.exc.SQLAlchemyError) -> OutageKind | None:
    """Return what keeps the database from doing what it was asked; None when the statement is what is wrong."""
    if isinstance(error, sa.exc.TimeoutError):  # every connection of this process is in use
        return "busy"
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return kind_of_sqlite(error.orig)
    state = _sqlstate(error)
    for beginning, kind in _POSTGRES:
        if state.startswith(beginning):
            return kind
    is_lost = error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return "away" if is_lost else None


def kind_of_sqlite(error: sqlite3.Error) -> OutageKind | None:
    """As `kind_of`, of what SQLite itself raised."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_IOERR:  # SQLite says so too where it finds no room for the file of its shared memory
        return "full"
    return _SQLITE.get(code)


def is_unknown_column(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether a table or column is missing: another version of the studio may have changed them."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    return _sqlstate(error) in ("42P01", "42703") or "no such" in str(error.orig) or "has no column" in str(error.orig)


def refusal(error: sa.exc.SQLAlchemyError) -> str:
    """Return why PostgreSQL did not take the connection, in words; "" when it does not say."""
    said = str(getattr(error, "orig", ""))
    return next((words for pattern, words in _REFUSALS if re.search(pattern, said, re.IGNORECASE)), "")


def _sqlstate(error: sa.exc.DBAPIError) -> str:
    original: Any = error.orig
    return getattr(original, "sqlstate", None) or ""
