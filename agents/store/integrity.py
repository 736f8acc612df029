"""Whether all of the database can be read. Called by `doctor`, through the store."""

import sqlalchemy as sa

from agents.errors import OutageError
from agents.store.database import connected, is_sqlite
from agents.store.schema import metadata


def damage(db: sa.Engine) -> str:
    """Return what cannot be read, as the database itself says it, on one line; "" when everything can."""
    try:
        with connected(db) as connection:
            if is_sqlite(db):
                found = connection.exec_driver_sql("PRAGMA quick_check(3)").scalars().all()
                return "" if found == ["ok"] else _one_line("; ".join(map(str, found)))
            for table in metadata.sorted_tables:  # PostgreSQL checks what it reads: each page, each value kept aside
                connection.execute(sa.text(f'SELECT count(octet_length(t::text)) FROM "{table.name}" t'))
    except OutageError as error:
        if error.kind != "broken":
            raise
        cause = error.__cause__
        return _one_line(str(cause.orig if isinstance(cause, sa.exc.DBAPIError) else error))
    return ""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
