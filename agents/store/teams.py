"""Saved teams: numbered revisions that never change, the newest of which is the team; which of them is live; and the
files that teams keep."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from agents.chats import FileChange, Person
from agents.errors import ConflictError, NotFoundError, UsageError
from agents.specs import TeamSpec
from agents.store.database import NO_CHAT, Reader, announce, as_value, connected, now, writing
from agents.store.schema import team_files, team_revisions, teams

MAX_FILES = 50
"""Of a team."""
MAX_FILES_MB = 200
"""Of a team's files together: each of its chats begins with them, and has room for more."""
RevisionLabel = Literal["live", "draft", ""]


@dataclass(frozen=True)
class TeamRow:
    """One revision of a saved team."""

    team_id: str
    revision: int
    """1-based, gap-free in the team."""
    spec: TeamSpec
    created_at: datetime
    """When this revision was saved."""
    by: Person
    """Who saved it."""
    live_revision: int | None = None
    """The team's revision that is labelled live; None where none is."""
    newest_revision: int = field(default=0, compare=False)
    """The team's newest, which this one may be."""

    @property
    def label(self) -> RevisionLabel:
        return revision_label(self.revision, self.live_revision)


def revision_label(revision: int, live_revision: int | None) -> RevisionLabel:
    """Return "live" for the revision that chats run, "draft" for one that was saved after it, else ""."""
    if live_revision is None or revision < live_revision:
        return ""
    return "live" if revision == live_revision else "draft"


