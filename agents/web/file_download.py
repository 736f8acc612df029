"""Serves one version of one file of a chat or a team, to be shown or downloaded, to the holder of a token of it.

What agents and their code made is hostile: nothing of it runs in our origin. Images and PDFs are drawn by the browser
itself; a plotly chart in HTML is drawn from its data, by a page of ours in an isolated frame; all else is a download.
Served by `app.py`, with the tokens of the live feed.

    /files/<sha256>?name=a.png&token=...            shown when it is an image or a PDF, else downloaded
    /files/<sha256>?name=a.html&token=...&as=chart  a page that frames it
    /files/<sha256>?token=<its own>&as=frame        what that page frames, with a token for nothing else
    /files/all.zip?token=...                        the newest version of every file
    /files/plotly.js                                what draws charts
"""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import BinaryIO
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse

from agents.errors import NotFoundError
from agents.store import Store
from agents.web.feed_access import OF_TEAM, FeedAccess
from agents.workspaces import Workspace
from agents.workspaces.file_history import file_rows
from agents.workspaces.file_names import safe_name
from agents.workspaces.preview import figure_of, image_type
from agents.workspaces.team_files import TeamFiles

PLOTLY = "plotly.js"
"""The script of the plotly that is installed here."""
HEAD_BYTES = 4_096
ALL = "all.zip"
ZIPS_AT_ONCE = 2
"""Packing takes a processor, and room on the disk."""
PIECE_BYTES = 262_144

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=600",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOCKED_DOWN = "default-src 'none'; form-action 'none'; base-uri 'none'"
"""Who may frame it, the middleware adds (`browser_security`)."""
_AS_FILE = f"{_LOCKED_DOWN}; style-src 'unsafe-inline'; sandbox"
_AS_PDF = f"{_LOCKED_DOWN}; object-src 'self'; style-src 'unsafe-inline'"
"""Without "sandbox", in which Chromium shows no PDF; scripts in one run in the viewer's own world."""
_AS_CHART = f"{_LOCKED_DOWN}; frame-src 'self'; style-src 'unsafe-inline'"
"""Of the page around: from its frame nothing leads elsewhere, not even a link that carries what it knows."""

_AROUND, _CHART = (
    Path(__file__).with_name(name).read_text("utf-8") for name in ("chart_frame.html", "chart_page.html")
)
_DRAW = _CHART.rpartition("<script>")[2].partition("</script>")[0]
_DIGEST = base64.b64encode(hashlib.sha256(_DRAW.encode()).digest()).decode()
_IN_FRAME = (
    f"{_LOCKED_DOWN}; script-src 'self' 'unsafe-eval' 'sha256-{_DIGEST}'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; sandbox allow-scripts"
)
"""Of a frame without origin and network. Plotly draws many points with WebGL, whose programs it writes while it runs:
hence 'unsafe-eval'."""
_NO_CHART = (
    "<p>This page holds no plotly chart, and pages that agents made are not run here. Open it under Files to read its "
    "text, or download it.</p>"
)


