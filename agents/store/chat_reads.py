"""What can be asked about chats: the log, the state it folds to, and lists that read no log.

Reads only. `ChatLog` adds the writes. Every query here runs on an index; none costs more as the log grows, save
`log`, `log_of_kinds` and `state`, which are the log.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, get_args

import sqlalchemy as sa

from agents.chats import ChatRow, ChatState, Recorded, Status, event_from_json, fold
from agents.errors import NotFoundError
from agents.store.database import Reader, connected, is_sqlite, reading
from agents.store.prepared import Prepared
from agents.store.projection import differences
from agents.store.schema import IS_RUN_OF_READY_TEAM, TELLS_OF_FILES, chats, events, ledger, requests, utc_time

READ_EVENTS = 500
"""In one piece."""
_ROW = [
    chats.c.id.label("chat"),
    *(column for column in chats.c if column.name not in ("id", "client_id", "fence", "open_call", "is_try")),
]
_IS_LISTED = sa.and_(chats.c.parent.is_(None), chats.c.is_try.is_(False))
_OF_CHAT = sa.select(*_ROW).where(chats.c.id == sa.bindparam("chat"))
_EVENT = [events.c.chat_id, events.c.seq, events.c.schema_version, events.c.body, events.c.at]
N_LOOKED_AT, N_OF_TEAM, N_TURNS = 1_000, 20, 5_000
"""Of `speakers`: chats among which a team's are looked for, chats of the team, and their turns together."""


