"""The agents that people saved to the library, for everybody who uses the studio: one of each name."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agents.chats import Person
from agents.errors import ConflictError, NotFoundError
from agents.specs.library import LibraryAgent
from agents.store.database import NO_CHAT, Reader, announce, as_value, insert, now, writing
from agents.store.schema import library_agents


@dataclass(frozen=True)
class LibraryRow:
    """An agent that somebody saved."""

    id: str
    name: str
    """What people see; no other has it."""
    saved: LibraryAgent
    saved_at: datetime
    by: Person
    """Who saved it."""


class LibraryAgents(Reader):
    """Saved agents by id. Every write is one transaction."""

    def rows(self) -> list[LibraryRow]:
        """Return all that are not deleted, by name."""
        select = sa.select(library_agents).where(_IS_THERE).order_by(library_agents.c.name)
        return sorted(map(_row, self.read(select)), key=lambda row: (row.name.casefold(), row.id))

    def save(self, agent: LibraryAgent, *, by: Person, replaces: str = "") -> LibraryRow:
        """Save `agent` under the name that people see, in place of the one with the id `replaces`.

        ConflictError, and nothing is saved, when another one than that has the name."""
        name = agent.agent.label
        with writing(self.db) as connection:
            taken = connection.execute(_of_name(name).with_for_update()).one_or_none()
            if taken is not None and taken.id != replaces:
                raise _taken(_row(taken))
            if taken is not None:
                _mark(connection, taken.id, now(connection))
            values = {
                "id": secrets.token_hex(6),
                "name": name,
                "body": agent.model_dump_json(),
                "by_name": by.name,
                "by_is_verified": by.is_verified,
                "saved_at": now(connection),
            }
            connection.execute(insert(connection, library_agents).values(values).on_conflict_do_nothing())
            saved = _row(connection.execute(_of_name(name)).one())
            if saved.id != values["id"]:  # somebody was quicker by a moment
                raise _taken(saved)
            announce(connection, NO_CHAT)
            return saved

    def delete(self, id: str) -> None:
        """Take the agent out of the library; `restore` undoes it. Teams keep their copies."""
        with writing(self.db) as connection:
            _mark(connection, id, now(connection))
            announce(connection, NO_CHAT)

    def restore(self, id: str) -> None:
        """Bring a deleted agent back as it was; ConflictError when another one has its name by now."""
        with writing(self.db) as connection:
            row = connection.execute(sa.select(library_agents).where(library_agents.c.id == id)).one_or_none()
            if row is None:
                raise _not_found()
            taken = connection.execute(_of_name(row.name)).one_or_none()
            if taken is not None and taken.id != id:
                raise _taken(_row(taken))
            _mark(connection, id, None)
            announce(connection, NO_CHAT)


_IS_THERE = library_agents.c.deleted_at.is_(None)


def _of_name(name: str) -> sa.Select[Any]:
    return sa.select(library_agents).where(_IS_THERE, library_agents.c.name == name)


def _mark(connection: sa.Connection, id: str, deleted_at: datetime | None) -> None:
    update = sa.update(library_agents).where(library_agents.c.id == id).values(deleted_at=deleted_at)
    if connection.execute(update).rowcount == 0:
        raise _not_found()


def _row(row: sa.Row[Any]) -> LibraryRow:
    by = Person(name=row.by_name, is_verified=row.by_is_verified)
    return as_value(LibraryRow, row, saved=LibraryAgent.model_validate_json(row.body), by=by)


def _taken(row: LibraryRow) -> ConflictError:
    return ConflictError(
        f"The library has an agent {row.name!r} already, which {row.by.name} saved at {row.saved_at:%Y-%m-%d %H:%M} "
        "UTC. Nothing was changed. Replace that one, or give yours another name."
    )


def _not_found() -> NotFoundError:
    return NotFoundError("The library has no such agent. Nothing was changed.")
