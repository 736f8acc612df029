"""Brings a database to this version's schema, whoever starts first.

Alembic runs in one transaction that holds a lock: processes starting together wait for the first and then find
nothing to do, and a process killed midway leaves the database as it was. Called by `open_store` only.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from agents.errors import StudioError
from agents.store.database import is_sqlite, writing

VERSION_TABLE = "studio_version"
"""Not Alembic's own name: DBOS keeps its tables in the same SQLite file."""

_FOLDER = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x5713D10
"""The advisory lock that migrating processes share on PostgreSQL; any constant does."""


def migrate(db: sa.Engine) -> None:
    """Run the missing migrations; a database that is up to date is only read.

    StudioError when a newer version of the studio has migrated it, or when it does not answer."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with db.connect() as connection:
            if _version(connection) == newest:
                return
        with writing(db) as connection:
            if not is_sqlite(db):
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StudioError(
            f"The database {_name(db)} was written by a newer version of the studio. It was not changed. Update the "
            "studio, or set STUDIO_DB to another database."
        ) from error
    except sa.exc.OperationalError as error:
        raise StudioError(
            f"The database {_name(db)} cannot be opened: {_cause(error)}. Nothing is lost. Make sure that it runs and "
            "that STUDIO_DB names the right host, database and user, then start again."
        ) from error


def _version(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _name(db: sa.Engine) -> str:
    return repr(db.url.render_as_string(hide_password=True))


def _cause(error: sa.exc.OperationalError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__
