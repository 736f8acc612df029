"""The rows of requests, open and decided, and the lists that the inbox, the audit and the deadlines read from them.

A row is written in the transaction that writes its event; `requests_of` folds a whole log to the same rows. One query
for each list; no log is read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Event, Recorded, RequestRow, event_from_json
from agents.errors import NotFoundError
from agents.store.database import Reader, as_value, connected, now
from agents.store.prepared import Driver, Prepared, PreparedByClock
from agents.store.schema import chats, events, requests, shown

# -- Writing the rows


def write_requests(driver: Driver, recorded: Recorded, team_name: str) -> None:
    """Write what the event means for the chat's requests, if anything."""
    match recorded.event:
        case DecisionRequested() as request:
            row = {"chat_id": recorded.chat, "team_name": team_name, **_request_columns(request, recorded)}
            _INSERT.run(driver, row)
        case DecisionMade() as made:
            _DECIDE.run(driver, {"of_chat": recorded.chat, "of": made.request, **_decided(made, recorded)})
        case ChatEnded():
            _WITHDRAW.run(driver, {"of_chat": recorded.chat, **_withdrawn(recorded)})


def next_open_request(driver: Driver, chat: str, event: Event) -> dict[str, Any]:
    """Return what the chat's row goes on to say when `event` comes while another request is open; {} when none is."""
    if not isinstance(event, DecisionMade | DecisionRequested):
        return {}
    row = _NEXT_OPEN.run(driver, {"of_chat": chat, "of": event.request}).fetchone()
    return {} if row is None else {"status": "waiting", "waiting_for": row[0], "waiting_agent": row[1]}


def requests_of(log: Iterable[Recorded], team_name: str) -> dict[str, dict[str, Any]]:
    """Request -> its columns, as `log` tells them."""
    rows: dict[str, dict[str, Any]] = {}
    for recorded in log:
        match recorded.event:
            case DecisionRequested() as request:
                rows[request.request] = {"team_name": team_name, **_request_columns(request, recorded)}
            case DecisionMade() as made:
                rows[made.request] |= _decided(made, recorded)
            case ChatEnded():
                for row in rows.values():
                    if row["decided_at"] is None:
                        row |= _withdrawn(recorded)
    return rows


def _request_columns(request: DecisionRequested, recorded: Recorded) -> dict[str, Any]:
    due_at = None if request.deadline_s is None else recorded.at + timedelta(seconds=request.deadline_s)
    return {
        "request": request.request,
        "seq": recorded.seq,
        "kind": request.of,
        "agent": request.agent,
        "tool": shown(str(request.payload.get("tool", ""))),
        "question": shown(request.question),
        "rule": shown(request.rule),
        "asked_at": recorded.at,
        "due_at": due_at,
        "overdue": request.overdue,
        "outcome": "",
        "decided_seq": None,
        "decided_at": None,
        "decided_by": "",
        "who": "",
        "is_verified": False,
    }


def _decided(made: DecisionMade, recorded: Recorded) -> dict[str, Any]:
    return {
        "outcome": made.verdict,
        "decided_seq": recorded.seq,
        "decided_at": recorded.at,
        "decided_by": "person" if made.by else "rule" if made.rule else "deadline",
        "who": shown(made.by.name if made.by else made.rule),
        "is_verified": bool(made.by and made.by.is_verified),
    }


def _withdrawn(recorded: Recorded) -> dict[str, Any]:
    return {"outcome": "withdrawn", "decided_seq": recorded.seq, "decided_at": recorded.at}


_INSERT = Prepared(sa.insert(requests))
_OF_CHAT = requests.c.chat_id == sa.bindparam("of_chat")
_IS_OPEN = requests.c.decided_at.is_(None)


def _set(*columns: str) -> dict[str, sa.BindParameter[Any]]:
    return {column: sa.bindparam(column, type_=requests.c[column].type) for column in columns}


