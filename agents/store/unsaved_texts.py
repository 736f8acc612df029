"""What people typed and have not saved or sent: a row for each person, place and tab, bounded in size, number and age.

A place is where it was typed, such as "team:t1" or "request:c1:r3". Each tab writes its own row, so that no tab
overwrites another's; a tab that goes on with an older row takes it over. Knows no screen. What is saved or sent is not
here any more.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agents.chats import Person
from agents.store.database import Reader, now, upsert, writing
from agents.store.schema import unsaved_texts

MAX_CHARS = 2_000_000
"""Of one row; what is longer is not kept."""
MAX_NAME_CHARS = 300
"""Of a place, a tab and a field."""
MOST_ROWS, MOST_ROWS_OF_ONE = 20_000, 200
"""Of everybody, and of one person; the oldest go."""
MAX_AGE_S = 30 * 86_400


def owner_of(person: Person, browser: str) -> str:
    """Return whose texts they are: a person's who signed in, else the browser's, which has a secret id; else those of
    whoever has that name."""
    if person.is_verified:
        return f"person {person.name}"
    return f"browser {browser}" if browser else f"name {person.name}"


@dataclass(frozen=True)
class UnsavedText:
    """What one tab has of one place."""

    place: str
    tab: str
    body: str
    """What the page made of it; "" where it knows of nothing yet."""
    typed: dict[str, str]
    """Field -> what is typed there and was not handed to the page yet."""
    at: datetime
    """When it changed last."""


class UnsavedTexts(Reader):
    """Reads and writes them."""

    def newest(self, owner: str, place: str, *, but_of: str = "") -> UnsavedText | None:
        """Return what was typed last at the place, by another tab than `but_of`; None when there is nothing."""
        is_there = (_ROWS.owner == owner, _ROWS.place == place, _ROWS.tab != but_of)
        select = sa.select(unsaved_texts).where(*is_there).order_by(_ROWS.at.desc()).limit(1)
        row = self.first(select)
        return None if row is None else _text(row)

    def rows(self, owner: str, places: str) -> list[UnsavedText]:
        """Return the newest of each place whose name begins with `places`, newest first."""
        is_there = (_ROWS.owner == owner, _ROWS.place.startswith(places, autoescape=True))
        select = sa.select(unsaved_texts).where(*is_there).order_by(_ROWS.at.desc())
        newest: dict[str, UnsavedText] = {}
        for row in self.read(select):
            newest.setdefault(row.place, _text(row))
        return list(newest.values())

    def keep(
        self,
        owner: str,
        place: str,
        tab: str,
        *,
        body: str | None = None,
        typed: Mapping[str, str] | None = None,
        settled: Mapping[str, str] | None = None,
        instead_of: str = "",
    ) -> bool:
        """Keep `body`, and the texts of the fields in `typed`, beside what there is; return whether they were, for what
        is too long is not. Typed texts that equal those in `settled` are in the body, and go. The row of the tab
        `instead_of` is taken over."""
        with writing(self.db) as connection:
            own = self._row(connection, owner, place, tab)
            before = own or self._row(connection, owner, place, instead_of)
            kept = {**(before.typed if before else {}), **(typed or {})}
            kept = {field: text for field, text in kept.items() if (settled or {}).get(field) != text}
            body = body if body is not None else before.body if before else ""
            written = json.dumps(kept, ensure_ascii=False)
            if len(body) + len(written) > MAX_CHARS or max(map(len, (place, tab, *kept))) > MAX_NAME_CHARS:
                return False
            row = {"body": body, "typed": written, "at": now(connection)}
            upsert(connection, unsaved_texts, row, owner=owner, place=place, tab=tab)
            if own is None:
                self._drop(connection, owner, place, [instead_of])
                self._make_room(connection, owner)
        return True

    def drop(self, owner: str, place: str, tabs: Collection[str] | None = None) -> None:
        """Forget what these tabs have of the place, all of them when None: it was saved, sent, or is not wanted."""
        with writing(self.db) as connection:
            self._drop(connection, owner, place, tabs)

    def _row(self, connection: sa.Connection, owner: str, place: str, tab: str) -> UnsavedText | None:
        is_that = (_ROWS.owner == owner, _ROWS.place == place, _ROWS.tab == tab)
        row = connection.execute(sa.select(unsaved_texts).where(*is_that)).one_or_none()
        return None if row is None else _text(row)

    def _drop(self, connection: sa.Connection, owner: str, place: str, tabs: Collection[str] | None) -> None:
        is_that = (_ROWS.owner == owner, _ROWS.place == place)
        of_them = sa.true() if tabs is None else _ROWS.tab.in_(list(tabs))
        connection.execute(sa.delete(unsaved_texts).where(*is_that, of_them))

    def _make_room(self, connection: sa.Connection, owner: str) -> None:
        connection.execute(sa.delete(unsaved_texts).where(_ROWS.at < now(connection, -MAX_AGE_S)))
        for most, whose in ((MOST_ROWS_OF_ONE, [_ROWS.owner == owner]), (MOST_ROWS, [])):
            oldest = sa.select(_ROWS.at).where(*whose).order_by(_ROWS.at.desc()).offset(most).limit(1)
            over_at = connection.execute(oldest).scalar_one_or_none()
            if over_at is not None:
                connection.execute(sa.delete(unsaved_texts).where(_ROWS.at <= over_at, *whose))


_ROWS = unsaved_texts.c


def _text(row: sa.Row[Any]) -> UnsavedText:
    return UnsavedText(row.place, row.tab, row.body, json.loads(row.typed), row.at)
