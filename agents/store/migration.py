"""Brings a database to this version's schema. Alembic is loaded where something is missing only.

Called when a store is opened.
"""

import sqlalchemy as sa

from agents.errors import OutageError, StudioError
from agents.store.database import MIGRATIONS, connected, is_sqlite, newest_version, version_of, writing
from agents.store.outages import refusal

LOCK_KEY = 0x5713D10
"""The advisory lock that migrating processes share on PostgreSQL; any constant does."""


def migrate(db: sa.Engine) -> None:
    """Run the missing migrations; a database that is up to date is only read.

    OutageError when it does not answer, or when a newer version of the studio has migrated it."""
    name = f"The database {_name(db)}"
    try:
        with connected(db, name) as connection:
            if version_of(connection) == newest_version():
                return
        with writing(db) as connection:
            _upgrade(connection, name)
    except OutageError as error:
        if error.kind != "away" or is_sqlite(db):
            raise
        why = refusal(error.__cause__) if isinstance(error.__cause__, sa.exc.SQLAlchemyError) else ""
        raise OutageError(
            f"{name} cannot be opened: {why or 'it does not answer'}. Nothing is lost. Make sure that it runs and that "
            "STUDIO_DB names the right host, database and user, then start again.",
            error.kind,
        ) from error
    except sa.exc.DBAPIError as error:
        raise StudioError(
            f"The tables of {name[0].lower()}{name[1:]} cannot be brought to this version ({_cause(error)}). Nothing "
            "was changed. Set STUDIO_DB to another database, or put a backup back."
        ) from error


def _upgrade(connection: sa.Connection, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StudioError(
            f"{name} was written by a newer version of the studio. It was not changed. Update the studio, or set "
            "STUDIO_DB to another database."
        ) from error


def _name(db: sa.Engine) -> str:
    """As people write it, without its password."""
    if is_sqlite(db):
        return repr(db.url.database)
    return repr(db.url.set(drivername="postgresql").render_as_string(hide_password=True))


def _cause(error: sa.exc.DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__