_OUTCOME = ("outcome", "decided_seq", "decided_at")
_DECIDE = Prepared(
    sa.update(requests)
    .where(_OF_CHAT, requests.c.request == sa.bindparam("of"))
    .values(_set(*_OUTCOME, "decided_by", "who", "is_verified"))
)
_WITHDRAW = Prepared(sa.update(requests).where(_OF_CHAT, _IS_OPEN).values(_set(*_OUTCOME)))
_NEXT_OPEN = Prepared(
    sa.select(requests.c.question, requests.c.agent)
    .where(_OF_CHAT, requests.c.request != sa.bindparam("of"), _IS_OPEN)
    .order_by(requests.c.seq)
    .limit(sa.literal_column("1"))
)


# -- Reading them

InFull = tuple[RequestRow, DecisionRequested, DecisionMade | None]
"""A request, what was asked and what was decided; None while it is open, and when the chat ended first."""

_OF_CHATS = requests.join(chats, chats.c.id == requests.c.chat_id)
_IS_LISTED = chats.c.is_try.is_(False)
_OPEN = (requests.c.decided_at.is_(None), chats.c.deleted_at.is_(None), _IS_LISTED)
_URGENCY = (requests.c.due_at.is_(None), requests.c.due_at, requests.c.asked_at, requests.c.seq)
_NEWEST_FIRST = (requests.c.asked_at.desc(), requests.c.seq.desc())
_ROW = [
    requests.c.chat_id.label("chat"),
    chats.c.title,
    *(column for column in requests.c if column.name != "chat_id"),
]
_ASKED, _MADE = events.alias("asked"), events.alias("made")
_IN_FULL = [
    *_ROW,
    *(part.c[name].label(f"{part.name}_{name}") for part in (_ASKED, _MADE) for name in ("body", "schema_version")),
]
_SELECT = sa.select(*_ROW).select_from(_OF_CHATS)
_IS_ASKED = sa.and_(_ASKED.c.chat_id == requests.c.chat_id, _ASKED.c.seq == requests.c.seq)
_IS_MADE = sa.and_(
    _MADE.c.chat_id == requests.c.chat_id, _MADE.c.seq == requests.c.decided_seq, _MADE.c.kind == "DecisionMade"
)
_SELECT_IN_FULL = sa.select(*_IN_FULL).select_from(_OF_CHATS.join(_ASKED, _IS_ASKED).outerjoin(_MADE, _IS_MADE))
"""With the bodies of the request's event and of its decision's, if there is one."""


_HAS_DUE = PreparedByClock(
    lambda now: sa.select(requests.c.seq).where(requests.c.decided_at.is_(None), requests.c.due_at <= now).limit(1)
)