class FileRoute:
    """The file route of one web process."""

    def __init__(self, store: Store, home: Path, access: FeedAccess):
        self._store, self._home, self._access = store, home, access
        self._zipping = asyncio.Semaphore(ZIPS_AT_ONCE)

    async def serve(self, request: Request) -> Response:
        """Return the file; 403 without a valid token, 404 when it is not kept."""
        claims = await self._access.verify(request.query_params.get("token"), "open a file")
        if claims is None:
            return _refuse("This link has expired. Open the chat again and download the file from there.", 403)
        name, sha256 = safe_name(request.query_params.get("name", "")), request.path_params["sha256"]
        chat, _, framed = claims.chat.partition("/")
        if sha256 == ALL and not framed:
            return await self._zip(chat)
        if framed and (framed != sha256 or request.query_params.get("as") != "frame"):
            return _refuse("This link is for the chart only.", 403)
        version = await asyncio.to_thread(self._version, chat, sha256)
        if version is None:
            return _refuse("This version of the file is not kept.", 404)
        match request.query_params.get("as"):
            case "chart":
                return _page_around(sha256, self._access.sign(f"{chat}/{sha256}", claims.person), name)
            case "frame" if framed:
                return await asyncio.to_thread(_framed, version)
            case _:
                return await asyncio.to_thread(_file, version, name, "keep" in request.query_params)

    async def _zip(self, chat: str) -> Response:
        async with self._zipping:
            packed = await asyncio.to_thread(self._packed, chat)
        if packed is None:
            return _refuse("There is no such chat.", 404)
        headers = {**_SAFE, "Content-Security-Policy": _AS_FILE, "Cache-Control": "no-store"}
        headers["Content-Disposition"] = f'attachment; filename="{chat}.zip"'
        headers["Content-Length"] = str(os.fstat(packed.fileno()).st_size)
        closing = BackgroundTask(packed.close)
        return StreamingResponse(_pieces(packed), media_type="application/zip", headers=headers, background=closing)

    def _packed(self, chat: str) -> BinaryIO | None:
        if not self._exists(chat):
            return None
        rows = file_rows(self._store.chats.file_log(chat))
        return Workspace(self._home, chat).zip_of(row.newest.change for row in rows)

    def _version(self, chat: str, sha256: str) -> Path | None:
        if chat.startswith(OF_TEAM):
            files = self._store.teams.files(chat.removeprefix(OF_TEAM))
            kept = next((file for file in files if file.sha256 == sha256), None)
            return TeamFiles(self._home).find(sha256) if kept else None
        return Workspace(self._home, chat).version(sha256) if self._exists(chat) else None

    def _exists(self, chat: str) -> bool:
        try:
            return self._store.chats.row(chat).deleted_at is None
        except NotFoundError:
            return False


async def plotly_script(_: Request) -> Response:
    """Return the script of the installed plotly; it holds nothing of ours, so it needs no token."""
    spec = find_spec("plotly")
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    script = folder / "package_data" / "plotly.min.js"
    if not script.is_file():
        return _refuse("There is no plotly here.", 404)
    headers = {"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(script, media_type="text/javascript", headers={"X-Content-Type-Options": "nosniff", **headers})


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _file(version: Path, name: str, is_kept: bool) -> Response:
    with version.open("rb") as file:
        head = file.read(HEAD_BYTES)
    image = image_type(head, name)
    if head.startswith(b"%PDF"):
        kind, policy = "application/pdf", _AS_PDF
    else:
        kind, policy = image or "application/octet-stream", _AS_FILE
    is_shown = not is_kept and kind not in ("application/octet-stream", "image/svg+xml")  # an <img> shows an SVG anyway
    return FileResponse(
        version,
        media_type=kind,
        filename=name,
        content_disposition_type="inline" if is_shown else "attachment",
        headers={**_SAFE, "Content-Security-Policy": policy},
    )


def _page_around(sha256: str, token: str, name: str) -> Response:
    source = f"{sha256}?{urlencode({'token': token, 'as': 'frame'})}"  # beside this page: a proxy may add a path
    page = _AROUND.format(title=escape(name), source=escape(source))
    return HTMLResponse(page, headers={**_SAFE, "Content-Security-Policy": _AS_CHART})


def _framed(version: Path) -> Response:
    """Return the page that draws the version's plotly chart: their data, our script; no script of theirs runs."""
    figure = figure_of(version)
    if figure is None:
        page = _CHART.partition("<div")[0] + _NO_CHART
    else:
        page = Template(_CHART).substitute(plotly=PLOTLY, figure=json.dumps(figure).replace("<", "\\u003c"))
    return HTMLResponse(page, headers={**_SAFE, "Content-Security-Policy": _IN_FRAME})


def _refuse(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers={**_SAFE, "Content-Security-Policy": _AS_FILE})
