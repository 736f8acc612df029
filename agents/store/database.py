"""The engine over SQLite or PostgreSQL, its transactions, its clock and its version.

Hides what differs between the two: how a write transaction takes its lock, whose clock counts, how a change is
announced. Whoever enters the database enters it here (`writing`, `reading`, `connected`), so that an outage is an
`OutageError` everywhere. Knows no table. Called by the other modules of `store`; DBOS is handed the same engine.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from agents.errors import StudioError
from agents.store.outages import STUDIOS, is_unknown_column, kind_of, kind_of_sqlite, outage

T = TypeVar("T")

IDLE_TRANSACTION_S = 3.0
"""After so long PostgreSQL ends a transaction whose process froze, so that its locks hold nobody up. SQLite cannot."""

BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for SQLite's one write lock before "database is locked"."""

_TURNSTILE = "studio_turnstile"
"""The execution option under which a SQLite engine carries the lock of `turn`."""

_POSTGRES_OPTIONS = f"-c timezone=UTC -c idle_in_transaction_session_timeout={int(IDLE_TRANSACTION_S * 1000)}"

CHANNEL, NO_CHAT = "studio_log", ""
"""PostgreSQL's notification channel; the payload is the chat, "" for what is in none."""


def open_engine(db_url: str) -> sa.Engine:
    """Return the engine for `db_url`; StudioError when it is not a URL of a SQLite file or a PostgreSQL database."""
    url = _parse(db_url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 10, "application_name": "studio"},
        )
    raise StudioError(
        f"STUDIO_DB names a database of the kind {url.get_backend_name()!r}; expected sqlite or postgresql. Set it to "
        "something like 'sqlite:////home/me/studio.db' or 'postgresql://user@host/studio', or unset it."
    )


