"""One connection to a server, from its start until it ends or is idle for long; and what can go wrong with it.

Lives on the event loop of `session_pool`. A task of its own enters and leaves the client, as the `mcp` package demands;
calls may come from any other task.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from agents.specs.mcp_server import WORKSPACE, McpSecrets, McpServerSpec
from agents.tools.mcp.schema_sanitizer import UnfitError, clean, sanitized
from agents.tools.mcp.transports import Address, Program
from agents.version import DISTRIBUTION, __version__

SECRET_NAME = re.compile(r"key|token|secret|pass|auth|credential|cookie|session", re.IGNORECASE)
IN_ADDRESS = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
MIN_SECRET_CHARS = 6
"""Shorter values are no secrets; hiding them would make text unreadable."""


class McpError(Exception):
    """The server did not do what was asked; the text holds no secret and says what became of the call."""


class SlowError(McpError):
    """It did not answer in time."""


def without_secrets(text: str, secrets: McpSecrets) -> str:
    """`text` without the values that were given to the server to keep: servers repeat what they were started with."""
    found = [value for name, value in secrets.env.items() if SECRET_NAME.search(name)]
    found += [secret for value in secrets.env.values() for secret in IN_ADDRESS.findall(value)]
    for value in secrets.headers.values():
        found += [value, *value.split()]
    for secret in sorted(found, key=len, reverse=True):
        if len(secret) >= MIN_SECRET_CHARS:
            text = text.replace(secret, "***")
    return text


def cause(error: BaseException) -> str:
    """Return the first thing that went wrong, in a few words: libraries wrap it in groups and chains."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = " ".join(str(error).split())[:500]
    if type(error).__name__ in ("ConnectError", "ConnectTimeout"):
        return f"It cannot be reached: {text or 'no answer'}."
    return text if type(error).__name__ == "MCPError" and text else f"{type(error).__name__}: {text}".rstrip(": ")


PROTOCOL = "2025-11-25"
"""The version of the protocol by which entries of a list are checked."""


class FilteredSession:
    """A stream of messages in which each tool of a list is checked: the `mcp` package refuses a list as a whole."""

    def __init__(self, stream: Any, refused: list[str]):
        self._stream, self._refused = stream, refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return self._filtered(await self._stream.__anext__())

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> bool:
        return bool(await self._stream.__aexit__(*raised))

    def _filtered(self, item: Any) -> Any:
        result = getattr(getattr(item, "message", None), "result", None)
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            result["tools"] = [tool for tool in map(self._tool, result["tools"]) if tool is not None]
        return item

    def _tool(self, tool: Any) -> dict[str, Any] | None:
        """Return the entry as it is or, when it breaks the protocol, its usable part; None when there is none."""
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            self._refused.append("A tool is left out: it has no name.")
            return None
        if _is_valid(tool):
            return tool
        try:
            entry = {"name": tool["name"], "inputSchema": sanitized(tool.get("inputSchema"))}
            if isinstance(tool.get("description"), str):
                entry["description"] = tool["description"]
            if _is_valid(entry):
                return entry
            raise UnfitError("it breaks the protocol")
        except UnfitError as error:
            self._refused.append(f"The tool {clean(tool['name'], 80)!r} is left out: {error}.")
            return None


def _is_valid(tool: dict[str, Any]) -> bool:
    from mcp_types.methods import validate_server_result

    try:
        validate_server_result("tools/list", PROTOCOL, {"tools": [tool]})
    except ValueError:  # pydantic's is one
        return False
    return True


START_S = 120.0
"""For a server to start: npx and others load packages first."""
LEAVE_S = 4.5
"""A program gets most of it to end (see `transports`)."""
MAX_PAGES = 50
MAX_TOOLS = 200


@dataclass(frozen=True)
class Listing:
    """What a server lists."""

    tools: list[Any]
    """`mcp_types.Tool`s."""
    refused: list[str]
    """A sentence for each that breaks the protocol."""