class Requests(Reader):
    """Reads of requests across chats, deleted ones and tries of agents aside. Each runs on an index of what is open, or
    of time."""

    def open(
        self, *, kind: str = "", team: str = "", agent: str = "", started_by: str = "", limit: int = 50
    ) -> list[RequestRow]:
        """Return the open requests, those that are due first, then the oldest; narrowed by what is not empty."""
        select = _SELECT.where(*_OPEN)
        narrowing = {
            requests.c.kind: kind,
            requests.c.team_name: team,
            requests.c.agent: agent,
            chats.c.started_by: started_by,
        }
        for column, wanted in narrowing.items():
            if wanted:
                select = select.where(column == wanted)
        return self._rows(select.order_by(*_URGENCY).limit(limit))

    def get(self, chat: str, request: str) -> RequestRow:
        """One request; NotFoundError when the chat has none of that name."""
        return self.in_full(chat, request)[0]

    def in_full(self, chat: str, request: str) -> InFull:
        """One request with what was asked and decided; NotFoundError as in `get`."""
        found = self._read_in_full(_SELECT_IN_FULL.where(requests.c.chat_id == chat, requests.c.request == request))
        if not found:
            raise NotFoundError(f"The chat {chat!r} has no request {request[:40]!r}.")
        return found[0]

    def n_open(self) -> int:
        """Return how many requests are open."""
        return self.open_mark()[0]

    def open_mark(self) -> tuple[int, datetime | None]:
        """Return how many are open, and when the newest was asked: changes whenever the open ones do."""
        select = sa.select(sa.func.count(), sa.func.max(requests.c.asked_at)).select_from(_OF_CHATS).where(*_OPEN)
        n_open, newest_at = self.read(select).one()
        return int(n_open), newest_at

    def alike(self, row: RequestRow, limit: int = 200) -> list[InFull]:
        """Return the open requests of the same kind, team, agent and tool as `row`, itself among them if it is open;
        those that are due first, then the oldest."""
        return self._read_in_full(_SELECT_IN_FULL.where(*_like(row)).order_by(*_URGENCY).limit(limit))

    def n_alike(self, row: RequestRow) -> int:
        """Return how many `alike` would give without a limit."""
        select = sa.select(sa.func.count()).select_from(_OF_CHATS).where(*_like(row))
        return int(self.read(select).scalar_one())

    def open_values(self) -> dict[str, list[str]]:
        """Return which kinds, teams and agents open requests have: {"kind": [...], "team": [...], "agent": [...]},
        sorted."""
        columns = {"kind": requests.c.kind, "team": requests.c.team_name, "agent": requests.c.agent}
        select = sa.select(*columns.values()).select_from(_OF_CHATS).where(*_OPEN).distinct()
        rows = self.read(select).all()
        return {name: sorted({row[i] for row in rows} - {""}) for i, name in enumerate(columns)}

    def overdue(self, limit: int = 100) -> list[RequestRow]:
        """Return the open requests whose deadline is over and brings something, the longest over first; by the
        database's clock."""
        if _HAS_DUE.first(self.db) is None:  # asked every second
            return []
        with connected(self.db) as connection:
            at = now(connection)
        select = _SELECT.where(*_OPEN, requests.c.due_at <= at, requests.c.overdue != "wait")
        return self._rows(select.order_by(requests.c.due_at).limit(limit))

    def recent(self, *, chat: str = "", kinds: Iterable[str] = (), limit: int = 200) -> list[RequestRow]:
        """Open and decided ones, newest first."""
        select = _SELECT.where(_IS_LISTED, requests.c.chat_id == chat if chat else sa.true())
        if kinds := list(kinds):
            select = select.where(requests.c.kind.in_(kinds))
        return self._rows(select.order_by(*_NEWEST_FIRST).limit(limit))

    def audit(
        self, chat: str = "", since: datetime | None = None, until: datetime | None = None, *, limit: int = 1_000
    ) -> list[InFull]:
        """Return what was asked with since <= asked_at < until, newest first, with its decision; one query, deleted
        chats included, and of tries of agents what a person decided."""
        select = _SELECT_IN_FULL.where(
            sa.or_(_IS_LISTED, requests.c.decided_by == "person"),
            requests.c.chat_id == chat if chat else sa.true(),
            requests.c.asked_at >= since if since else sa.true(),
            requests.c.asked_at < until if until else sa.true(),
        )
        return self._read_in_full(select.order_by(*_NEWEST_FIRST).limit(limit))

    def _read_in_full(self, select: sa.Select[Any]) -> list[InFull]:
        return [_in_full(row) for row in self.read(select)]

    def _rows(self, select: sa.Select[Any]) -> list[RequestRow]:
        return [RequestRow(**row._mapping) for row in self.read(select)]


def _like(row: RequestRow) -> list[sa.ColumnElement[bool]]:
    same = [requests.c[name] == getattr(row, name) for name in ("kind", "team_name", "agent", "tool")]
    return [*same, *_OPEN]


def _in_full(row: sa.Row[Any]) -> InFull:
    kept = as_value(RequestRow, row)
    asked = _event(row.asked_body, row.asked_schema_version, kept.chat, kept.seq)
    made = _event(row.made_body, row.made_schema_version, kept.chat, kept.decided_seq) if row.made_body else None
    if not isinstance(asked, DecisionRequested):
        raise ValueError(f"event {kept.seq} of chat {kept.chat} is no request")
    return kept, asked, made if isinstance(made, DecisionMade) else None


def _event(body: str, schema: int, chat: str, seq: int | None) -> Event:
    return event_from_json(body, schema=schema, chat=chat, seq=seq or 0)
