"""The composition root: opens the one Studio of this process, starts its workers, and serves pages and live feed.

`streamlit run app.py` starts it, and so do `python app.py` and `uvicorn app:app`. What is opened here is closed here,
when the server is told to end. AutoGen is never imported in this process: workers do that.
"""

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from agents.errors import OutageError, StudioError
from agents.settings import Settings
from agents.web.browser_cookie import BrowserCookie
from agents.web.file_download import PLOTLY, FileRoute, plotly_script
from agents.web.websocket_feed import Feed
from pages import MAIN
from pages.components.person import use

GC_EVERY_S = 30
"""Streamlit's own collection after every rerun is off (.streamlit/config.toml): it costs 50 ms and more each."""

_feeds: list[Feed] = []
_files: list[FileRoute] = []


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Everything this process owns, from its first page to its end."""
    from agents.studio import Studio
    from agents.worker.supervisor import Supervisor

    try:
        settings = Settings.from_env()
        studio = await asyncio.to_thread(Studio.open, settings)
    except StudioError as error:
        print(f"studio: {error}", file=sys.stderr, flush=True)
        os._exit(1)  # the server would print a traceback around it; nothing is open yet
    feed = Feed(studio.store, settings.home, allowed_origins=st.get_option("server.corsAllowedOrigins"))
    supervisor = Supervisor(settings)
    use(studio, feed.sign)
    _feeds.append(feed)
    _files.append(FileRoute(studio.store, settings.home, feed.access))
    collecting = asyncio.create_task(_collect())
    supervisor.start()
    preparing = asyncio.create_task(asyncio.to_thread(studio.prepare))
    try:
        yield {}
    finally:
        _feeds.remove(feed)
        _files.clear()
        use(None)
        collecting.cancel()
        await feed.close()
        await asyncio.gather(preparing, return_exceptions=True)
        await asyncio.to_thread(supervisor.stop)
        await asyncio.to_thread(studio.close)


async def _collect() -> None:
    gc.collect()
    gc.freeze()
    while True:
        await asyncio.sleep(GC_EVERY_S)
        gc.collect()


async def live(socket: WebSocket) -> None:
    """One transcript's socket; see `agents.web.websocket_feed`."""
    if _feeds:
        await _feeds[-1].serve(socket)
    else:
        await socket.close(1013)


async def files(request: Request) -> Response:
    """A file of a chat; see `agents.web.file_download`."""
    try:
        return await _files[-1].serve(request) if _files else Response(status_code=503)
    except OutageError as outage:
        return PlainTextResponse(str(outage), status_code=503)


async def healthz(_: Request) -> Response:
    """200 while the studio is open."""
    return JSONResponse({"status": "ok" if _feeds else "closed"}, status_code=200 if _feeds else 503)


app = st.App(
    MAIN,
    lifespan=lifespan,
    routes=[
        WebSocketRoute("/live", live),
        Route(PLOTLY, plotly_script),
        Route("/files/{sha256}", files),
        Route("/healthz", healthz),
    ],
    middleware=[Middleware(BrowserCookie)],
)

if __name__ == "__main__":
    app.run()
