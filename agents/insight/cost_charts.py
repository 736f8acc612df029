"""The cost figures: what a chat or many chats used, by turn, agent, model, day and team, in dollars or tokens.

Figures draw what is known; what is not (an unknown price) is left out of them and has to be said beside them, in
words of `agents.text.spend.price_text`.
"""

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from agents.chats import BUCKETS
from agents.insight.palette import TOKEN_COLORS
from agents.plain_text import shorten
from agents.text.spend import dollars

Value = Literal["cost_usd", "n_tokens"]

VALUE_AXES: dict[Value, dict[str, object]] = {
    "cost_usd": {"title": "Cost (US$)", "tickprefix": "$", "exponentformat": "none", "separatethousands": True},
    "n_tokens": {"title": "Tokens", "tickformat": ",d"},
}
"""Written out: plotly's own axis would go on from 5000 with 10k, and from $0.001 with $500μ."""
VALUE_HOVERS: dict[Value, str] = {"cost_usd": "$%{y:,.4~r}", "n_tokens": "%{y:,.0f} tokens"}
ROW_PX = 38
MAX_LABEL_CHARS = 26
MOST_DAYS_NAMED = 8
LEAST_DAYS = 7
"""Fewer would be bars as wide as the chart."""
DAY = pd.Timedelta(days=1)


def cumulative_steps(table: pd.DataFrame, value: Value, *, labels: dict[str, str], colors: dict[str, str]) -> go.Figure:
    """Running sums by turn (see `frames.cumulative`) as steps stacked by agent, the first of `labels` at the bottom.

    Each step is as wide as its turn; an agent whose sum is 0 (free, or unknown) has no layer.
    """
    figure = go.Figure()
    table = table.loc[:, table.iloc[-1] > 0]
    first, last = int(table.index[0]), int(table.index[-1])
    table = pd.concat([table[:0].reindex([first - 1]).fillna(0.0), table, table[-1:].set_axis([last + 1])])
    for agent in [name for name in labels if name in table.columns]:
        figure.add_scatter(
            x=table.index,
            y=table[agent],
            name=labels[agent],
            mode="lines",
            line={"shape": "hv", "width": 1.5, "color": colors[agent]},
            stackgroup="all",
            fillcolor=_faded(colors[agent]),
            hovertemplate=f"{VALUE_HOVERS[value]}<extra>%{{fullData.name}}</extra>",
        )
    return _laid_out(figure, height=340).update_layout(
        xaxis={"title": "Turn", "tickformat": ",d", "showgrid": False},
        yaxis={"rangemode": "tozero", **VALUE_AXES[value]},
        hovermode="x unified",
    )


FREE = ("free, local", "rehearsed")
"""Prices that need no number."""


def cost_bars(sums: pd.DataFrame, names: pd.Series, colors: list[str]) -> go.Figure:
    """`sums` (see `frames.totals_frame`) as a bar of dollars each, in the order given from the top. Unknown costs say
    so."""
    texts = [
        price if pd.isna(cost) or price in FREE else dollars(cost) + (f" + {price}" if n_unpriced else "")
        for cost, price, n_unpriced in zip(sums["cost_usd"], sums["price"], sums["n_unpriced"], strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=sums["cost_usd"].fillna(0.0),
            y=list(range(len(sums))),
            marker={"color": colors},
            text=texts,
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    widest = float(sums["cost_usd"].max()) if sums["cost_usd"].notna().any() else 0.0
    figure.update_xaxes(range=[0, widest * 1.35 or 1.0], tickprefix="$", showticklabels=False)
    return _rows(figure, names)


def token_bars(sums: pd.DataFrame, names: pd.Series) -> go.Figure:
    """`sums` as a bar of tokens each, in the order given from the top, split into exclusive buckets."""
    figure = go.Figure()
    for name, bucket in BUCKETS.items():
        if sums[name].sum():
            figure.add_bar(
                orientation="h",
                x=sums[name],
                y=list(range(len(sums))),
                name=bucket.label,
                marker={"color": TOKEN_COLORS[name]},
                hovertemplate="%{x:,.0f} tokens<extra>%{fullData.name}</extra>",
            )
    figure.update_layout(barmode="stack", xaxis={"tickformat": ",d"})
    return _rows(figure, names)


def day_bars(totals: pd.DataFrame, value: Value, colors: dict[str, str]) -> go.Figure:
    """Totals by day (key) and group (part) as a stacked bar for each day, a colour for each group, up to the last
    day that has one."""
    figure = go.Figure()
    for group in colors:
        some = totals[totals["part"] == group]
        figure.add_bar(
            x=pd.to_datetime(some["key"]),
            y=some[value].fillna(0.0),
            width=0.7 * DAY.total_seconds() * 1_000,
            name=shorten(group, MAX_LABEL_CHARS),
            marker={"color": colors[group]},
            hovertemplate=f"%{{x|%d %b %Y}}<br>{VALUE_HOVERS[value]}<extra>%{{fullData.name}}</extra>",
        )
    figure.update_layout(barmode="stack")
    first, last = pd.to_datetime(totals["key"].min()), pd.to_datetime(totals["key"].max())
    return _laid_out(figure, height=320).update_layout(
        xaxis=_days(first, last), yaxis={"rangemode": "tozero", **VALUE_AXES[value]}
    )


def _days(first: pd.Timestamp, last: pd.Timestamp) -> dict[str, object]:
    """Return an axis of whole days, the last one named, none after it."""
    first = min(first, last - (LEAST_DAYS - 1) * DAY)
    n_days = (last - first).days + 1
    step = -(-n_days // MOST_DAYS_NAMED)
    form = "%d %b" if first.year == last.year else "%d %b %Y"
    named = [last - n * DAY for n in range(0, n_days, step)]
    return {"range": [first - DAY / 2, last + DAY / 2], "tickvals": named, "tickformat": form, "showgrid": False}


def _rows(figure: go.Figure, names: pd.Series) -> go.Figure:
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[shorten(name, MAX_LABEL_CHARS) for name in names],
        range=[len(names) - 0.4, -0.6],
        automargin=True,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(zeroline=False, fixedrange=True)
    return _laid_out(figure, height=(110 if figure.layout.barmode else 60) + ROW_PX * len(names))


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        bargap=0.3,
        dragmode=False,
        uirevision=True,
    )


def _faded(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.45)"
