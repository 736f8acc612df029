"""The ledger: every model call as a row, and sums over calls, added up by the database.

The chat log writes the row in the transaction that appends the call. A price that nobody knows stays unknown: it counts
in `Spend.n_unpriced`, never as zero dollars.
"""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any, Literal, get_args

import sqlalchemy as sa

from agents.chats import BUCKETS, Call, Price, Spend, Total, Usage
from agents.store.database import Reader
from agents.store.schema import ledger

Dimension = Literal[
    "day", "team", "model", "agent", "purpose", "connection", "outcome", "turn", "price_source", "price_as_of"
]
"""What calls can be summed by."""

_COLUMNS: dict[Dimension, sa.Column[Any]] = {
    dimension: ledger.c["team_name" if dimension == "team" else dimension] for dimension in get_args(Dimension)
}


class CallRow(Call):
    """A model call as the ledger has it: with where it was made."""

    chat: str
    seq: int
    """Of its ModelCalled in the chat's log."""
    team_name: str

    @property
    def day(self) -> str:
        """UTC date of `started_at`, ISO."""
        return self.started_at.date().isoformat()


def columns_of(call: Call) -> dict[str, Any]:
    """Return the columns of a row of the ledger that come from the call itself."""
    started_at = call.started_at
    started_at = started_at.replace(tzinfo=UTC) if started_at.tzinfo is None else started_at.astimezone(UTC)
    return {
        **{name: getattr(call, name) for name in _OWN_COLUMNS},
        **{bucket: getattr(call.usage, bucket, None) for bucket in BUCKETS},
        "cost_usd": call.price.cost_usd,
        "price_source": call.price.source,
        "price_as_of": call.price.as_of,
        "started_at": started_at,
        "day": started_at.date().isoformat(),
    }


_OWN_COLUMNS = tuple(
    column.name for column in ledger.c if column.name in Call.model_fields and column.name not in BUCKETS
)
"""The columns that hold a field of `Call` as it is; that of a bucket's name holds its tokens."""


def usage_in_row(row: sa.Row[Any]) -> Usage | None:
    """Return the tokens of a row of the ledger; None when the server did not count them."""
    columns = row._mapping
    counted = {bucket: columns[bucket] for bucket in BUCKETS}
    if all(n_tokens is None for n_tokens in counted.values()):
        return None
    return Usage(**{bucket: n_tokens or 0 for bucket, n_tokens in counted.items()})


def _call_of(row: sa.Row[Any]) -> CallRow:
    price = Price(cost_usd=row.cost_usd, source=row.price_source, as_of=row.price_as_of)
    columns = row._mapping
    own = {name: columns[name] for name in _OWN_COLUMNS}
    return CallRow(**own, chat=row.chat_id, seq=row.seq, team_name=row.team_name, usage=usage_in_row(row), price=price)


class Ledger(Reader):
    """Reads of the table of calls; each runs on an index."""

    def calls(self, chat: str, *, last: int | None = None) -> list[CallRow]:
        """Return the chat's calls by seq; only the `last` so many of them when given."""
        select = sa.select(ledger).where(ledger.c.chat_id == chat).order_by(ledger.c.seq.desc()).limit(last)
        return [_call_of(row) for row in reversed(self.read(select).all())]

    def totals_by(
        self,
        by: Dimension,
        *,
        split_by: Dimension | None = None,
        since: date | None = None,
        chat: str | None = None,
    ) -> list[Total]:
        """Return one total for each value of `by` and of `split_by`, in the order of those values.

        Counted are the calls of `chat`, or of all chats, that were sent on `since` (UTC) or later. The cost grows with
        their number, not with that of the others."""
        key = _COLUMNS[by]
        part: sa.ColumnElement[Any] = _COLUMNS[split_by] if split_by else sa.literal("")
        select = sa.select(key, part, *_COUNTED.values(), *_SPENT.values())
        select = select.where(sa.true() if since is None else ledger.c.day >= since.isoformat())
        select = select.where(sa.true() if chat is None else ledger.c.chat_id == chat)
        groups = [key, part] if split_by else [key]
        rows = self.read(select.group_by(*groups).order_by(*groups))
        return [Total(str(row[0]), str(row[1]), _spend_of(row[2:])) for row in rows]


def _spend_of(sums: Sequence[Any]) -> Spend:
    """Return what sums in the order of `_COUNTED` and `_SPENT` amount to."""
    usage = Usage(**dict(zip(_COUNTED, sums, strict=False)))
    return Spend(usage=usage, **dict(zip(_SPENT, sums[len(_COUNTED) :], strict=True)))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))


_IS_COUNTED = ledger.c.output.is_not(None)
_IS_USED = sa.or_(ledger.c.outcome == "ok", _IS_COUNTED)

_SPENT: dict[str, sa.ColumnElement[Any]] = {
    "n_calls": sa.func.count(),
    "n_failed": _count(ledger.c.outcome != "ok"),
    "n_uncounted": _count(sa.and_(_IS_USED, sa.not_(_IS_COUNTED))),
    "cost_usd": sa.func.coalesce(sa.func.sum(ledger.c.cost_usd), 0.0),
    "n_priced": sa.func.count(ledger.c.cost_usd),
    "n_local": _count(ledger.c.price_source == "local"),
    "n_rehearsed": _count(ledger.c.price_source == "rehearsed"),
    "n_unpriced": _count(sa.and_(_IS_USED, ledger.c.cost_usd.is_(None))),
    "duration_s": sa.func.coalesce(sa.func.sum(ledger.c.duration_s), 0.0),
}
"""The fields of `Spend`, as the database adds up what `Spend.of` says of each call."""

_COUNTED: dict[str, sa.ColumnElement[Any]] = {
    bucket: sa.cast(sa.func.coalesce(sa.func.sum(ledger.c[bucket]), 0), sa.BigInteger) for bucket in BUCKETS
}
"""The fields of `Spend.usage`."""
