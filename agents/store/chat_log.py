"""The append-only log of every chat. Events are written here only.

Two kinds of writers. A leg holds the chat's newest fence token, and each of its appends is refused as soon as
somebody took a newer one. A person decides on the chat's state of that very moment, inside the transaction.
Knows no queue: a hook enqueues the next leg in the same transaction. Called by `studio` and the runner.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from agents.chats import (
    CUT,
    ChatEnded,
    ChatStarted,
    ChatState,
    DecisionMade,
    DecisionRequested,
    Event,
    ModelCalled,
    OpenCall,
    Recorded,
    fold,
)
from agents.chats.events import EVENT_SCHEMA
from agents.errors import ConflictError, FenceError, NotFoundError
from agents.store.chat_reads import ChatReads, not_found, read_act, read_log
from agents.store.database import CHANNEL, announce, connected, insert, is_sqlite, now, writing
from agents.store.inbox import next_open_request, write_requests
from agents.store.ledger import columns_of
from agents.store.notifications import queue_notifications
from agents.store.prepared import Driver, Prepared, driver_writing
from agents.store.projection import COUNTERS, added_up, changes_of
from agents.store.schema import chats, events, ledger, utc_time
from agents.store.streamed_text import StreamedTexts

_Asking = DecisionRequested | DecisionMade | ChatEnded
"""The events that mean something for the rows of requests and notifications, beside the log."""

Hook = Callable[[sa.Connection, str, int], None]
"""(connection, chat, head), called inside the transaction before its commit: what enqueues the next leg. When it
raises, nothing is written."""


class ChatLog(ChatReads, StreamedTexts):
    """Reads and writes of chats. Safe to use from many threads and processes; every write is one transaction."""

    def create(
        self,
        chat: str,
        events: list[Event],
        *,
        client_id: str,
        team_id: str | None,
        revision: int | None,
        title: str,
        leg_worker: str | None = None,
        hook: Hook | None = None,
    ) -> list[Recorded]:
        """Start `chat` with `events`, the first a ChatStarted. The same `client_id` again writes nothing and returns
        the first chat's events, whose `.chat` tells which it is. ConflictError when the id is taken."""
        if not events or not isinstance(events[0], ChatStarted):
            raise ValueError("a chat begins with ChatStarted")
        with writing(self.db) as connection:
            at = now(connection)
            values = {
                "id": chat,
                "client_id": client_id,
                "title": title,
                "team_id": team_id,
                "revision": revision,
                "status": "running",
                "leg_worker": leg_worker,
                "created_at": at,
                "updated_at": at,
                **dict.fromkeys(("head", "fence", *COUNTERS), 0),
                **dict.fromkeys(("team_name", "task", "waiting_for", "waiting_agent", "ended_text"), ""),
            }
            insert_new = insert(connection, chats).values(values).on_conflict_do_nothing().returning(chats.c.id)
            if connection.execute(insert_new).one_or_none() is None:
                return self._first_create(connection, chat, client_id)
            appended = self._append_act(connection, chat, events, client_id)
            if hook is not None:
                hook(connection, chat, appended[-1].seq)
            return appended

    def begin_leg(self, chat: str, worker: str) -> int:
        """Return the new fence token; every older one is dead from here on, and a model call that its leg had begun is
        recorded as cut. NotFoundError when the chat is not there."""
        with writing(self.db) as connection:
            fence = _raise_fence(connection, chat, chats.c.deleted_at.is_(None), leg_worker=worker)
        if fence is None:
            raise not_found(chat)
        return fence

    def begin_call(self, chat: str, call: OpenCall, *, fence: int) -> bool:
        """Keep what is known of a model call before it is made, so that it is accounted for whatever becomes of the
        leg. Return False, and keep nothing, when `fence` is not the newest."""
        values = {"of_chat": chat, "token": fence, "call": call.model_dump_json()}
        with driver_writing(self.db) as driver:
            begin = _BEGIN_CALL if is_sqlite(driver) else _BEGIN_CALL_UNFLUSHED
            return begin.run(driver, values).fetchone() is not None

    def cut_call(self, chat: str, *, fence: int) -> None:
        """Record the model call that the leg had begun and will not end, if there is one, as cut. FenceError when
        `fence` is not the newest."""
        with writing(self.db) as connection:
            is_ours = (chats.c.id == chat, chats.c.fence == fence)
            select = sa.select(chats.c.open_call, chats.c.n_messages).where(*is_ours).with_for_update()
            row = connection.execute(select).one_or_none()
            if row is None:
                raise _too_late(chat, fence)
            _cut_open(connection, chat, row)

    def append(self, chat: str, *events: Event, fence: int, head: int | None = None) -> Recorded:
        """Write `events` after the last one, all or none, and return the last of them; FenceError, and nothing is
        written, when `fence` is not the newest. ConflictError, likewise, when `head` is given and is not the last
        event.

        A ModelCalled writes its ledger row in the same transaction, a request and its decision the row of the
        request, and what people want to be told its notices. The cost does not grow with the log."""
        with driver_writing(self.db) as driver:
            if head is not None:
                row = _HEAD.run(driver, {"of_chat": chat}).fetchone()
                if row is None or row[0] != head:
                    at = row and row[0]
                    raise ConflictError(f"Chat {chat!r} stands at event {at}, not at {head}; nothing was written.")
            return _append(driver, chat, events, fence=fence)[-1]

    def end_leg(self, chat: str, *, fence: int) -> None:
        """Record that no leg works on the chat now, unless another leg took it over."""
        with driver_writing(self.db) as driver:
            _END_LEG.run(driver, {"of_chat": chat, "token": fence})

    def append_from_person(
        self,
        chat: str,
        decide: Callable[[ChatState], list[Event]],
        *,
        client_id: str,
        takes_fence: bool = False,
        hook: Hook | None = None,
    ) -> list[Recorded]:
        """Write what `decide` makes of the chat's state, which cannot change meanwhile; when it raises, nothing is
        written. An empty list writes nothing. The hook is called only when the chat then owes a turn.

        The same `client_id` again returns the first call's events, and `decide` is not asked. With `takes_fence`
        every running leg is dead from here on. NotFoundError when the chat is not there. ValueError when the events
        do not follow from the log."""
        with connected(self.db) as connection:
            if earlier := read_act(connection, chat, client_id):
                return earlier
            state = fold(read_log(connection, chat))
        with writing(self.db) as connection:
            self._lock(connection, chat)
            if earlier := read_act(connection, chat, client_id):
                return earlier
            state = fold(read_log(connection, chat, after=state.head), state)
            decided = decide(state)
            if not decided:
                return []
            if takes_fence:
                _raise_fence(connection, chat)
            appended = self._append_act(connection, chat, decided, client_id)
            if fold(appended, state).status == "running" and hook is not None:
                hook(connection, chat, appended[-1].seq)
            return appended

    def rename(self, chat: str, title: str) -> None:
        """Give the chat another title; NotFoundError when it is not there."""
        self._change(chat, title=title)

    def delete(self, chat: str) -> None:
        """Take the chat out of every list and end its running leg; `restore` undoes it. Its calls stay in the
        totals, because they were paid for."""
        with writing(self.db) as connection:
            self._lock(connection, chat)
            _raise_fence(connection, chat)
            connection.execute(sa.update(chats).where(chats.c.id == chat).values(deleted_at=now(connection)))
            announce(connection, chat)

    def restore(self, chat: str) -> None:
        """Bring a deleted chat back as it was; one that owed a turn owes it again (see `owing`)."""
        self._change(chat, deleted_at=None)

    def _change(self, chat: str, **values: Any) -> None:
        with writing(self.db) as connection:
            changed = connection.execute(sa.update(chats).where(chats.c.id == chat).values(values))
            if changed.rowcount == 0:
                raise not_found(chat)
            announce(connection, chat)

    def _lock(self, connection: sa.Connection, chat: str) -> None:
        """Keep others from writing to the chat until the transaction ends. SQLite's write lock does that already."""
        select = sa.select(chats.c.deleted_at).where(chats.c.id == chat).with_for_update()
        row = connection.execute(select).one_or_none()
        if row is None:
            raise not_found(chat)
        if row.deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted; nothing was changed. Restore it, then try again.")

    def _first_create(self, connection: sa.Connection, chat: str, client_id: str) -> list[Recorded]:
        first = connection.execute(sa.select(chats.c.id).where(chats.c.client_id == client_id)).scalar_one_or_none()
        if first is None:
            raise ConflictError(f"There is a chat {chat!r} already; nothing was started. Start it under another id.")
        return read_act(connection, first, client_id)

    def _append_act(self, connection: sa.Connection, chat: str, decided: list[Event], client_id: str) -> list[Recorded]:
        return _append(Driver.of(connection), chat, decided, client_id=client_id)