@dataclass(frozen=True)
class TeamFile:
    """A file that a saved team keeps for its chats."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    added_at: datetime
    by: Person
    """Who added it."""


class Teams(Reader):
    """Saved teams by id. Every write is one transaction."""

    def save(
        self, spec: TeamSpec, *, team_id: str | None = None, by: Person, expected_revision: int | None = None
    ) -> TeamRow:
        """A new team, or with `team_id` its next revision. A spec equal to the newest revision makes none.

        ConflictError, and nothing is saved, when the newest revision is not `expected_revision` (None: whichever it
        is). NotFoundError when there is no such team."""
        with writing(self.db) as connection:
            if team_id is None:
                team_id = secrets.token_hex(6)
                newest = None
                new = {"id": team_id, "revision": 1, "updated_at": now(connection)}
                connection.execute(sa.insert(teams).values(new))
            else:
                newest = self._lock(connection, team_id)
                if newest.spec == spec:
                    return newest
                if expected_revision not in (None, newest.revision):
                    raise _conflict(newest, expected_revision)
                advance = {"revision": newest.revision + 1, "updated_at": now(connection)}
                connection.execute(sa.update(teams).where(teams.c.id == team_id).values(advance))
            revision = newest.revision + 1 if newest else 1
            announce(connection, NO_CHAT)
            connection.execute(
                sa.insert(team_revisions).values(
                    team_id=team_id,
                    revision=revision,
                    body=spec.model_dump_json(),
                    by_name=by.name,
                    by_is_verified=by.is_verified,
                    created_at=now(connection),
                )
            )
            return self._get(connection, team_id, revision)

    def get(self, team_id: str, revision: int | None = None) -> TeamRow:
        """That revision, the newest when None, also of a deleted team; NotFoundError when there is none."""
        with connected(self.db) as connection:
            return self._get(connection, team_id, revision)

    def rows(self, *, is_deleted: bool = False) -> list[TeamRow]:
        """Return the newest revision of every team, latest changed first; of the deleted ones instead with
        `is_deleted`."""
        is_wanted = teams.c.deleted_at.is_not(None) if is_deleted else teams.c.deleted_at.is_(None)
        select = _NEWEST.where(is_wanted).order_by(teams.c.updated_at.desc(), teams.c.id)
        return [_row(row) for row in self.read(select)]

    def rows_to_run(self) -> list[TeamRow]:
        """Return of every team the revision that chats run: the live one, else the newest; latest changed first."""
        select = _TO_RUN.where(teams.c.deleted_at.is_(None)).order_by(teams.c.updated_at.desc(), teams.c.id)
        return [_row(row) for row in self.read(select)]

    def get_to_run(self, team_id: str) -> TeamRow:
        """Return the team's revision that chats run: the live one, else the newest, also of a deleted team;
        NotFoundError when there is no such team."""
        row = self.read(_TO_RUN.where(teams.c.id == team_id)).one_or_none()
        if row is None:
            raise _not_found(team_id)
        return _row(row)

    def label_live(self, team_id: str, revision: int | None) -> int | None:
        """Label that revision live, in place of the one that was; none with None. Return which one was.

        NotFoundError when there is no such revision, or the team was deleted."""
        with writing(self.db) as connection:
            newest = self._lock(connection, team_id)
            if revision is not None:
                self._get(connection, team_id, revision)
            if revision != newest.live_revision:
                values = {"live_revision": revision, "updated_at": now(connection)}
                connection.execute(sa.update(teams).where(teams.c.id == team_id).values(values))
                announce(connection, NO_CHAT)
            return newest.live_revision

    def mark(self) -> tuple[int, datetime | None]:
        """Return how many teams there are, and when one was saved or labelled last: changes whenever any team does."""
        select = sa.select(sa.func.count(), sa.func.max(teams.c.updated_at)).where(teams.c.deleted_at.is_(None))
        n_teams, newest_at = self.read(select).one()
        return int(n_teams), newest_at

    def revisions(self, team_id: str) -> list[TeamRow]:
        """Return all revisions, newest first; NotFoundError when there is no such team."""
        select = _ROWS.where(team_revisions.c.team_id == team_id)
        found = [_row(row) for row in self.read(select.order_by(team_revisions.c.revision.desc()))]
        if not found:
            raise _not_found(team_id)
        return found

    def delete(self, team_id: str) -> None:
        """Take the team out of the list; `restore` undoes it. Its chats stay: they pinned what they need."""
        with writing(self.db) as connection:
            self._lock(connection, team_id)
            connection.execute(sa.update(teams).where(teams.c.id == team_id).values(deleted_at=now(connection)))
            announce(connection, NO_CHAT)

    def restore(self, team_id: str) -> None:
        """Bring a deleted team back as it was."""
        with writing(self.db) as connection:
            restored = connection.execute(sa.update(teams).where(teams.c.id == team_id).values(deleted_at=None))
            if restored.rowcount == 0:
                raise _not_found(team_id)
            announce(connection, NO_CHAT)

    # -- files

    def files(self, team_id: str) -> list[TeamFile]:
        """Return the team's files, by name; none of a team that is deleted or not there."""
        select = sa.select(team_files).join(teams, teams.c.id == team_files.c.team_id)
        is_its = sa.and_(teams.c.id == team_id, teams.c.deleted_at.is_(None))
        return [_file(row) for row in self.read(select.where(is_its).order_by(team_files.c.name))]

    def add_files(self, team_id: str, files: Iterable[FileChange], *, by: Person) -> None:
        """Let the team keep `files`, all of them or none; one that it keeps already changes nothing.

        UsageError when it keeps another file of that name, too many, or too much. NotFoundError when there is no such
        team."""
        with writing(self.db) as connection:
            self._lock(connection, team_id)
            rows = connection.execute(sa.select(team_files).where(team_files.c.team_id == team_id))
            kept = {row.name: (row.sha256, row.size) for row in rows}
            who = {"by_name": by.name, "by_is_verified": by.is_verified, "added_at": now(connection)}
            for file in files:
                if file.path not in kept:
                    values = {"team_id": team_id, "name": file.path, "sha256": file.sha256, "size": file.size, **who}
                    connection.execute(sa.insert(team_files).values(values))
                    kept[file.path] = (file.sha256, file.size)
                elif kept[file.path] != (file.sha256, file.size):
                    raise UsageError(
                        f"The team has another file {file.path!r} already. Remove that first, or give yours another "
                        "name. Nothing was added."
                    )
            _check_limits([size for _, size in kept.values()])

    def remove_files(self, team_id: str, names: Iterable[str]) -> None:
        """Take the files of those names from the team, all of them or none; its chats keep theirs. NotFoundError when
        there is none of that name."""
        with writing(self.db) as connection:
            self._lock(connection, team_id)
            for name in names:
                is_it = sa.and_(team_files.c.team_id == team_id, team_files.c.name == name)
                if connection.execute(sa.delete(team_files).where(is_it)).rowcount == 0:
                    raise NotFoundError(f"The team has no file {name[:200]!r}. Nothing was removed.")

    def forget_files(self, before: datetime) -> None:
        """Forget the files of every team that was deleted before then."""
        deleted = sa.select(teams.c.id).where(teams.c.deleted_at < before)
        with writing(self.db) as connection:
            connection.execute(sa.delete(team_files).where(team_files.c.team_id.in_(deleted)))

    def file_contents(self) -> set[str]:
        """Return the SHA-256 of every content that some team keeps."""
        return set(self.read(sa.select(team_files.c.sha256).distinct()).scalars())

    # -- inside

    def _lock(self, connection: sa.Connection, team_id: str) -> TeamRow:
        """Return the newest revision, which stays the newest until the transaction ends."""
        select = sa.select(teams.c.revision, teams.c.deleted_at).where(teams.c.id == team_id).with_for_update()
        team = connection.execute(select).one_or_none()
        if team is None:
            raise _not_found(team_id)
        if team.deleted_at is not None:
            raise NotFoundError(f"The team {team_id!r} was deleted; nothing was changed. Restore it, then try again.")
        return self._get(connection, team_id, team.revision)

    def _get(self, connection: sa.Connection, team_id: str, revision: int | None) -> TeamRow:
        select = _NEWEST if revision is None else _ROWS.where(team_revisions.c.revision == revision)
        row = connection.execute(select.where(team_revisions.c.team_id == team_id)).one_or_none()
        if row is None:
            raise _not_found(team_id, revision)
        return _row(row)