def _parse(db_url: str) -> sa.URL:
    try:
        url = sa.make_url(db_url)
    except (sa.exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StudioError(
            "STUDIO_DB is not the address of a database; expected something like 'sqlite:////home/me/studio.db' or "
            "'postgresql://user@host/studio'. Correct it, or unset it to use a file in the studio's folder."
        ) from None
    return url.set(drivername="postgresql") if url.drivername == "postgres" else url


def _open_sqlite(url: sa.URL) -> sa.Engine:
    if url.database in (None, "", ":memory:"):
        raise StudioError(
            "STUDIO_DB names a database in memory, which other processes cannot see; expected a file, such as "
            "'sqlite:////home/me/studio.db'."
        )
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # whatever folder it is in; SQLite gives the files beside it the same mode
    _switch_to_wal(path)
    engine = sa.create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        execution_options={_TURNSTILE: threading.Lock()},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _switch_to_wal(path: Path) -> None:
    """Once in a file's life. SQLite ignores the busy timeout here, so that processes starting together take turns."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                return
            finally:
                connection.close()
        except sqlite3.Error as error:
            kind = kind_of_sqlite(error)
            if kind is None or "not a database" in str(error):
                raise StudioError(
                    f"The file '{path}' is no SQLite database. It was not changed. Move it away, or set STUDIO_DB to "
                    "another file."
                ) from error
            if kind != "busy" or time.monotonic() > deadline:
                raise outage(kind, f"The database file '{path}'") from error
            time.sleep(0.01)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # An implicit transaction (those of DBOS) begins with the write lock, as DBOS's own engine does it: one that
    # began by reading and then writes would fail at once, whatever the busy timeout.
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    if sqlite3.sqlite_version_info < (3, 42):
        connection.create_function("unixepoch", -1, _unixepoch)


def _unixepoch(*arguments: str) -> float | int:
    """Return what DBOS uses of SQLite 3.42's function: the time now, with "subsec" to the millisecond."""
    now = time.time()
    return round(now, 3) if "subsec" in arguments or "subsecond" in arguments else int(now)


class HasDialect(Protocol):
    """What knows its database: an engine or a connection."""

    @property
    def dialect(self) -> sa.Dialect: ...


def is_sqlite(db: HasDialect) -> bool:
    return db.dialect.name == "sqlite"


@contextmanager
def writing(db: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that will write: all of it or, when the block raises, nothing. SQLite's write lock is held from
    the first line on, so that what the block reads is still so when it writes. Not to be nested."""
    with saying_outages(db, is_writing=True), turn(db), db.begin() as connection:
        if is_sqlite(db):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def turn(db: sa.Engine) -> Iterator[None]:
    """Let SQLite's writers of this process go one after another. Without it they sleep in SQLite's own waiting, up
    to 0.1 s at a time and in no order: 64 of them took 1.7 times as long, and the unluckiest waited five times as
    long. Correctness does not depend on it: after the busy timeout a writer goes on to SQLite's lock."""
    turnstile: threading.Lock | None = db.get_execution_options().get(_TURNSTILE)
    has_turn = turnstile is not None and turnstile.acquire(timeout=BUSY_TIMEOUT_S)
    try:
        yield
    finally:
        if turnstile is not None and has_turn:
            turnstile.release()


@contextmanager
def reading(db: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction whose reads all see the same moment; for one statement `connected` is enough."""
    with connected(db) as connection:
        if is_sqlite(db):
            connection.exec_driver_sql("BEGIN")
            yield connection
        else:
            yield connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def connected(db: sa.Engine, name: str = STUDIOS) -> Iterator[sa.Connection]:
    """A connection to read one statement's rows with; outages call the database by that name."""
    with saying_outages(db, name=name), db.connect() as connection:
        yield connection


@contextmanager
def lent(db: sa.Engine, *, is_writing: bool = False) -> Iterator[Any]:
    """A connection of the database's own driver, which knows no SQLAlchemy. What was not committed is rolled back when
    it goes back into the pool; one that was lost does not go back."""
    with saying_outages(db, is_writing=is_writing), closing(db.raw_connection()) as pooled:
        try:
            yield pooled.driver_connection
        except db.dialect.loaded_dbapi.Error as error:
            if db.dialect.is_disconnect(error, pooled.driver_connection, None):
                pooled.invalidate(error)
            raise


def detached(db: sa.Engine) -> sa.Connection:
    """Return a connection that is no part of the pool; the caller closes it."""
    with saying_outages(db):
        connection = db.connect()
        connection.detach()
        return connection


@contextmanager
def saying_outages(db: sa.Engine, *, name: str = STUDIOS, is_writing: bool = False) -> Iterator[None]:
    """Raise what the database raises within as an OutageError, where it is one: the same call may succeed later."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, db.dialect.loaded_dbapi.Error) as raised:
        error = raised if isinstance(raised, sa.exc.SQLAlchemyError) else _of_the_driver(db, raised)
        kind = kind_of(error)
        if kind is None and is_unknown_column(error) and _is_of_another_version(db):
            kind = "newer"
        if kind is None:
            raise
        raise outage(kind, name, can_read=is_writing) from error


def _of_the_driver(db: sa.Engine, error: Exception) -> sa.exc.SQLAlchemyError:
    """Return what SQLAlchemy makes of an error of the database's driver."""
    base = db.dialect.loaded_dbapi.Error
    return cast(sa.exc.SQLAlchemyError, sa.exc.DBAPIError.instance(None, None, error, base, dialect=db.dialect))


class Reader:
    """What reads one part of the database. Safe to use from many threads."""

    def __init__(self, db: sa.Engine):
        self.db = db

    def read(self, select: sa.Executable) -> sa.Result[*tuple[Any, ...]]:
        """Return the rows of one statement, all read."""
        with connected(self.db) as connection:
            return connection.execute(select).freeze()()

    def first(self, select: sa.Executable, **values: Any) -> sa.Row[Any] | None:
        """Return the first row, None when there is none. `values` fill what is bound in `select`: a statement that is
        built once, at import, costs half as much."""
        with connected(self.db) as connection:
            return connection.execute(select, values).first()


def now(db: sa.Engine | sa.Connection, shift_s: float = 0.0) -> Any:
    """Return the time `shift_s` seconds from now, as a value to compare and store: by the database's clock on
    PostgreSQL, by this machine's on SQLite. The clock is read once, in a query of its own: PostgreSQL uses no index to
    compare with what it says anew for each row."""
    shift = timedelta(seconds=shift_s)
    if is_sqlite(db):
        return datetime.now(UTC) + shift
    clock: Any = sa.func.clock_timestamp(type_=sa.TIMESTAMP(timezone=True))
    return sa.select(clock + shift if shift else clock).scalar_subquery()


def insert(db: sa.Engine | sa.Connection, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite(db) else postgresql.insert(table)


def as_value(kind: type[T], row: sa.Row[Any], **given: Any) -> T:
    """Return a value of that dataclass: `given`, and for its other fields the columns of their names."""
    columns = {field.name: row._mapping[field.name] for field in fields(cast(Any, kind)) if field.name not in given}
    return kind(**columns, **given)


def upsert(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any], **first: Any) -> None:
    """Add the row of `values` and `first`; where its key is there already, overwrite `values` alone."""
    new = insert(connection, table).values({**first, **values})
    connection.execute(new.on_conflict_do_update(index_elements=list(table.primary_key), set_=dict(values)))


def announce(connection: sa.Connection, chat: str) -> None:
    """Notify waiting change detectors, at commit, that `chat` changed. SQLite's need no notification."""
    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, chat)))


VERSION_TABLE = "studio_version"
"""Not Alembic's own name: DBOS keeps its tables in the same SQLite file."""

MIGRATIONS = Path(__file__).parent / "migrations"


def version_of(connection: sa.Connection) -> str | None:
    """Return which migration the database has had last; None when none."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return cast(str | None, connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")))


def newest_version() -> str:
    """Return the last migration there is: their files begin with their numbers."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _is_of_another_version(db: sa.Engine) -> bool:
    with db.connect() as connection:
        return version_of(connection) != newest_version()
