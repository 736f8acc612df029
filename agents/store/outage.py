"""Which database errors pass: the ones to try again, as opposed to defects. Called by the runner."""

import sqlite3

import sqlalchemy as sa

_SQLITE_DEFECTS = ("no such", "syntax error", "has no column", "already exists")
"""sqlite3.OperationalError is also what a wrong statement raises."""

_FROZEN_TOO_LONG = "25P03"
"""PostgreSQL's idle_in_transaction_session_timeout: this process stood still inside a transaction."""


def is_outage(error: BaseException) -> bool:
    """True when the database is away, restarting, busy or full, so that the same call may succeed later. Whether what
    it wrote was committed is then unknown."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error, sa.exc.OperationalError) and not any(
            text in str(error.orig) for text in _SQLITE_DEFECTS
        )
    if getattr(error.orig, "sqlstate", "") == _FROZEN_TOO_LONG:
        return True
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