_ROWS = sa.select(team_revisions, teams.c.live_revision, teams.c.revision.label("newest_revision")).join(
    teams, teams.c.id == team_revisions.c.team_id
)
_NEWEST = _ROWS.where(teams.c.revision == team_revisions.c.revision)
_TO_RUN = _ROWS.where(sa.func.coalesce(teams.c.live_revision, teams.c.revision) == team_revisions.c.revision)


def _row(row: sa.Row[Any]) -> TeamRow:
    by = Person(name=row.by_name, is_verified=row.by_is_verified)
    return as_value(TeamRow, row, spec=TeamSpec.model_validate_json(row.body), by=by)


def _file(row: sa.Row[Any]) -> TeamFile:
    return as_value(TeamFile, row, by=Person(name=row.by_name, is_verified=row.by_is_verified))


def _check_limits(sizes: list[int]) -> None:
    if len(sizes) > MAX_FILES:
        raise UsageError(f"A team keeps at most {MAX_FILES} files; these would be {len(sizes)}. Nothing was added.")
    if sum(sizes) > MAX_FILES_MB * 1_048_576:
        raise UsageError(f"A team's files may have {MAX_FILES_MB} MB together. Nothing was added. Add smaller ones.")


def _conflict(newest: TeamRow, expected_revision: int | None) -> ConflictError:
    return ConflictError(
        f"{newest.by.name} saved revision {newest.revision} of {newest.spec.name!r} at "
        f"{newest.created_at:%Y-%m-%d %H:%M} UTC, while revision {expected_revision} was being edited. Nothing of "
        "yours was saved. Compare the two, then save again or save yours as a new team."
    )


def _not_found(team_id: str, revision: int | None = None) -> NotFoundError:
    what = f"no team {team_id!r}" if revision is None else f"no revision {revision} of the team {team_id!r}"
    return NotFoundError(f"There is {what}. Choose one from the list of teams.")
