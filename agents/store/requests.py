"""The rows of requests, open and decided, written in the transaction that writes the event of each.

`requests_of` folds a whole log to the same rows. What is asked and answered in full is in the events that the rows
name. Who reads the rows, across chats: `agents.store.inbox`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Event, Recorded
from agents.store.schema import requests, shown


@dataclass(frozen=True)
class RequestRow:
    """A request as lists show it."""

    chat: str
    request: str
    seq: int
    """Of its `DecisionRequested`."""
    kind: str
    agent: str
    tool: str
    """"" for other kinds than tool calls."""
    team_name: str
    title: str
    """The chat's."""
    question: str
    rule: str
    """The rule that asked, or decided at once; "" when none fits."""
    asked_at: datetime
    due_at: datetime | None
    overdue: str
    """What becomes of it then: wait, reject, skip or end."""
    outcome: str
    """The verdict, "withdrawn" when the chat ended first, "" while it is open."""
    decided_seq: int | None
    decided_at: datetime | None
    decided_by: str
    """person, rule or deadline; "" while it is open and when it was withdrawn."""
    who: str
    is_verified: bool


def write_requests(connection: sa.Connection, recorded: Recorded, team_name: str) -> None:
    """Write what the event means for the chat's requests, if anything."""
    match recorded.event:
        case DecisionRequested() as request:
            row = {"chat_id": recorded.chat, "team_name": team_name, **_request_columns(request, recorded)}
            connection.execute(_INSERT, row)
        case DecisionMade() as made:
            of = (requests.c.chat_id == recorded.chat, requests.c.request == made.request)
            connection.execute(sa.update(requests).where(*of).values(_decided(made, recorded)))
        case ChatEnded():
            of = (requests.c.chat_id == recorded.chat, requests.c.decided_at.is_(None))
            connection.execute(sa.update(requests).where(*of).values(_withdrawn(recorded)))


def next_open_request(connection: sa.Connection, chat: str, event: Event) -> dict[str, Any]:
    """Return what the chat's row goes on to say when `event` comes while another request is open; {} when none is."""
    if not isinstance(event, DecisionMade | DecisionRequested):
        return {}
    select = (
        sa.select(requests.c.question, requests.c.agent)
        .where(requests.c.chat_id == chat, requests.c.request != event.request, requests.c.decided_at.is_(None))
        .order_by(requests.c.seq)
        .limit(1)
    )
    row = connection.execute(select).one_or_none()
    return {} if row is None else {"status": "waiting", "waiting_for": row.question, "waiting_agent": row.agent}


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


_INSERT = sa.insert(requests)