class ChatReads(Reader):
    """Reads of chats. Safe to use from many threads."""

    def log(self, chat: str, *, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Recorded]:
        """Return the events with after < seq < before, ascending; the first `limit` of them. [] for an unknown chat."""
        if before is None and limit is None:
            rows = _LOG.all(self.db, {"of_chat": chat, "after": after})
            return [_recorded(chat, seq, schema, body, utc_time(at)) for chat, seq, schema, body, at in rows]
        with connected(self.db) as connection:
            return read_log(connection, chat, after=after, before=before, limit=limit)

    def log_of_kinds(self, chat: str, kinds: Sequence[str], *, before: int) -> Iterator[Recorded]:
        """Return the events of these kinds with seq < before, ascending, read in pieces as they are wanted."""
        after = 0
        while True:
            of_kinds = (events.c.chat_id == chat, events.c.seq > after, events.c.seq < before, events.c.kind.in_(kinds))
            rows = self.read(sa.select(*_EVENT).where(*of_kinds).order_by(events.c.seq).limit(READ_EVENTS)).all()
            yield from map(recorded, rows)
            if len(rows) < READ_EVENTS:
                return
            after = rows[-1].seq

    def page_before(self, chat: str, before: int | None, limit: int) -> list[Recorded]:
        """Return the last `limit` events with seq < before (of all when None), ascending."""
        with connected(self.db) as connection:
            return read_log(connection, chat, before=before, limit=limit, from_end=True)

    def file_log(self, chat: str) -> list[Recorded]:
        """Return the events that tell of files, ascending. The cost grows with their number, not with the log."""
        select = sa.select(*_EVENT).where(events.c.chat_id == chat, TELLS_OF_FILES).order_by(events.c.seq)
        return [recorded(row) for row in self.read(select)]

    def act(self, chat: str, client_id: str) -> list[Recorded]:
        """Return the events that a person's act with this `client_id` wrote; [] when there was none."""
        with connected(self.db) as connection:
            return read_act(connection, chat, client_id)

    def over_since(self, at: datetime) -> list[str]:
        """Return the chats that were deleted before `at` and not restored, and the tries of agents that are older."""
        is_old_try = sa.and_(chats.c.is_try, chats.c.updated_at < at)
        select = sa.select(chats.c.id).where(sa.or_(chats.c.deleted_at < at, is_old_try)).order_by(chats.c.id)
        return list(self.read(select).scalars())

    def state(self, chat: str) -> ChatState:
        """Return what the log amounts to now; NotFoundError when there is no such chat."""
        state = fold(self.log(chat))
        if state.head == 0:
            raise not_found(chat)
        return state

    def row(self, chat: str) -> ChatRow:
        """Return the chat as lists show it, deleted or not; NotFoundError when there never was one."""
        row = self.first(_OF_CHAT, chat=chat)
        if row is None:
            raise not_found(chat)
        return ChatRow(**row._mapping)

    def rows(
        self,
        *,
        status: Status | None = None,
        query: str = "",
        limit: int = 50,
        offset: int = 0,
        is_deleted: bool = False,
        team_id: str | None = None,
        revision: int | None = None,
    ) -> list[ChatRow]:
        """Chats by latest activity, newest first; with `query`, those whose title, task or team have all its words;
        with `team_id`, those that began with the saved team, and with `revision`, with that one of its revisions.
        Those of teams that are members of others are never listed (`parts` has them), nor are tries of agents.

        Deleted chats are listed only, and alone, with `is_deleted`."""
        select = sa.select(*_ROW).where(chats.c.deleted_at.is_not(None) if is_deleted else chats.c.deleted_at.is_(None))
        select = select.where(_IS_LISTED)
        if status is not None:
            select = select.where(chats.c.status == status)
        wanted = ((chats.c.team_id, team_id), (chats.c.revision, revision))
        select = select.where(*(column == value for column, value in wanted if value is not None))
        for word in query.split():
            columns = (chats.c.title, chats.c.task, chats.c.team_name)
            select = select.where(sa.or_(*(column.icontains(word, autoescape=True) for column in columns)))
        select = select.order_by(chats.c.updated_at.desc(), chats.c.id.desc()).limit(limit).offset(offset)
        return [ChatRow(**row._mapping) for row in self.read(select)]

    def last_runs(self, teams: Iterable[str]) -> dict[str, ChatRow]:
        """Return the newest chat of each ready team of those names in which a model spoke, by the team's name, in one
        query; a team that nobody has run has no entry."""
        newest = [
            sa.select(sa.func.max(chats.c.id)).where(chats.c.team_name == team, IS_RUN_OF_READY_TEAM).scalar_subquery()
            for team in teams
        ]
        if not newest:
            return {}
        rows = [ChatRow(**row._mapping) for row in self.read(sa.select(*_ROW).where(chats.c.id.in_(newest)))]
        return {row.team_name: row for row in rows}

    def speakers(self, team_id: str | None, team_name: str) -> list[list[str]]:
        """Return who was chosen to speak, turn by turn, in each of the newest chats of the saved team, or without an id
        of teams of that name that were never saved. Bounded: older chats and later turns are left out."""
        asked = (team_id, team_name) if team_id is None else (team_id,)
        found = [row.id for row in self._newest() if (row.team_id, row.team_name)[: len(asked)] == asked][:N_OF_TEAM]
        chosen = (events.c.chat_id.in_(found), events.c.kind == "SpeakerSelected")
        turns = sa.select(events.c.chat_id, events.c.body).where(*chosen).order_by(events.c.chat_id, events.c.seq)
        runs: dict[str, list[str]] = {}
        for row in self.read(turns.limit(N_TURNS)) if found else ():
            runs.setdefault(row.chat_id, []).append(json.loads(row.body)["agent"])
        return list(runs.values())

    def runs(self, team_id: str) -> dict[int, int]:
        """Return how many of the newest chats began with each revision of the saved team; with none, no entry."""
        rows = [row for row in self._newest() if row.team_id == team_id and row.revision is not None]
        return dict(Counter(row.revision for row in rows))

    def _newest(self) -> Sequence[sa.Row[Any]]:
        columns = (chats.c.id, chats.c.team_id, chats.c.team_name, chats.c.revision)
        select = sa.select(*columns).where(chats.c.deleted_at.is_(None), _IS_LISTED)
        return self.read(select.order_by(chats.c.updated_at.desc(), chats.c.id.desc()).limit(N_LOOKED_AT)).all()

    def counts(self) -> dict[Status, int]:
        """Return how many chats that are listed there are of each status; every status has an entry."""
        select = (
            sa.select(chats.c.status, sa.func.count())
            .where(chats.c.deleted_at.is_(None), _IS_LISTED)
            .group_by(chats.c.status)
        )
        found = {row[0]: row[1] for row in self.read(select)}
        return {status: found.get(status, 0) for status in get_args(Status)}

    def mark(self) -> tuple[int, datetime | None]:
        """Return how many chats are listed, and when the newest event of one came: changes whenever any of them
        does."""
        is_listed = (chats.c.deleted_at.is_(None), _IS_LISTED)
        select = sa.select(sa.func.count(), sa.func.max(chats.c.updated_at)).where(*is_listed)
        n_chats, newest_at = self.read(select).one()
        return int(n_chats), newest_at

    def heads(self, chats_asked: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Chat -> (head, fence) in one query; unknown chats have no entry."""
        asked = list(chats_asked)
        if not asked:
            return {}
        names = json.dumps(asked) if is_sqlite(self.db) else asked
        return {chat: (head, fence) for chat, head, fence in _HEADS[is_sqlite(self.db)].all(self.db, {"names": names})}

    def owing(self, live_workers: set[str]) -> list[tuple[str, int]]:
        """(chat, head) of the chats that owe a turn and have no leg in a live worker, longest waiting first; not of
        those that wait for a team."""
        is_orphan = sa.or_(chats.c.leg_worker.is_(None), chats.c.leg_worker.not_in(sorted(live_workers)))
        select = sa.select(chats.c.id, chats.c.head).where(
            chats.c.status == "running", chats.c.deleted_at.is_(None), chats.c.subchat.is_(None), is_orphan
        )
        return [(row.id, row.head) for row in self.read(select.order_by(chats.c.updated_at))]

    def parts(self, chat: str) -> list[ChatRow]:
        """Return the chats of the teams that worked in this one, and of those in them, each behind its parent."""
        found: list[ChatRow] = []
        parents = [chat]
        while parents:
            rows = self.read(sa.select(*_ROW).where(chats.c.parent.in_(parents)).order_by(chats.c.created_at))
            part = [ChatRow(**row._mapping) for row in rows]
            found += part
            parents = [row.chat for row in part]
        return found

    def at_work(self, chat: str) -> ChatRow:
        """Return the chat on which the work goes on: itself, or that of the team that it waits for, and so on down.
        NotFoundError when there never was one."""
        row = self.row(chat)
        while row.status == "running" and row.subchat is not None:
            row = self.row(row.subchat)
        return row

    def legs_of(self, worker: str) -> set[tuple[str, int]]:
        """(chat, fence) of the chats that owe a turn and whose leg that worker has."""
        has_leg = sa.and_(chats.c.status == "running", chats.c.leg_worker == worker)
        return {(row.id, row.fence) for row in self.read(sa.select(chats.c.id, chats.c.fence).where(has_leg))}

    def verify(self, chat: str) -> list[str]:
        """Fold the whole log and return where the chat's row, ledger and requests differ from it; [] when nowhere."""
        with reading(self.db) as connection:
            row = connection.execute(sa.select(chats).where(chats.c.id == chat)).one_or_none()
            log = read_log(connection, chat)
            calls = connection.execute(sa.select(ledger).where(ledger.c.chat_id == chat)).all()
            asked = connection.execute(sa.select(requests).where(requests.c.chat_id == chat)).all()
        if row is None:
            raise not_found(chat)
        by_request = {request.request: request for request in asked}
        return differences(row, log, {call.seq: call for call in calls}, by_request)


def read_log(
    connection: sa.Connection,
    chat: str,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int | None = None,
    from_end: bool = False,
) -> list[Recorded]:
    """Events of `chat`, ascending; ValueError naming kind and seq for one that this version does not know."""
    select = sa.select(*_EVENT).where(events.c.chat_id == chat, events.c.seq > after)
    if before is not None:
        select = select.where(events.c.seq < before)
    if limit is not None:
        select = select.limit(limit)
    rows = connection.execute(select.order_by(events.c.seq.desc() if from_end else events.c.seq)).all()
    return [recorded(row) for row in (reversed(rows) if from_end else rows)]


def read_act(connection: sa.Connection, chat: str, client_id: str) -> list[Recorded]:
    """Return the events that a person's act with this `client_id` wrote; [] when there was none."""
    select = sa.select(*_EVENT).where(events.c.chat_id == chat, events.c.client_id == client_id)
    return [recorded(row) for row in connection.execute(select.order_by(events.c.part))]


def recorded(row: sa.Row[Any]) -> Recorded:
    """Return the event of a row of `events`."""
    return _recorded(row.chat_id, row.seq, row.schema_version, row.body, row.at)


def _recorded(chat: str, seq: int, schema: int, body: str, at: datetime) -> Recorded:
    return Recorded(chat, seq, at, event_from_json(body, schema=schema, chat=chat, seq=seq))


_LOG = Prepared(
    sa.select(*_EVENT)
    .where(events.c.chat_id == sa.bindparam("of_chat"), events.c.seq > sa.bindparam("after"))
    .order_by(events.c.seq)
)
_HEADS = {
    is_sqlite: Prepared(sa.text(f"SELECT id, head, fence FROM chats WHERE id {one_of_names}"))
    for is_sqlite, one_of_names in ((True, "IN (SELECT value FROM json_each(:names))"), (False, "= ANY(:names)"))
}


def not_found(chat: str) -> NotFoundError:
    return NotFoundError(f"There is no chat {chat!r}. Look for it in the list of chats, or start a new one.")
