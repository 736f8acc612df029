"""The ledger's reads: every model call of a chat, and totals over all chats, added up by the database.

Written by the chat log alone, in the transaction that appends the call. Unknown prices stay unknown: they count in
`n_unpriced`, never as zero dollars.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from agents.store.schema import ledger

Dimension = Literal["day", "team", "model", "agent", "purpose", "connection", "outcome"]

_COLUMNS: dict[Dimension, sa.Column[str]] = {
    "day": ledger.c.day,
    "team": ledger.c.team_name,
    "model": ledger.c.model,
    "agent": ledger.c.agent,
    "purpose": ledger.c.purpose,
    "connection": ledger.c.connection,
    "outcome": ledger.c.outcome,
}


@dataclass(frozen=True)
class CallRow:
    """One model call."""

    chat: str
    seq: int
    """Of its ModelCalled in the chat's log."""
    turn: int
    agent: str
    """"" for speaker selection."""
    purpose: str
    connection: str
    model: str
    outcome: str
    input_uncached: int | None
    """Tokens; None in all four buckets when the server did not say."""
    input_cached: int | None
    output: int | None
    reasoning: int | None
    cost_usd: float | None
    """None: unknown."""
    price_source: str
    price_as_of: str
    started_at: datetime
    first_token_s: float | None
    duration_s: float
    error: str
    team_name: str
    day: str
    """UTC date of `started_at`, ISO."""


@dataclass(frozen=True)
class Total:
    """The sum of the calls that share `key`, and `part` where a second dimension was asked for."""

    key: str
    part: str
    n_calls: int
    n_failed: int
    input_uncached: int
    input_cached: int
    output: int
    reasoning: int
    cost_usd: float
    """The known part; `n_unpriced` calls come on top."""
    n_unpriced: int
    duration_s: float

    @property
    def n_tokens(self) -> int:
        return self.input_uncached + self.input_cached + self.output + self.reasoning


class Ledger:
    """Reads of the table of calls; each runs on an index."""

    def __init__(self, db: sa.Engine):
        self._db = db

    def calls(self, chat: str, *, last: int | None = None) -> list[CallRow]:
        """The chat's calls by seq; the `last` so many of them when given."""
        columns = [ledger.c.chat_id.label("chat"), *(column for column in ledger.c if column.name != "chat_id")]
        select = sa.select(*columns).where(ledger.c.chat_id == chat).order_by(ledger.c.seq.desc()).limit(last)
        with self._db.connect() as connection:
            return [CallRow(**row._mapping) for row in reversed(connection.execute(select).all())]

    def totals_by(self, by: Dimension, *, split_by: Dimension | None = None, since: date | None = None) -> list[Total]:
        """Totals of the calls sent on `since` (UTC) or later, one for each value of `by` and of `split_by`, in the
        order of those values. The cost grows with the calls since then, not with those before."""
        key = _COLUMNS[by]
        part: sa.ColumnElement[str] = _COLUMNS[split_by] if split_by else sa.literal("")
        select = sa.select(key.label("key"), part.label("part"), *_SUMS)
        if since is not None:
            select = select.where(ledger.c.day >= since.isoformat())
        groups = [key, part] if split_by else [key]
        with self._db.connect() as connection:
            rows = connection.execute(select.group_by(*groups).order_by(*groups))
            return [Total(**row._mapping) for row in rows]


_IS_UNPRICED = sa.and_(
    ledger.c.cost_usd.is_(None), sa.or_(ledger.c.outcome == "ok", ledger.c.input_uncached.is_not(None))
)
"""`ModelCalled.is_unpriced` in SQL."""

_SUMS = [
    sa.func.count().label("n_calls"),
    sa.func.count(sa.case((ledger.c.outcome != "ok", 1))).label("n_failed"),
    *(
        sa.cast(sa.func.coalesce(sa.func.sum(ledger.c[column]), 0), sa.BigInteger).label(column)
        for column in ("input_uncached", "input_cached", "output", "reasoning")
    ),
    sa.func.coalesce(sa.func.sum(ledger.c.cost_usd), 0.0).label("cost_usd"),
    sa.func.count(sa.case((_IS_UNPRICED, 1))).label("n_unpriced"),
    sa.func.coalesce(sa.func.sum(ledger.c.duration_s), 0.0).label("duration_s"),
]
