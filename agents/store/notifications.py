"""The addresses that are notified of what happens, and the outbox of what is still to be sent.

A notification is written in the transaction that writes its event, and deleted in the one that decides the request: no
one hears of what did not happen or is asked what is answered. Addresses hold secrets: encrypted, never listed.
Knows no service and no network; `agents.notifications` sends.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args
from uuid import uuid4

import sqlalchemy as sa

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Recorded
from agents.errors import NotFoundError
from agents.store.database import as_value, is_sqlite, now, writing
from agents.store.prepared import Driver, Prepared, PreparedByClock
from agents.store.schema import chats, notice_addresses, notices, requests
from agents.store.secret_key import SecretReader

NotificationKind = Literal["request", "due", "ended", "failed"]
"""request: a person must decide; due: its deadline is near; ended, failed: a chat is over, well or by a defect."""
NOTICE_KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)

NEAR_PART, NEAR_MOST_S = 0.25, 3600.0
"""A deadline is near in the last quarter of its time, and in the last hour at most."""


@dataclass(frozen=True)
class NotificationAddress:
    """Where someone is notified, without the secret."""

    id: str
    name: str
    service: str
    """Such as "Slack"."""
    wants: frozenset[NotificationKind]
    sent_at: datetime | None
    failed_at: datetime | None
    error: str
    """Why the last attempt failed; "" when it did not."""
    n_waiting: int
    """Notices that failed and are tried again."""


@dataclass(frozen=True)
class Due:
    """A notification to be sent now, with the facts for its text."""

    address: str
    chat: str
    seq: int
    what: NotificationKind
    n_tries: int
    """With this one."""
    title: str
    team_name: str
    agent: str
    question: str
    due_at: datetime | None
    overdue: str
    ended_text: str


def queue_notifications(driver: Driver, recorded: Recorded, *, is_part: bool) -> None:
    """Queue the notifications of the event for the addresses that want them, and delete those that it settles. A chat
    that is a part of another one tells nobody that it has ended well."""
    match recorded.event:
        case DecisionRequested() as request:
            _put(driver, recorded, "request", request.request, recorded.at)
            if request.deadline_s is not None:
                left_s = min(request.deadline_s * NEAR_PART, NEAR_MOST_S)
                near_at = recorded.at + timedelta(seconds=request.deadline_s - left_s)
                _put(driver, recorded, "due", request.request, near_at)
        case DecisionMade() as made:
            _DROP_REQUEST.run(driver, {"of_chat": recorded.chat, "of": made.request})
        case ChatEnded() as ended:
            _DROP.run(driver, {"of_chat": recorded.chat})
            is_failed = ended.reason == "defect"
            if is_failed or not is_part:
                _put(driver, recorded, "failed" if is_failed else "ended", "", recorded.at)


_DROP = Prepared(sa.delete(notices).where(notices.c.chat_id == sa.bindparam("of_chat")))
_DROP_REQUEST = Prepared(
    sa.delete(notices).where(notices.c.chat_id == sa.bindparam("of_chat"), notices.c.request == sa.bindparam("of"))
)


def _put(driver: Driver, recorded: Recorded, what: NotificationKind, request: str, at: datetime) -> None:
    values = {"chat_id": recorded.chat, "seq": recorded.seq, "request": request, "next_at": at}
    _put_for(what).run(driver, values)


@cache
def _put_for(what: NotificationKind) -> Prepared:
    columns = ["chat_id", "seq", "what", "address", "request", "n_tries", "next_at"]
    given = {"what": sa.literal(what), "address": notice_addresses.c.id, "n_tries": sa.literal(0)}
    values = [given.get(column, sa.bindparam(column, type_=notices.c[column].type)) for column in columns]
    wanted = sa.select(*values).where(notice_addresses.c[f"wants_{what}"])
    return Prepared(sa.insert(notices).from_select(columns, wanted))


class Notifications(SecretReader):
    """Addresses and the outbox. Safe to use from many threads and processes: a notice is claimed by one sender."""

    # -- addresses

    def add(self, name: str, url: str, service: str, wants: Collection[NotificationKind]) -> str:
        """Add an address that is notified of what happens from now on, and return its id."""
        row = {"id": uuid4().hex, "name": name, "service": service, "error": ""}
        with writing(self.db) as connection:
            values = {**row, "url_encrypted": self._secret_key.encrypt(url), **_wants(wants)}
            connection.execute(sa.insert(notice_addresses).values(**values, created_at=now(connection)))
        return row["id"]

    def change(self, address: str, wants: Collection[NotificationKind]) -> None:
        """From now on it is told of `wants`; what waits for it and is not wanted any more is dropped."""
        with writing(self.db) as connection:
            update = sa.update(notice_addresses).where(notice_addresses.c.id == address).values(**_wants(wants))
            if not connection.execute(update).rowcount:
                raise _unknown()
            unwanted = (notices.c.address == address, notices.c.what.not_in(list(wants)))
            connection.execute(sa.delete(notices).where(*unwanted))

    def remove(self, address: str) -> None:
        """Forget the address, its secret and what waits for it; nothing happens when there is none."""
        with writing(self.db) as connection:
            connection.execute(sa.delete(notice_addresses).where(notice_addresses.c.id == address))
            connection.execute(sa.delete(notices).where(notices.c.address == address))

    def addresses(self) -> list[NotificationAddress]:
        """Return all addresses, oldest first."""
        is_tried = (notices.c.address == notice_addresses.c.id, notices.c.n_tries > 0)
        n_waiting = sa.select(sa.func.count()).select_from(notices).where(*is_tried).scalar_subquery()
        select = sa.select(notice_addresses, n_waiting.label("n_waiting"))
        rows = self.read(select.order_by(notice_addresses.c.created_at, notice_addresses.c.id)).all()
        return [_address(row) for row in rows]

    def url(self, address: str) -> str:
        """Return the address itself, with its secrets; NotFoundError when it was removed, StudioError when the secret
        key does not unlock it."""
        row = self.first(sa.select(notice_addresses).where(notice_addresses.c.id == address))
        if row is None:
            raise _unknown()
        return self._secret_key.decrypt(row.url_encrypted, f"The address {row.name!r}")

    # -- the outbox

    def has_due(self) -> bool:
        """Whether anything is to be sent now."""
        return _HAS_DUE.first(self.db) is not None

    def claim(self, *, for_s: float, limit: int = 100) -> list[Due]:
        """Return what is to be sent now, oldest first: the caller's for `for_s` seconds, after which it is anybody's
        again.

        What nobody can be told any more, of deleted chats and removed addresses, is dropped."""
        with writing(self.db) as connection:
            at, again_at = now(connection), now(connection, for_s)
            select = _due().where(notices.c.next_at <= at).order_by(notices.c.next_at, notices.c.seq).limit(limit)
            if not is_sqlite(connection):
                select = select.with_for_update(of=notices, skip_locked=True)
            claimed = []
            for row in connection.execute(select).all():
                if row.is_gone:
                    connection.execute(sa.delete(notices).where(*_of(row.chat_id, row.seq, row.what, row.address)))
                    continue
                update = sa.update(notices).where(*_of(row.chat_id, row.seq, row.what, row.address))
                connection.execute(update.values(next_at=again_at, n_tries=row.n_tries + 1))
                claimed.append(as_value(Due, row, n_tries=row.n_tries + 1))
        return claimed

    def sent(self, dues: Iterable[Due]) -> None:
        """Record that the notifications were sent: they are deleted, and the address has no error."""
        with writing(self.db) as connection:
            for due in dues:
                connection.execute(sa.delete(notices).where(*_of(due.chat, due.seq, due.what, due.address)))
                self._note(connection, due.address, error="", sent_at=now(connection))

    def failed(self, dues: Iterable[Due], why: str, *, again_s: float | None) -> None:
        """They could not be told: they are due again in `again_s` seconds, and given up when it is None."""
        with writing(self.db) as connection:
            for due in dues:
                of = _of(due.chat, due.seq, due.what, due.address)
                if again_s is None:
                    connection.execute(sa.delete(notices).where(*of))
                else:
                    connection.execute(sa.update(notices).where(*of).values(next_at=now(connection, again_s)))
                self._note(connection, due.address, error=why, failed_at=now(connection))

    def tried(self, address: str, error: str) -> None:
        """Record how a test went; "" when it succeeded."""
        with writing(self.db) as connection:
            when = {"failed_at" if error else "sent_at": now(connection)}
            self._note(connection, address, error=error, **when)

    def _note(self, connection: sa.Connection, address: str, **values: Any) -> None:
        connection.execute(sa.update(notice_addresses).where(notice_addresses.c.id == address).values(**values))


_HAS_DUE = PreparedByClock(lambda now: sa.select(notices.c.seq).where(notices.c.next_at <= now).limit(1))


def _due() -> sa.Select[Any]:
    is_of = (requests.c.chat_id == notices.c.chat_id) & (requests.c.request == notices.c.request)
    joined = (
        notices.outerjoin(chats, chats.c.id == notices.c.chat_id)
        .outerjoin(requests, is_of)
        .outerjoin(notice_addresses, notice_addresses.c.id == notices.c.address)
    )
    is_gone = sa.or_(chats.c.id.is_(None), chats.c.deleted_at.is_not(None), notice_addresses.c.id.is_(None))
    texts = [sa.func.coalesce(requests.c[name], "").label(name) for name in ("agent", "question", "overdue")]
    shown = (*texts, requests.c.due_at, chats.c.title, chats.c.team_name, chats.c.ended_text)
    chat = notices.c.chat_id.label("chat")
    return sa.select(notices, chat, *shown, is_gone.label("is_gone")).select_from(joined)


def _of(chat: str, seq: int, what: str, address: str) -> tuple[sa.ColumnElement[bool], ...]:
    return notices.c.chat_id == chat, notices.c.seq == seq, notices.c.what == what, notices.c.address == address


def _wants(wants: Collection[NotificationKind]) -> dict[str, bool]:
    return {f"wants_{kind}": kind in wants for kind in NOTICE_KINDS}


def _address(row: sa.Row[Any]) -> NotificationAddress:
    wants = frozenset(kind for kind in NOTICE_KINDS if row._mapping[f"wants_{kind}"])
    return as_value(NotificationAddress, row, wants=wants)


def _unknown() -> NotFoundError:
    return NotFoundError("That address was removed meanwhile. Open the page again.")
