"""The page that draws a chart which agents' code made: their data, our script; no script of theirs runs.

It is shown in a frame without origin and without network. Called by the file route.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response

PLOTLY = "/files/plotly.js"
"""Where the script of the plotly that is installed here is served."""

_DRAW, _STYLE = (Path(__file__).with_suffix(ending).read_text(encoding="utf-8") for ending in (".js", ".css"))
_DIGEST = base64.b64encode(hashlib.sha256(_DRAW.encode()).digest()).decode()

POLICY = (
    "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    f"script-src 'self' 'unsafe-eval' 'sha256-{_DIGEST}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; worker-src blob:; sandbox allow-scripts"
)
"""Plotly draws many points with WebGL, whose programs it writes while it runs: hence 'unsafe-eval'."""

_NONE = (
    "<p>This page holds no plotly chart, and pages that agents made are not run here. Open it under Files to read its "
    "text, or download it.</p>"
)


def chart_page(figure: dict[str, Any] | None, headers: dict[str, str]) -> Response:
    """Return the page for `figure` (see `agents.workspaces.plotly_figure`), or one that says why there is nothing to
    draw."""
    body = _NONE
    if figure is not None:
        written = json.dumps(figure).replace("<", "\\u003c")
        body = (
            f'<div id="chart"></div><script type="application/json" id="figure">{written}</script>'
            f'<script src="{PLOTLY}"></script><script>{_DRAW}</script>'
        )
    html = f'<!doctype html><html><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>{body}</body></html>'
    return HTMLResponse(html, headers={**headers, "Content-Security-Policy": POLICY})
