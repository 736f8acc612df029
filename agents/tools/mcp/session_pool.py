"""All connections of this process: made when first needed, shared, made again when they broke, ended with it.

One thread runs the event loop on which they live; other threads submit work and wait for it. Called by `ServedTool`,
and to list what a server has.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agents.cancellation import LOOK_UP_EVERY_S, drain
from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.tools.mcp.session import START_S, Listing, McpError, Session

IDLE_S = 300.0
"""A server that nobody called for so long is ended: a chat that waits holds nothing."""
END_S = 8.0

T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """A server as it is saved, with what it needs to be started."""

    spec: McpServerSpec
    secrets: McpSecrets
    version: str
    """Another one makes another connection."""


class Sessions:
    """Safe to use from many threads. Nothing is started before it is needed."""

    def __init__(self, home: Path, *, idle_s: float = IDLE_S, start_s: float = START_S):
        self._home, self._idle_s, self._start_s = home, idle_s, start_s
        self._lock = threading.Lock()  # guards the start and the end of the loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._sessions: dict[tuple[str, str], tuple[str, asyncio.Task[Session]]] = {}
        """(server, chat or "") -> (version, the session once it is open). Touched on the loop only."""
        self._made: list[Session] = []
        """All that were made and may still run."""

    def tools(self, server: Server) -> Listing:
        """Return what the server lists, from a connection made for this alone; McpError."""
        return drain(self._answer(self._list(server), 2 * self._start_s))

    def call(
        self, server: Server, tool: str, arguments: dict[str, Any], *, chat: str = "", folder: Path | None = None
    ) -> Generator[str, None, Any]:
        """Return the result of the call (`mcp_types.CallToolResult`); McpError says why there is none. `folder` is
        that of the chat's files, where a server for each chat is started.

        Yields "" until it is there. Closing it cancels the call: the server is told, and gets no further one, because
        it may not listen; it is ended once nobody else waits for it."""
        limit_s = self._start_s + server.spec.timeout_s
        return self._answer(self._call(server, tool, arguments, chat, folder), limit_s)

    @property
    def n_running(self) -> int:
        """How many servers can be called without being started first."""
        return sum(not session.is_gone for session in self._made)

    def close(self) -> None:
        """End all servers and cancel all calls; return within a few seconds. No call can be made after it."""
        with self._lock:
            self._is_closed = True
            loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end_all(), loop).result(END_S)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(END_S)
        loop.close()

    # -- on the loop

    async def _list(self, server: Server) -> Listing:
        session = await self._opened(server, "", None)
        try:
            return await session.tools()
        finally:
            await session.end()

    async def _call(self, server: Server, tool: str, arguments: dict[str, Any], chat: str, folder: Path | None) -> Any:
        chat = chat if server.spec.scope == "chat" else ""
        session = await self._session(server, chat, folder)
        if session.is_gone:  # between its start and now
            session = await self._session(server, chat, folder)
        return await session.call(tool, arguments)

    async def _session(self, server: Server, chat: str, folder: Path | None) -> Session:
        """Return the open session, of several that ask at once the same one."""
        key = (server.spec.name, chat)
        version, opening = self._sessions.get(key, ("", None))
        if opening is not None and opening.done():
            session = None if opening.cancelled() or opening.exception() else opening.result()
            if session is None or session.is_gone or version != server.version:
                opening = None
                if session is not None:
                    session.let_go()
        if opening is None:
            self._sessions = {of: kept for of, kept in self._sessions.items() if not _is_over(kept[1])}
            opening = asyncio.create_task(self._opened(server, chat, folder))
            self._sessions[key] = (server.version, opening)
        return await asyncio.shield(opening)

    async def _opened(self, server: Server, chat: str, folder: Path | None) -> Session:
        start_folder = self._home / "mcp" / server.spec.name
        for needed in (start_folder, *([folder] if chat and folder is not None else [])):
            needed.mkdir(mode=0o700, parents=True, exist_ok=True)
        session = Session(server.spec, server.secrets, start_folder, folder, idle_s=self._idle_s, start_s=self._start_s)
        self._made = [*(made for made in self._made if not made.is_over), session]
        await session.open()
        return session

    async def _end_all(self) -> None:
        """End the servers, whereupon calls fail by themselves, and cancel what is left."""
        await asyncio.gather(*(session.end() for session in self._made), return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # -- between the threads

    def _answer(self, work: Coroutine[Any, Any, T], limit_s: float) -> Generator[str, None, T]:
        deadline = time.monotonic() + limit_s + END_S
        future = self._submitted(work)
        try:
            while not concurrent.futures.wait([future], LOOK_UP_EVERY_S).done:
                if time.monotonic() > deadline:
                    raise McpError("It gave no answer in time.")
                yield ""
            return future.result()
        except (concurrent.futures.CancelledError, asyncio.CancelledError):
            raise McpError("The studio is ending; the call was cancelled.") from None
        finally:
            future.cancel()

    def _submitted(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        with self._lock:
            if self._is_closed:
                work.close()
                raise McpError("The studio is ending; the call was not made.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="mcp", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)


def _is_over(opening: "asyncio.Task[Session]") -> bool:
    if not opening.done():
        return False
    return opening.cancelled() or opening.exception() is not None or opening.result().is_gone
