"""How a server is reached: a program's input and output, or Streamable HTTP at an address. Called by `session`.

Programs do not use the `mcp` package's own transport: a line that never ends must not fill the memory, and no program
may outlive the studio (see `process_guard`). Redirects of an address to another origin are not followed (the `mcp`
package sees to that), so headers go to the server only.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from agents.plain_text import valid_json
from agents.sandbox import process_guard
from agents.tools.mcp.schema_sanitizer import clean

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
KEPT = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER")
"""Variables that a program gets from this process; all others may be secrets."""
END_S = 4.0
PATIENCE_S = 1.0
"""The process guard needs twice as long, and less than `END_S`."""
MAX_STDERR_CHARS, MAX_SHOWN_CHARS = 2_000, 300


class Program:
    """One run of a server's program. `streams` is the transport that `mcp.Client` takes."""

    def __init__(
        self, command: str, args: Sequence[str], env: Mapping[str, str], folder: Path, gone: Callable[[], None]
    ):
        self._command, self._args, self._env, self._folder = command, args, env, folder
        self._gone = gone
        """Called when it ends by itself."""
        self._stderr = ""
        self._exit_code: int | None = None
        self._too_long = self._is_gone = False

    @property
    def end_reason(self) -> str:
        """Why it ended, for people, and the last line it printed as an error."""
        if self._too_long:
            return f"It sent a message of more than {MAX_MESSAGE_BYTES // 2**20} MiB and was ended."
        if not self._is_gone:
            return ""
        if self._exit_code == process_guard.CANNOT_START and self._stderr.startswith(repr(self._command)):
            return self._stderr  # the guard's
        ended = "It ended." if self._exit_code is None else f"It ended with code {self._exit_code}."
        last = self._stderr.rpartition("\n")[2][-MAX_SHOWN_CHARS:]
        return f'{ended} It last printed "{last}".' if last else ended

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[Any, None]:
        """Start the program; give (read, write); end the program. OSError when there is no such folder."""
        their_end, lifeline = os.pipe()
        guard = [sys.executable, "-I", "-S", process_guard.__file__, str(their_end), str(PATIENCE_S), ""]
        try:
            process = await asyncio.create_subprocess_exec(
                *(*guard, self._command, *self._args),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={name: os.environ[name] for name in KEPT if name in os.environ} | dict(self._env),
                cwd=self._folder,
                start_new_session=True,
                pass_fds=(their_end,),
                limit=MAX_MESSAGE_BYTES,
            )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(their_end)
        incoming, read = anyio.create_memory_object_stream[Any](0)
        write, outgoing = anyio.create_memory_object_stream[Any](0)
        tasks = [
            asyncio.create_task(self._read_stderr(process)),
            asyncio.create_task(self._receive(process, incoming)),
            asyncio.create_task(_send(process, outgoing)),
        ]
        try:
            yield read, write
        finally:
            os.close(lifeline)
            await _end(process)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for stream in (incoming, read, write, outgoing):
                stream.close()

    async def _receive(self, process: asyncio.subprocess.Process, incoming: Any) -> None:
        """Pass on each line that is a message, and ignore what else the program prints. Closes the stream
        once the program is gone, so that whoever waits for an answer hears of it."""
        assert process.stdout is not None
        try:
            await _pass_on(process.stdout, incoming)
            self._gone()  # at once: nobody shall call it now
            with contextlib.suppress(TimeoutError):
                self._exit_code = await asyncio.wait_for(process.wait(), END_S)
        except ValueError:  # what asyncio says of a line beyond the limit
            self._too_long = True
        self._is_gone = True
        self._gone()
        incoming.close()
        while await process.stdout.read(65_536):  # or asyncio never sees that it ended
            continue

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while text := await process.stderr.read(4_096):
            self._stderr = clean((self._stderr + text.decode("utf-8", "replace"))[-MAX_STDERR_CHARS:])


async def _pass_on(lines: asyncio.StreamReader, incoming: Any) -> None:
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # nobody listens any more
        while line := await lines.readline():
            for text in (line, _valid_text(line)):
                with contextlib.suppress(ValueError):
                    message = jsonrpc_message_adapter.validate_json(text, by_name=False)
                    await incoming.send(SessionMessage(message))
                    break


def _valid_text(line: bytes) -> bytes:
    """Return the line without invalid characters, for which a message would be passed over; as it is when it is no
    JSON."""
    try:
        return json.dumps(valid_json(json.loads(line)), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return line


async def _send(process: asyncio.subprocess.Process, outgoing: Any) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # it is gone; the reader says so
        async for message in outgoing:
            process.stdin.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
            await process.stdin.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input and the lifeline: the guard ends the rest, unless it was stopped."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), END_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    # asyncio closes it only once the pipes end, which a process that inherited them can delay
    process._transport.close()  # type: ignore[attr-defined]
    await asyncio.sleep(0)


if TYPE_CHECKING:
    import httpx2

CONNECT_S = 15.0


class Address:
    """A server's address. `streams` is the transport that `mcp.Client` takes."""

    def __init__(self, url: str, headers: Mapping[str, str], *, read_s: float):
        self._url, self._headers, self._read_s = url, headers, read_s
        self._status = 0
        """Of the last answer."""
        self._is_too_long = False

    @property
    def end_reason(self) -> str:
        """Why it cannot be used, for people, by its last answer."""
        if self._is_too_long:
            return f"It sent an answer of more than {MAX_MESSAGE_BYTES // 2**20} MiB."
        match self._status:
            case 401 | 403:
                return f"It refuses access (HTTP {self._status}); give it a key as a header."
            case 404 | 405:
                return f"There is no MCP server at that path (HTTP {self._status})."
            case status if status >= 400:
                return f"It answered with HTTP {status}."
        return ""

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[Any, None]:
        """Give (read, write) while it is entered; nothing is sent before the first message."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        timeout = httpx2.Timeout(CONNECT_S, read=self._read_s)
        headers = {"Accept-Encoding": "identity", **self._headers}
        hooks = {"response": [self._limit_size]}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=timeout, event_hooks=hooks) as client,
            streamable_http_client(self._url, http_client=client, max_sse_event_size=MAX_MESSAGE_BYTES) as streams,
        ):
            yield streams

    async def _limit_size(self, response: "httpx2.Response") -> None:
        import httpx2

        address = self

        class Bounded(httpx2.AsyncByteStream):
            """The answer's bytes, up to the limit."""

            def __init__(self, stream: Any):
                self._stream = stream

            async def __aiter__(self) -> AsyncIterator[bytes]:
                n_bytes = 0
                async for part in self._stream:
                    n_bytes += len(part)
                    if n_bytes > MAX_MESSAGE_BYTES:
                        address._is_too_long = True
                        raise httpx2.ReadError("an answer that is too long")
                    yield part

            async def aclose(self) -> None:
                await self._stream.aclose()

        self._status = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx2.ReadError("an answer that is compressed, though that was not wanted")  # of any size, unpacked
        if not response.headers.get("content-type", "").startswith("text/event-stream"):  # whose events are bounded
            response.stream = Bounded(response.stream)
