"""The plotly chart that an HTML file holds, as data. What draws it there is agents' code, and is never run.

Reads what `plotly.io.write_html` wrote: one call of `Plotly.newPlot` whose arguments are JSON. Called by `preview` and
the file route, which draws the data with a page of its own.
"""

import json
import re
from pathlib import Path
from typing import Any

MAX_CHART_BYTES = 20_000_000
"""A chart that brings the whole of plotly along has about 5 MB."""

_CALL = "Plotly.newPlot("
_BETWEEN = re.compile(r"[\s,]*")


def figure_of(version: Path) -> dict[str, Any] | None:
    """Return the last chart in that file: {"data": [trace], "layout": {...}}; None when there is none that is JSON."""
    if version.stat().st_size > MAX_CHART_BYTES:
        return None
    return figure_in(version.read_text(encoding="utf-8", errors="replace"))


def figure_in(html: str) -> dict[str, Any] | None:
    """As `figure_of`, in the text of an HTML file."""
    begin = html.rfind(_CALL)
    if begin < 0:
        return None
    arguments: list[Any] = []
    position, decoder = begin + len(_CALL), json.JSONDecoder()
    try:
        for _ in ("element", "data", "layout"):
            argument, position = decoder.raw_decode(html, _skipped(html, position))
            arguments.append(argument)
    except (ValueError, RecursionError):
        if len(arguments) < 2:
            return None
    data, layout = arguments[1], arguments[2] if len(arguments) > 2 else {}
    return {"data": data, "layout": layout} if isinstance(data, list) and isinstance(layout, dict) else None


def _skipped(html: str, position: int) -> int:
    between = _BETWEEN.match(html, position)
    return between.end() if between else position
