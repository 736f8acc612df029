"""The ledger: every model call as a row, and sums over calls, added up by the database.

The chat log writes the row in the transaction that appends the call; a call outside of any chat is added here. A price
that nobody knows stays unknown: it counts in `Spend.n_unpriced`, never as zero dollars.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date
from functools import cached_property
from typing import Any, Literal, get_args
from uuid import uuid4

import sqlalchemy as sa

from agents.chats import BUCKETS, Call, Price, Spend, Total, Usage
from agents.store.database import Reader, writing
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


def columns_of(call: Call, *, is_try: bool = False) -> dict[str, Any]:
    """Return the columns of a row of the ledger that come from the call itself, which was made to try an agent or
    not."""
    started_at = call.started_at
    started_at = started_at.replace(tzinfo=UTC) if started_at.tzinfo is None else started_at.astimezone(UTC)
    return {
        **{name: getattr(call, name) for name in _OWN_COLUMNS},
        "purpose": "try" if is_try else call.purpose,
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
    """Reads of the table of calls, each on an index; and what is called outside of any chat, whose team is ""."""

    def add(self, call: Call) -> None:
        """Record a call outside of any chat, with the tries before it that failed."""
        rows = [
            {"chat_id": f"{call.purpose}:{uuid4().hex}", "seq": 1, "team_name": "", **columns_of(each)}
            for each in (*call.failed_before, call)
        ]
        with writing(self.db) as connection:
            connection.execute(sa.insert(ledger), rows)

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
        their number; over all chats, for what screens ask (`_OF_DAYS`), with that of the calls made since it was asked
        last."""
        if chat is None and {by, split_by} <= {*_OF_DAYS, None}:
            return self._days.totals(by, split_by, since)
        keys = [_COLUMNS[dimension] for dimension in (by, split_by) if dimension]
        of_chat = sa.true() if chat is None else ledger.c.chat_id == chat
        rows = self.read(_sums(keys, of_chat, _since(since)).order_by(*keys))
        return [Total(str(row[0]), str(row[1]) if split_by else "", _spend_of(row[len(keys) :])) for row in rows]

    @cached_property
    def _days(self) -> "_DayTotals":
        return _DayTotals(self.db)


class _DayTotals(Reader):
    """What all chats spent on each day, by all that screens ask for. Calls are only ever added, so a day is added up
    anew when it has more of them than before: today, most often alone. Safe to use from many threads."""

    def __init__(self, db: sa.Engine):
        super().__init__(db)
        self._days: dict[str, list[tuple[tuple[str, ...], Spend]]] = {}
        """Day -> (the values of `_OF_DAYS`, what was spent there)."""

    def totals(self, by: Dimension, split_by: Dimension | None, since: date | None) -> list[Total]:
        """As `Ledger.totals_by`."""
        n_calls = {day: n for day, n in self.read(_N_CALLS.where(_since(since)).group_by(ledger.c.day))}
        known = self._days
        changed = [day for day in n_calls if sum(spend.n_calls for _, spend in known.get(day, ())) != n_calls[day]]
        if changed:
            known = self._days = {**known, **self._read(changed)}
        place, part = _OF_DAYS.index(by), _OF_DAYS.index(split_by) if split_by else None
        found: dict[tuple[str, str], Spend] = {}
        for day in n_calls:
            for values, spend in known[day]:
                key = values[place], values[part] if part is not None else ""
                found[key] = found.get(key, Spend()) + spend
        return [Total(*key, found[key]) for key in sorted(found)]

    def _read(self, days: list[str]) -> dict[str, list[tuple[tuple[str, ...], Spend]]]:
        keys = [_COLUMNS[dimension] for dimension in _OF_DAYS]
        read = defaultdict[str, list[tuple[tuple[str, ...], Spend]]](list)
        for row in self.read(_sums(keys, ledger.c.day.in_(days)).order_by(*keys)):
            read[row[0]].append((tuple(row[: len(keys)]), _spend_of(row[len(keys) :])))
        return read


_OF_DAYS: tuple[Dimension, ...] = ("day", "team", "model", "connection", "purpose")
_N_CALLS = sa.select(ledger.c.day, sa.func.count())


def _since(day: date | None) -> sa.ColumnElement[bool]:
    return sa.true() if day is None else ledger.c.day >= day.isoformat()


def _sums(keys: Sequence[sa.ColumnElement[Any]], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(*keys, *_COUNTED.values(), *_SPENT.values()).where(*where).group_by(*keys)


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