def _raise_fence(
    connection: sa.Connection, chat: str, *conditions: sa.ColumnElement[bool], leg_worker: str | None = None
) -> int | None:
    """Return the new token, None when there is no such chat. The call that the older leg had begun is cut with it."""
    update = sa.update(chats).where(chats.c.id == chat, *conditions)
    raised = update.values(fence=chats.c.fence + 1, leg_worker=leg_worker)
    row = connection.execute(raised.returning(chats.c.fence, chats.c.open_call, chats.c.n_messages)).one_or_none()
    if row is None:
        return None
    _cut_open(connection, chat, row)
    return int(row.fence)


def _cut_open(connection: sa.Connection, chat: str, row: Any) -> None:
    """Record the open call of the chat's row, if there is one, as cut."""
    if row.open_call is not None:
        call = OpenCall.model_validate_json(row.open_call)
        _append(Driver.of(connection), chat, [_cut(call, row.n_messages)])


def _too_late(chat: str, fence: int | None) -> FenceError:
    return FenceError(f"chat {chat}: fence {fence} is not the newest")


def _cut(call: OpenCall, turn: int) -> ModelCalled:
    """Return the event of a call of which nobody can say how it ended."""
    return ModelCalled(
        turn=turn,
        agent=call.agent,
        purpose=call.purpose,
        connection=call.connection,
        model=call.model,
        outcome="unknown",
        usage=None,
        usage_raw={"studio": {"tries": call.tries}} if call.tries > 1 else {},
        price=call.price,
        started_at=call.started_at,
        first_token_s=None,
        duration_s=0.0,
        error=CUT,
    )


