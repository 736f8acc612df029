"""Statements that are compiled once and handed to the database's driver: what a leg runs in every turn.

SQLAlchemy looks up a statement's SQL at each call, and makes objects for its result; that takes several times as long
as running it. Values pass the same types as there; rows come as the driver gives them. Called by `store`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from agents.store.database import is_sqlite, lent, turn
from agents.store.schema import UtcTime

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Driver:
    """A connection of the database's driver, open for one transaction or one read."""

    dialect: sa.Dialect
    connection: Any

    @classmethod
    def of(cls, connection: sa.Connection) -> "Driver":
        """Return that of a connection whose transaction goes on."""
        return cls(connection.dialect, connection.connection.driver_connection)

    def execute(self, sql: str, values: Any = ()) -> Any:
        """Return the cursor; raise what the driver raises."""
        return self.connection.execute(sql, values)


@contextmanager
def driver_writing(db: sa.Engine) -> Iterator[Driver]:
    """`database.writing` for prepared statements alone."""
    with turn(db), lent(db, is_writing=True) as connection:
        if is_sqlite(db):
            connection.execute("BEGIN IMMEDIATE")
        yield Driver(db.dialect, connection)
        connection.commit()


@contextmanager
def _driver_reading(db: sa.Engine) -> Iterator[Driver]:
    """`database.connected` for prepared statements alone."""
    with lent(db) as connection:
        yield Driver(db.dialect, connection)


@dataclass(frozen=True)
class _Compiled:
    sql: str
    names: list[str]
    """Of the bound values, in their order where the driver wants a sequence."""
    is_positional: bool
    fixed: dict[str, Any]
    """The values that the statement brings with it."""
    converted: dict[str, Callable[[Any], Any]]
    """Name -> what its type makes of a value."""

    @classmethod
    def of(cls, statement: Any, dialect: sa.Dialect) -> "_Compiled":
        compiled = cast(SQLCompiler, statement.compile(dialect=dialect))
        processors: dict[str, Callable[[Any], Any]] = {
            name: processor
            for name, bound in compiled.binds.items()
            if (processor := bound.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        is_positional = compiled.positiontup is not None
        names = compiled.positiontup if compiled.positiontup is not None else list(compiled.binds)
        fixed = {name: bound.value for name, bound in compiled.binds.items() if bound.value is not None}
        return cls(str(compiled), names, is_positional, fixed, processors)

    def bound(self, values: Values) -> Any:
        """Return `values` as the driver takes them."""
        given = {**self.fixed, **values}
        for name, convert in self.converted.items():
            given[name] = convert(given[name])
        return [given[name] for name in self.names] if self.is_positional else given


class Prepared:
    """One statement for all dialects. Safe to use from many threads."""

    def __init__(self, statement: sa.Executable):
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, driver: Driver, values: Values) -> Any:
        """Run it with `values` for what is bound, and return the cursor."""
        compiled = self._for(driver.dialect)
        return driver.execute(compiled.sql, compiled.bound(values))

    def first(self, db: sa.Engine, values: Values) -> Any:
        """Return the first row; None when there is none."""
        with _driver_reading(db) as driver:
            return self.run(driver, values).fetchone()

    def all(self, db: sa.Engine, values: Values) -> list[Any]:
        """Return all rows."""
        with _driver_reading(db) as driver:
            return list(self.run(driver, values).fetchall())

    def _for(self, dialect: sa.Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled.of(self._statement, dialect)
        return compiled


class PreparedByClock:
    """A statement about now: by this machine's clock on SQLite, by the database's on PostgreSQL; see `database.now`."""

    def __init__(self, statement: Callable[[Any], sa.Executable]):
        """`statement` makes it, given what stands for the time."""
        clock: Any = sa.func.clock_timestamp(type_=sa.TIMESTAMP(timezone=True))
        self._of_sqlite = Prepared(statement(sa.bindparam("clock", type_=UtcTime())))
        self._of_postgres = Prepared(statement(sa.select(clock).scalar_subquery()))

    def first(self, db: sa.Engine) -> Any:
        """Return the first row; None when there is none."""
        if is_sqlite(db):
            return self._of_sqlite.first(db, {"clock": datetime.now(UTC)})
        return self._of_postgres.first(db, {})
