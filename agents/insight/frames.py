"""Tables of what a chat took and cost, as pandas frames with one row for each turn, stretch of time or model call.

Unknown stays unknown: a missing price or token count is NaN, never 0, and sums say beside them how many calls they
leave out. A local model's cost is 0 on purpose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter
from typing import Protocol

import pandas as pd

from agents.insight.turns import Span, Turn, Turns
from agents.text.money import price_text

TOKEN_BUCKETS = ("input_uncached", "input_cached", "output", "reasoning")
"""Exclude each other; their sum is what the server counted."""

TURN_COLUMNS = (
    "turn", "agent", "start", "end", "duration_s", "model_s", "human_s", "first_token_s", *TOKEN_BUCKETS, "n_tokens",
    "cost_usd", "price", "n_calls", "n_unpriced", "failures", "method", "outcome", "seq",
)  # fmt: skip

CALL_COLUMNS = (
    "turn", "agent", "purpose", "connection", "model", "outcome", *TOKEN_BUCKETS, "n_tokens", "cost_usd",
    "price_source", "price_as_of", "first_token_s", "duration_s",
)  # fmt: skip

SUM_COLUMNS = (
    "n_calls", "n_failed", *TOKEN_BUCKETS, "n_tokens", "n_uncounted", "cost_usd", "n_priced", "n_unpriced", "n_local",
    "n_rehearsed", "duration_s", "first_token_s", "price",
)  # fmt: skip


class Call(Protocol):
    """A model call as the ledger has it; no value where nobody knows."""

    @property
    def turn(self) -> int: ...
    @property
    def agent(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def connection(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def input_uncached(self) -> int | None: ...
    @property
    def input_cached(self) -> int | None: ...
    @property
    def output(self) -> int | None: ...
    @property
    def reasoning(self) -> int | None: ...
    @property
    def cost_usd(self) -> float | None: ...
    @property
    def price_source(self) -> str: ...
    @property
    def price_as_of(self) -> str: ...
    @property
    def first_token_s(self) -> float | None: ...
    @property
    def duration_s(self) -> float: ...


class Total(Protocol):
    """The ledger's sum over some calls of all chats."""

    @property
    def key(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def n_calls(self) -> int: ...
    @property
    def n_failed(self) -> int: ...
    @property
    def input_uncached(self) -> int: ...
    @property
    def input_cached(self) -> int: ...
    @property
    def output(self) -> int: ...
    @property
    def reasoning(self) -> int: ...
    @property
    def cost_usd(self) -> float: ...
    @property
    def n_unpriced(self) -> int: ...


def turns_frame(turns: Sequence[Turn], now: datetime) -> pd.DataFrame:
    """One row for each turn, ascending. Times aware UTC; what still lasts has no end and a duration up to `now`.

    `cost_usd` is what is known of the cost: NaN when calls were made and none has a known price. `price` says in
    words how it is known. `duration_s` leaves out the time in which the chat lay ended.
    """
    rows = [
        (
            turn.turn,
            turn.agent,
            turn.start,
            turn.end,
            ((turn.end or max(now, turn.start)) - turn.start).total_seconds() - turn.idle_s,
            turn.model_s,
            turn.human_s,
            turn.first_token_s,
            turn.input_uncached,
            turn.input_cached,
            turn.output,
            turn.reasoning,
            turn.input_uncached + turn.input_cached + turn.output + turn.reasoning,
            turn.cost_usd,
            price_text(turn.n_priced, turn.n_unpriced, turn.n_local, turn.n_rehearsed),
            turn.n_calls,
            turn.n_unpriced,
            ", ".join(turn.failures).replace("_", " "),
            turn.method.replace("_", " "),
            turn.outcome,
            turn.seq,
        )
        for turn in turns
    ]
    frame = pd.DataFrame(rows, columns=list(TURN_COLUMNS))
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame.astype({"first_token_s": "float64", "cost_usd": "float64", "seq": "Int64"})


def spans_frame(spans: Iterable[Span], now: datetime) -> pd.DataFrame:
    """One row for each stretch of time: turn, lane, kind, start, end (`now` while it lasts), text, lasts."""
    rows = [{**asdict(span), "end": span.end or max(now, span.start), "lasts": span.end is None} for span in spans]
    frame = pd.DataFrame(rows, columns=["turn", "lane", "kind", "start", "end", "text", "lasts"])
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def calls_frame(calls: Iterable[Call]) -> pd.DataFrame:
    """One row for each model call, in the order given; NaN where the price or the tokens are unknown."""
    columns = [column for column in CALL_COLUMNS if column != "n_tokens"]
    frame = pd.DataFrame(map(attrgetter(*columns), calls), columns=columns)
    numbers = (*TOKEN_BUCKETS, "cost_usd", "first_token_s", "duration_s")
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    return frame.assign(n_tokens=frame[list(TOKEN_BUCKETS)].sum(axis=1, min_count=1))


def totals_frame(totals: Iterable[Total]) -> pd.DataFrame:
    """One row for each of the ledger's totals, in the order given, with `n_tokens`, and the cost as in `sums`."""
    columns = ["key", "part", "n_calls", "n_failed", *TOKEN_BUCKETS, "cost_usd", "n_unpriced"]
    frame = pd.DataFrame(map(attrgetter(*columns), totals), columns=columns)
    frame["n_tokens"] = frame[list(TOKEN_BUCKETS)].sum(axis=1)
    frame["n_priced"] = (frame["n_calls"] - frame["n_failed"] - frame["n_unpriced"]).clip(lower=0)
    frame["n_local"] = frame["n_priced"].where(frame["cost_usd"] == 0, 0)
    frame["n_rehearsed"] = 0  # a sum does not say it; the connection's name does
    return honest(frame)


def sums(calls: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """`calls` (see `calls_frame`) summed by the columns `by`, dearest first, then by tokens.

    `cost_usd` is NaN where calls with an unknown price are all that could have cost something; `n_unpriced` and
    `n_uncounted` say how many calls the sums leave out. `first_token_s` is the median.
    """
    is_used = (calls["outcome"] == "ok") | calls["n_tokens"].notna()
    marked = calls.assign(
        n_calls=1,
        n_failed=calls["outcome"] != "ok",
        n_uncounted=is_used & calls["n_tokens"].isna(),
        n_priced=calls["cost_usd"].notna(),
        n_unpriced=is_used & calls["cost_usd"].isna(),
        n_local=calls["price_source"] == "local",
        n_rehearsed=calls["price_source"] == "rehearsed",
    )
    groups = marked.groupby(by, sort=False, dropna=False)
    counts = [column for column in SUM_COLUMNS if column.startswith("n_")]
    frame = groups[[*counts, *TOKEN_BUCKETS]].sum().astype("int64").join(groups[["cost_usd", "duration_s"]].sum())
    frame["first_token_s"] = groups["first_token_s"].median()
    return dearest_first(honest(frame).reset_index())


def dearest_first(sums: pd.DataFrame) -> pd.DataFrame:
    """`sums` by known cost, what is free or unknown by its tokens, the highest first."""
    order = sums.assign(known_usd=sums["cost_usd"].fillna(0.0)).sort_values(["known_usd", "n_tokens"], ascending=False)
    return order.drop(columns="known_usd").reset_index(drop=True)


def honest(sums: pd.DataFrame) -> pd.DataFrame:
    """`sums` with the cost of groups about which nothing is known as NaN, and with `price`: how it is known."""
    is_unknown = (sums["n_unpriced"] > 0) & (sums["cost_usd"] == 0)
    counts = zip(sums["n_priced"], sums["n_unpriced"], sums["n_local"], sums["n_rehearsed"], strict=True)
    return sums.assign(
        cost_usd=sums["cost_usd"].where(~is_unknown).astype("float64"),
        price=[price_text(*map(int, numbers)) for numbers in counts],
    )


def cumulative(calls: pd.DataFrame, value: str, *, max_points: int = 600) -> pd.DataFrame:
    """What had been used when each turn was over: index turn, a column for each agent (SELECTION too), running sums.

    `value` is "cost_usd" or "n_tokens". Of more than `max_points` turns an even choice is kept, the last one always;
    each kept value is exact. Unknown values add nothing: say so beside the chart.
    """
    if calls.empty:
        return pd.DataFrame()
    table = calls.pivot_table(index="turn", columns="agent", values=value, aggfunc="sum", observed=True).fillna(0.0)
    table = table.sort_index().cumsum()
    step = -(-len(table) // max_points)
    return table.iloc[::-1].iloc[::step].iloc[::-1] if step > 1 else table


def turns_of(turns: Turns, first: int, last: int) -> tuple[list[Turn], list[Span]]:
    """The turns `first` to `last` (both included) and their spans."""
    return (
        [turn for turn in turns.turns if first <= turn.turn <= last],
        [span for span in turns.spans if first <= span.turn <= last],
    )