_KEEP_CALL = (
    sa.update(chats)
    .where(chats.c.id == sa.bindparam("of_chat"), chats.c.fence == sa.bindparam("token"))
    .values(open_call=sa.bindparam("call"))
    .returning(chats.c.fence)
)
_BEGIN_CALL = Prepared(_KEEP_CALL)
_BEGIN_CALL_UNFLUSHED = Prepared(_KEEP_CALL.returning(sa.func.set_config("synchronous_commit", "off", True)))
"""Nobody waits for PostgreSQL's disk: what is guarded against is the end of the worker."""


def _append(
    driver: Driver,
    chat: str,
    events: Sequence[Event],
    *,
    fence: int | None = None,
    client_id: str | None = None,
) -> list[Recorded]:
    """Write `events` in their order, with what they mean for the ledger, requests and notifications."""
    written: list[Recorded] = []
    for are_asking, batch in groupby(events, lambda event: isinstance(event, _Asking)):
        if not are_asking:
            written += _write(driver, chat, list(batch), {}, fence, client_id, len(written))[0]
            continue
        for event in batch:
            more = next_open_request(driver, chat, event)
            (recorded,), team_name = _write(driver, chat, [event], more, fence, client_id, len(written))
            write_requests(driver, recorded, team_name)
            queue_notifications(driver, recorded)
            written.append(recorded)
    return written


def _write(
    driver: Driver,
    chat: str,
    events: Sequence[Event],
    more: Mapping[str, Any],
    fence: int | None,
    client_id: str | None,
    part: int,
) -> tuple[list[Recorded], str]:
    """Write `events` and their calls in the ledger, and return them with the team's name. The fence check, the next
    seqs and the row's new numbers are one UPDATE. `more` is what else changes in the row."""
    changes = {**added_up(map(changes_of, events)), **more}
    is_local_clock = is_sqlite(driver)
    values = {"of_chat": chat, "n_new": len(events), **{f"new_{column}": value for column, value in changes.items()}}
    if fence is not None:
        values["token"] = fence
    if is_local_clock:
        values["clock"] = datetime.now(UTC)
    advance = _advance(tuple(changes), is_fenced=fence is not None, has_clock=not is_local_clock)
    moved = advance.run(driver, values).fetchone()
    if moved is None:
        raise _too_late(chat, fence)
    head, at, team_name = moved[0], utc_time(moved[1]), moved[2]
    written = []
    for n, event in enumerate(events):
        seq = head - len(events) + 1 + n
        row = {
            "chat_id": chat,
            "seq": seq,
            "kind": event.kind,
            "schema_version": EVENT_SCHEMA,
            "body": event.model_dump_json(),
            "client_id": client_id,
            "part": part + n,
            "fence": fence,
            "at": at,
        }
        _INSERT_EVENT.run(driver, row)
        if isinstance(event, ModelCalled):
            _INSERT_CALL.run(driver, {"chat_id": chat, "seq": seq, "team_name": team_name, **columns_of(event)})
        written.append(Recorded(chat, seq, at, event))
    return written, team_name


@lru_cache
def _advance(columns: tuple[str, ...], *, is_fenced: bool, has_clock: bool) -> Prepared:
    """Return the UPDATE that moves the head on. The log's time never goes back, whatever the clock does. `has_clock`:
    the database tells the time, and announces the change."""
    new: dict[str, Any] = {
        column: chats.c[column] + sa.bindparam(f"new_{column}") if column in COUNTERS else sa.bindparam(f"new_{column}")
        for column in columns
    }
    returned: list[Any] = [chats.c.head, chats.c.updated_at, chats.c.team_name]
    if has_clock:
        at = sa.func.greatest(chats.c.updated_at, sa.func.clock_timestamp())
        returned.append(sa.func.pg_notify(CHANNEL, chats.c.id))
    else:
        at = sa.func.max(chats.c.updated_at, sa.bindparam("clock", type_=chats.c.updated_at.type))
    update = sa.update(chats).where(chats.c.id == sa.bindparam("of_chat"))
    if is_fenced:
        update = update.where(chats.c.fence == sa.bindparam("token"))
    moved = {"head": chats.c.head + sa.bindparam("n_new"), "updated_at": at}
    return Prepared(update.values(**moved, **new).returning(*returned))


_OF_CHAT = chats.c.id == sa.bindparam("of_chat")
_HEAD = Prepared(sa.select(chats.c.head).where(_OF_CHAT).with_for_update())
_END_LEG = Prepared(
    sa.update(chats).where(_OF_CHAT, chats.c.fence == sa.bindparam("token")).values(leg_worker=sa.null())
)
_INSERT_EVENT = Prepared(sa.insert(events))
_INSERT_CALL = Prepared(sa.insert(ledger))