class Session:
    """A connection to one server. `open` it first; once it is gone it stays gone."""

    def __init__(
        self,
        spec: McpServerSpec,
        secrets: McpSecrets,
        start_folder: Path,
        workspace: Path | None = None,
        *,
        idle_s: float,
        start_s: float,
    ):
        """`start_folder` is where a program is started. Never `workspace`, the folder of a chat's files: npx,
        `python -m` and their like first look for what they run where they are started, and agents' code writes there.
        """
        self._timeout_s, self._secrets, self._idle_s, self._start_s = spec.timeout_s, secrets, idle_s, start_s
        self._ending = asyncio.Event()
        self._opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._opened.add_done_callback(lambda opened: opened.cancelled() or opened.exception())  # somebody heard of it
        self._server = _server(spec, secrets, start_folder, workspace or start_folder, self.let_go)
        self._life: asyncio.Task[None] | None = None
        self._client: Any = None
        self._refused: list[str] = []
        self._n_calls, self._used_at = 0, time.monotonic()
        self._is_leaving = False
        """Whether it is ending by itself; that is not interrupted, because it ends its server."""
        self.is_gone = False
        """Whether no further call may be made."""

    async def open(self) -> None:
        """Start or reach the server; McpError says why that failed, and nothing of it is left then."""
        self._life = asyncio.create_task(self._live())
        try:
            self._client = await asyncio.wait_for(self._opened, self._start_s)
        except TimeoutError:
            raise SlowError(f"It did not answer within {self._start_s:g} s of its start.") from None
        finally:
            if self._client is None:
                await self.end()

    def let_go(self) -> None:
        """Take no new call, and end once those under way have their answers."""
        self.is_gone = True
        if not self._n_calls:
            self._ending.set()

    async def end(self) -> None:
        """End at once, calls under way too; return when nothing of the server is left here."""
        self.is_gone = True
        if self._life is None:
            return
        if not self._is_leaving:
            self._life.cancel()
        await asyncio.wait({self._life}, timeout=LEAVE_S)
        self._life.cancel()  # a server that keeps us from leaving, such as one that does not take the goodbye
        await asyncio.gather(self._life, return_exceptions=True)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the server is left here."""
        return self._life is not None and self._life.done()

    async def tools(self) -> "Listing":
        """Return all tools that the server lists, at most `MAX_TOOLS`."""
        found: list[Any] = []
        cursor = None
        for _ in range(MAX_PAGES):
            page = await self._within(self._client.list_tools(cursor=cursor, cache_mode="bypass"), self._start_s)
            found += page.tools
            cursor = page.next_cursor
            if not cursor or len(found) >= MAX_TOOLS:
                break
        return Listing(found[:MAX_TOOLS], self._refused)

    async def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        """Return the result (`mcp_types.CallToolResult`); McpError says why there is none."""
        try:
            return await self._within(self._client.call_tool(tool, arguments), self._timeout_s)
        except McpError as error:
            unknown = " Whether the call had its effect is not known." if self.is_gone else ""
            raise type(error)(f"{error}{unknown}") from error.__cause__

    async def _within(self, answer: Any, timeout_s: float) -> Any:
        """`answer` within the time. A server that is late, or whose call was cancelled, is not asked again: it may hang
        for good."""
        self._n_calls += 1
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            self.is_gone = True
            raise SlowError(f"It gave no answer within {timeout_s:g} s.") from None
        except asyncio.CancelledError:  # by then the package has told the server
            self.is_gone = True
            raise
        except Exception as error:
            self.is_gone = self.is_gone or isinstance(self._server, Address)  # whose session may be no more
            raise McpError(self._why(error)) from error
        finally:
            self._n_calls, self._used_at = self._n_calls - 1, time.monotonic()
            if self.is_gone:
                self.let_go()

    async def _live(self) -> None:
        try:
            from mcp import Client
            from mcp_types import Implementation

            logging.getLogger("mcp").setLevel(logging.CRITICAL)  # tracebacks of whatever a server sends
            info = Implementation(name=DISTRIBUTION, version=__version__)
            async with Client(self._streams(), client_info=info, cache=None) as client:
                # Its check of each result against the server's own schema: a lying server could keep it busy for ever.
                client.session.validate_tool_result = _unchecked  # type: ignore[method-assign]
                if not self._opened.done():
                    self._used_at = time.monotonic()
                    self._opened.set_result(client)
                    await self._until_idle()
                self.is_gone = self._is_leaving = True
        except Exception as error:  # noqa: BLE001  whoever waits for it hears of it
            if not self._opened.done():
                self._opened.set_exception(McpError(self._why(error)))
        finally:
            self.is_gone = True
            if not self._opened.done():  # it was ended while it started
                self._opened.set_exception(McpError("It was ended before it answered."))

    @asynccontextmanager
    async def _streams(self) -> AsyncGenerator[Any, None]:
        async with self._server.streams() as (read, write):
            yield FilteredSession(read, self._refused), write

    async def _until_idle(self) -> None:
        while not self._ending.is_set():
            left_s = self._used_at + self._idle_s - time.monotonic()
            if left_s <= 0 and not self._n_calls:
                return
            try:
                await asyncio.wait_for(self._ending.wait(), left_s if left_s > 0 else self._idle_s)
            except TimeoutError:
                continue

    def _why(self, error: BaseException) -> str:
        said = cause(error)
        known = self._server.end_reason
        if said in ("MCPError: Connection closed", "Connection closed", "Server returned an error response"):
            said = ""  # which says nothing
        return (
            clean(without_secrets(" ".join(filter(None, [known, said])), self._secrets)) or "The connection broke off."
        )


def _server(
    spec: McpServerSpec, secrets: McpSecrets, start_folder: Path, workspace: Path, gone: Any
) -> Program | Address:
    if spec.kind == "http":
        return Address(spec.url, secrets.headers, read_s=max(spec.timeout_s, START_S))
    args = [arg.replace(WORKSPACE, str(workspace)) if spec.scope == "chat" else arg for arg in spec.args]
    return Program(spec.command, args, secrets.env, start_folder, gone)


async def _unchecked(name: str, result: Any) -> None:
    return None
