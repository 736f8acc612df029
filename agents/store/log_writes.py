"""The writing of events into one chat: its head, its fence, and what events mean for the tables beside the log.

One transaction is the caller's. Called by `chat_log` and `chat_tree`, and by nobody else.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Event, ModelCalled, OpenCall, Recorded
from agents.chats.events import EVENT_SCHEMA
from agents.errors import FenceError
from agents.store.database import CHANNEL, insert, is_sqlite, now
from agents.store.inbox import next_open_request, write_requests
from agents.store.ledger import columns_of
from agents.store.notifications import queue_notifications
from agents.store.prepared import Driver, Prepared
from agents.store.projection import COUNTERS, added_up, changes_of
from agents.store.schema import chats, events, ledger, utc_time

_Asking = DecisionRequested | DecisionMade | ChatEnded
"""The events that mean something for the rows of requests and notifications, beside the log."""

Hook = Callable[[sa.Connection, str, int], None]
"""(connection, chat, head), called inside the transaction before its commit: what enqueues the next leg. When it
raises, nothing is written."""


def insert_chat(connection: sa.Connection, chat: str, **given: Any) -> bool:
    """Write the row of a new chat without events; False, and nothing is written, when its id or its `client_id` is
    taken."""
    at = now(connection)
    values = {
        "id": chat,
        "status": "running",
        "created_at": at,
        "updated_at": at,
        **dict.fromkeys(("head", "fence", *COUNTERS), 0),
        **dict.fromkeys(("team_name", "task", "waiting_for", "waiting_agent", "ended_text"), ""),
        **given,
    }
    insert_new = insert(connection, chats).values(values).on_conflict_do_nothing().returning(chats.c.id)
    return connection.execute(insert_new).one_or_none() is not None


def raise_fence(
    connection: sa.Connection, chat: str, *conditions: sa.ColumnElement[bool], leg_worker: str | None = None
) -> int | None:
    """Return the new token, None when there is no such chat. The call that the older leg had begun is cut with it."""
    update = sa.update(chats).where(chats.c.id == chat, *conditions)
    raised = update.values(fence=chats.c.fence + 1, leg_worker=leg_worker)
    row = connection.execute(raised.returning(chats.c.fence, chats.c.open_call, chats.c.n_messages)).one_or_none()
    if row is None:
        return None
    cut_open(connection, chat, row)
    return int(row.fence)


def cut_open(connection: sa.Connection, chat: str, row: Any) -> None:
    """Record the open call of the chat's row, if there is one, as cut."""
    if row.open_call is not None:
        call = OpenCall.model_validate_json(row.open_call)
        append_events(Driver.of(connection), chat, [ModelCalled(**{**dict(call.cut()), "turn": row.n_messages})])


def too_late(chat: str, fence: int | None) -> FenceError:
    return FenceError(f"chat {chat}: fence {fence} is not the newest")


def append_events(
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
            (recorded,), row = _write(driver, chat, [event], more, fence, client_id, len(written))
            write_requests(driver, recorded, row.team_name)
            if not row.is_try:
                queue_notifications(driver, recorded, is_part=row.parent is not None)
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
) -> tuple[list[Recorded], "_Written"]:
    """Write `events` and their calls in the ledger, and return them with what the chat's row says. The fence check, the
    next seqs and the row's new numbers are one UPDATE. `more` is what else changes in the row."""
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
        raise too_late(chat, fence)
    row_now = _Written(moved[0], utc_time(moved[1]), moved[2], moved[3], bool(moved[4]))
    head, at = row_now.head, row_now.at
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
            of_chat = {"chat_id": chat, "seq": seq, "team_name": row_now.team_name}
            _INSERT_CALL.run(driver, {**of_chat, **columns_of(event, is_try=row_now.is_try)})
        written.append(Recorded(chat, seq, at, event))
    return written, row_now


class _Written(NamedTuple):
    """What the chat's row says once events are written."""

    head: int
    at: datetime
    team_name: str
    parent: str | None
    is_try: bool


@lru_cache
def _advance(columns: tuple[str, ...], *, is_fenced: bool, has_clock: bool) -> Prepared:
    """Return the UPDATE that moves the head on. The log's time never goes back, whatever the clock does. `has_clock`:
    the database tells the time, and announces the change."""
    new: dict[str, Any] = {
        column: chats.c[column] + sa.bindparam(f"new_{column}") if column in COUNTERS else sa.bindparam(f"new_{column}")
        for column in columns
    }
    returned: list[Any] = [chats.c.head, chats.c.updated_at, chats.c.team_name, chats.c.parent, chats.c.is_try]
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


_INSERT_EVENT = Prepared(sa.insert(events))
_INSERT_CALL = Prepared(sa.insert(ledger))
