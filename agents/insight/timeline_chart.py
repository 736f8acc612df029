"""The timeline figures: turns as a Gantt with a lane for each agent, and where the work of a long chat lies.

A figure draws a stretch of at most a few hundred turns; `pages/timeline.py` chooses which. Waits for people may be
shortened: they keep their position and their hatching but take little width, so that minutes of work stay readable
beside a night of waiting.
"""

import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from agents.chats import RESULT, SELECTION
from agents.insight.axis import Axis, shortened_axis
from agents.insight.palette import FAILED_COLOR, REPLY_COLOR, SELECTION_COLOR, SPAN_LABELS, WAIT_COLOR
from agents.plain_text import shorten
from agents.text.numbers import span_text

LANE_PX = 44
MAX_LABEL_CHARS = 18


def gantt(
    spans: pd.DataFrame,
    *,
    labels: dict[str, str],
    colors: dict[str, str],
    timezone: str = "UTC",
    shortens_waits: bool = True,
) -> go.Figure:
    """The `spans` (see `frames.spans_frame`) as bars, one lane for each name in `labels`, in that order from the top.

    Waits shortened: x is seconds of work from the first span on. Else x is the time of day in `timezone`. Every bar's
    customdata is [turn, lane, kind]; the legend says what waits and failures look like, when there are any.
    """
    lanes = [name for name in labels if name not in (SELECTION, RESULT) or (spans["lane"] == name).any()]
    figure = go.Figure()
    if shortens_waits:
        axis = _shortened(spans)
        begins = np.interp(_seconds(spans["start"]), axis.knots, axis.drawn)
        widths = np.interp(_seconds(spans["end"]), axis.knots, axis.drawn) - begins
    else:
        begins = spans["start"].dt.tz_convert(timezone).dt.tz_localize(None)
        widths = (spans["end"] - spans["start"]).dt.total_seconds() * 1_000
    drawn = spans.assign(x=begins, width=widths, row=[lanes.index(lane) for lane in spans["lane"]])
    for kind in ("reply", "own", "tool", "code", "select", "wait", "failed"):
        some = drawn[drawn["kind"] == kind]
        if not some.empty:
            figure.add_trace(_bars(some, kind, labels, colors, timezone))
            if kind in ("wait", "tool", "code"):
                figure.add_trace(_legend_entry(kind))
            if kind == "failed":
                figure.add_trace(_crosses(some))
    figure.update_yaxes(
        tickvals=list(range(len(lanes))),
        ticktext=[shorten(labels[name], MAX_LABEL_CHARS) for name in lanes],
        range=[len(lanes) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    if shortens_waits and len(spans):
        end_s = float((drawn["x"] + drawn["width"]).max())
        ticks, texts, title = _work_axis(end_s)
        figure.update_xaxes(tickvals=ticks, ticktext=texts, title=title)
        figure.update_xaxes(range=[-0.01 * end_s - 0.05, 1.01 * end_s + 0.05])
    elif len(spans):
        figure.update_xaxes(type="date")
    figure.update_xaxes(showgrid=True, zeroline=False)
    figure.update_layout(
        barmode="overlay",
        bargap=0.35,
        height=110 + LANE_PX * len(lanes),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="closest",
        dragmode=False,  # a finger on the chart scrolls the page; the mode bar zooms and pans
        uirevision=True,
    )
    return figure


def overview(turns: pd.DataFrame, *, labels: dict[str, str], colors: dict[str, str], max_bars: int = 120) -> go.Figure:
    """Where the model time of a long chat lies: stacked bars of seconds by agent, each for the same number of turns."""
    first, last = int(turns["turn"].min()), int(turns["turn"].max())
    size = max(1, -(-(last - first + 1) // max_bars))
    begins = first + (turns["turn"] - first) // size * size
    table = turns.groupby([begins, "agent"])["model_s"].sum().unstack().fillna(0.0)
    figure = go.Figure()
    for agent in [name for name in labels if name in table.columns]:
        figure.add_bar(
            x=table.index + (size - 1) / 2,
            y=table[agent],
            width=size,
            name=labels[agent],
            marker={"color": colors[agent], "line": {"width": 0}},
            customdata=np.stack([table.index, np.minimum(table.index + size - 1, last)], axis=-1),
            hovertemplate="Turns %{customdata[0]} to %{customdata[1]}<br>%{y:.1f} s<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0,
        height=170,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        dragmode=False,
        xaxis={"title": "Turn", "tickformat": ",d", "range": [first - 0.5, last + 0.5], "fixedrange": True},
        yaxis={"title": "Model time (s)", "tickformat": ",.4~r", "fixedrange": True},
    )
    return figure


def _shortened(spans: pd.DataFrame) -> Axis:
    starts, ends = _seconds(spans["start"]).tolist(), _seconds(spans["end"]).tolist()
    return shortened_axis(zip(starts, ends, (spans["kind"] == "wait").tolist(), strict=True))


def _bars(spans: pd.DataFrame, kind: str, labels: dict[str, str], colors: dict[str, str], timezone: str) -> go.Bar:
    starts = spans["start"].dt.tz_convert(timezone)
    lengths = (spans["end"] - spans["start"]).dt.total_seconds()
    fill = [_color(kind, lane, colors) for lane in spans["lane"]]
    hover = [
        f"<b>{labels.get(lane, lane)}</b> · turn {turn}<br>{SPAN_LABELS[kind]}, {span_text(length)}"
        f"{' so far' if lasts else ''}<br>{start:%d %b %H:%M:%S}<br>{_wrapped(text)}"
        for turn, lane, length, lasts, start, text in zip(
            spans["turn"], spans["lane"], lengths, spans["lasts"], starts, spans["text"], strict=True
        )
    ]
    shade = 1 - 0.3 * (spans.groupby("lane").cumcount() % 2)  # tells turns apart that follow each other at once
    marker: dict[str, object] = {"color": fill, "opacity": shade, "line": {"color": fill, "width": 1}}
    marker |= _pattern(kind)
    return go.Bar(
        orientation="h",
        base=spans["x"],
        x=spans["width"],
        y=spans["row"],
        width=0.62 if kind != "select" else 0.42,
        marker=marker,
        hovertext=hover,
        hoverinfo="text",
        customdata=spans[["turn", "lane", "kind"]].to_numpy(),
        showlegend=False,
    )


def _pattern(kind: str) -> dict[str, object]:
    if kind == "wait":
        return {"pattern": {"shape": "/", "fillmode": "replace", "fgcolor": WAIT_COLOR, "size": 6, "solidity": 0.35}}
    shape = {"tool": ".", "code": "x"}.get(kind)
    return {"pattern": {"shape": shape, "size": 5, "solidity": 0.3}} if shape else {}


def _legend_entry(kind: str) -> go.Bar:
    marker: dict[str, object] = {"color": _color(kind, "", {"": REPLY_COLOR})}
    marker |= _pattern(kind)
    return go.Bar(orientation="h", x=[None], y=[None], name=SPAN_LABELS[kind], marker=marker, hoverinfo="skip")


def _crosses(failed: pd.DataFrame) -> go.Scatter:
    """A mark above each failed call, which may be too short to see."""
    return go.Scatter(
        x=failed["x"],
        y=failed["row"] - 0.42,
        mode="markers",
        name=SPAN_LABELS["failed"],
        marker={"symbol": "x", "size": 8, "color": FAILED_COLOR},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _color(kind: str, lane: str, colors: dict[str, str]) -> str:
    return {"wait": WAIT_COLOR, "failed": FAILED_COLOR, "select": SELECTION_COLOR}.get(
        kind, colors.get(lane, SELECTION_COLOR)
    )


def _seconds(times: pd.Series) -> np.ndarray:
    return times.astype("datetime64[us, UTC]").astype("int64").to_numpy() / 1e6


def _wrapped(text: str, width: int = 60, max_chars: int = 240) -> str:
    lines = textwrap.wrap(" ".join(text[:max_chars].split()), width)
    return "<br>".join(line.replace("&", "&amp;").replace("<", "&lt;") for line in lines)


def _work_axis(end_s: float, n: int = 7) -> tuple[list[float], list[str], str]:
    """Return where the marks of an axis of seconds stand, their texts, all in one unit, and its title, which names
    the unit."""
    rough = max(end_s, 0.1) / n
    nice = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
    step = next((size for size in nice if size >= rough), 86_400.0 * round(rough / 86_400 + 1))
    ticks = [place * step for place in range(int(end_s / step) + 1)]
    if step < 1:
        return ticks, [f"{tick:.1f}" for tick in ticks], "Work (s)"
    if ticks[-1] < 3_600:
        return ticks, [f"{int(tick) // 60}:{int(tick) % 60:02}" for tick in ticks], "Work (min:s)"
    texts = [f"{int(tick) // 3_600}:{int(tick) % 3_600 // 60:02}" for tick in ticks]
    return ticks, texts, "Work (h:min)"
