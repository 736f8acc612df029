"""Tables of what a chat took and cost, as pandas frames with one row for each turn, span or total.

Unknown stays unknown: a cost of which nothing is known is NaN, never 0, and tables say beside sums how many calls they
leave out. A local model's cost is 0 on purpose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd

from agents.chats import BUCKETS, Spend, Total
from agents.insight.turns import Span, Turn, Turns
from agents.text.recordings import price_of_recording
from agents.text.spend import price_text

SPEND_COLUMNS = ("n_calls", "n_failed", *BUCKETS, "n_tokens", "n_uncounted", "cost_usd", "n_unpriced", "price")
"""What a table tells of a `Spend`. `price` says in words how `cost_usd`, which is NaN when unknown, is known."""

TURN_COLUMNS = (
    "turn", "agent", "start", "end", "duration_s", "model_s", "human_s", "first_token_s", *SPEND_COLUMNS, "failures",
    "method", "outcome", "seq",
)  # fmt: skip


def spend_columns(spend: Spend, price: str = "") -> tuple[Any, ...]:
    """Return the values of `SPEND_COLUMNS`; `price` stands in place of how the cost is known."""
    return (
        spend.n_calls,
        spend.n_failed,
        *(getattr(spend.usage, bucket) for bucket in BUCKETS),
        spend.n_tokens,
        spend.n_uncounted,
        spend.known_cost_usd,
        spend.n_unpriced,
        price or price_text(spend),
    )


def turns_frame(turns: Sequence[Turn], now: datetime) -> pd.DataFrame:
    """Return one row for each turn, ascending. Times aware UTC; what still lasts has no end and a duration up to `now`.

    The price of what a script's recording took says that it is recorded. `duration_s` leaves out the time in which the
    chat lay ended.
    """
    rows = [
        (
            turn.turn,
            turn.agent,
            turn.start,
            turn.end,
            ((turn.end or max(now, turn.start)) - turn.start).total_seconds() - turn.idle_s,
            turn.spend.duration_s,
            turn.human_s,
            turn.first_token_s,
            *spend_columns(turn.spend, price_of_recording(turn.recording) if turn.recording else ""),
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
    """Return one row for each span: turn, lane, kind, start, end (`now` while it lasts), text, lasts."""
    rows = [{**asdict(span), "end": span.end or max(now, span.start), "lasts": span.end is None} for span in spans]
    frame = pd.DataFrame(rows, columns=["turn", "lane", "kind", "start", "end", "text", "lasts"])
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def totals_frame(totals: Iterable[Total], price: str = "") -> pd.DataFrame:
    """Return one row for each total, in the order given: key, part and `SPEND_COLUMNS`; `price` as there."""
    rows = [(total.key, total.part, *spend_columns(total.spend, price)) for total in totals]
    return pd.DataFrame(rows, columns=["key", "part", *SPEND_COLUMNS]).astype({"cost_usd": "float64"})


def dearest_first(totals: Iterable[Total]) -> list[Total]:
    """Return `totals` by known cost, those that are free or unknown by their tokens, the highest first."""
    return sorted(totals, key=lambda total: (total.spend.cost_usd, total.spend.n_tokens), reverse=True)


def cumulative(totals: Iterable[Total], value: str, *, max_points: int = 600) -> pd.DataFrame:
    """Return running sums, what had been used when each turn was over: index turn, a column for each agent.

    `totals` are by turn (key) and agent (part, SELECTION too); `value` is "cost_usd" or "n_tokens". Of more than
    `max_points` turns an even choice is kept, the last one always; each kept value is exact. Unknown values add
    nothing: say so beside the chart.
    """
    rows = [(int(total.key), total.part, getattr(total.spend, value)) for total in totals]
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows, columns=["turn", "agent", value])
    table = frame.pivot(index="turn", columns="agent", values=value).fillna(0.0).sort_index().cumsum()
    step = -(-len(table) // max_points)
    return table.iloc[::-1].iloc[::step].iloc[::-1] if step > 1 else table


def turns_of(turns: Turns, first: int, last: int) -> tuple[list[Turn], list[Span]]:
    """Return the turns `first` to `last` (both included) and their spans."""
    return (
        [turn for turn in turns.turns if first <= turn.turn <= last],
        [span for span in turns.spans if first <= span.turn <= last],
    )
