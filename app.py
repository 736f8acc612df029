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
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from agents.errors import OutageError, StudioError
from agents.settings import Settings
from agents.web.browser_cookie import BrowserCookie
from agents.web.browser_security import LIVE, BrowserSecurity, inline_scripts
from agents.web.file_download import PLOTLY, FileRoute, plotly_script
from agents.web.page_style import PageStyle
from agents.web.websocket_feed import Feed
from pages import MAIN
from pages.components.person import use

GC_EVERY_S = 30
"""Streamlit's own collection after every rerun is off (.streamlit/config.toml): it costs 50 ms and more each."""

BASE = f"/{st.get_option('server.baseUrlPath').strip('/')}".rstrip("/")
"""The path below which a proxy forwards; "" when the studio has a host of its own."""
ALLOWED_ORIGINS = st.get_option("server.corsAllowedOrigins")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
STREAMLIT_PAGE = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")


def _give_up(error: StudioError) -> NoReturn:
    """End before anything is open: the server would print a traceback around the reason."""
    print(f"studio: {error}", file=sys.stderr, flush=True)
    os._exit(1)


try:
    SETTINGS = Settings.from_env()
except StudioError as error:
    _give_up(error)

_feeds: list[Feed] = []
_files: list[FileRoute] = []


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Everything this process owns, from its first page to its end."""
    gc.disable()  # what is loaded now stays; to look through it again and again is a sixth of the start
    from agents.studio import Studio
    from agents.worker.supervisor import Supervisor

    try:
        studio = await asyncio.to_thread(Studio.open, SETTINGS)
    except StudioError as error:
        _give_up(error)
    feed = Feed(studio.store, SETTINGS.home, allowed_origins=ALLOWED_ORIGINS)
    supervisor = Supervisor(SETTINGS)
    use(studio, feed.sign)
    _feeds.append(feed)
    _files.append(FileRoute(studio.store, SETTINGS.home, feed.access))
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
    gc.enable()
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


def known_hosts() -> set[str] | None:
    """The names that this server has where only this machine reaches it; None where that is not for it to say."""
    if st.get_option("server.address") not in LOOPBACK:
        return None
    hosts = (urlsplit(address).hostname for address in (SETTINGS.url, *ALLOWED_ORIGINS))
    return {host for host in hosts if host}


app = st.App(
    MAIN,
    lifespan=lifespan,
    routes=[
        WebSocketRoute(BASE + LIVE, live),
        Route(f"{BASE}/files/{PLOTLY}", plotly_script),
        Route(f"{BASE}/files/{{sha256}}", files),
        *(Route(f"{path}/healthz", healthz) for path in dict.fromkeys(("", BASE))),  # who asks may not be the proxy
    ],
    middleware=[
        Middleware(
            BrowserSecurity,
            inline_scripts=inline_scripts(STREAMLIT_PAGE),
            allowed_origins=ALLOWED_ORIGINS,
            embedded_in=SETTINGS.embedded_in,
            known_hosts=known_hosts(),
        ),
        Middleware(BrowserCookie),
        Middleware(PageStyle, page=STREAMLIT_PAGE),
    ],
)

if __name__ == "__main__":
    app.run()
