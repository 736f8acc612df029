"""A model server whose replies are written beforehand: real HTTP, real streams, real failures, and a full record.

Speaks the OpenAI chat completions API (streamed or not) on one asyncio thread, so that hundreds of chats cost little.
Without a script every reply is a function of its prompt alone, so equal prompts give equal chats. Knows nothing of
the studio. In a test: `with ScriptedServer() as server: ... server.base_url`. To outlive what is being killed:
`with ScriptedProcess() as server:` or `python -m tests.support.scripted_server --port 0 --latency-ms 50 --log FILE`.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.scripted_replies import MODELS, Item, Record, Reply, Request, answer, as_reply
from tests.support.waiting import WITHIN_S

Script = list[Item] | Callable[[Request], Item | None]


class PeerClosed(Exception):
    """The client is gone; nobody reads on."""


class _Reader(asyncio.StreamReader):
    """A reader that tells at once when the peer has closed, even while nobody reads."""

    def __init__(self) -> None:
        super().__init__(limit=2**26)
        self.gone = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.gone.set()

    def set_exception(self, exc: BaseException) -> None:
        super().set_exception(exc)  # type: ignore[arg-type]
        self.gone.set()


class ScriptedServer:
    """Listens from `__enter__` to `__exit__`; every request is in `records`, in order of arrival."""

    def __init__(
        self, *, latency_ms: float = 0, piece_ms: float = 0, log: Path | str | None = None, port: int = 0
    ) -> None:
        self.latency_ms = latency_ms
        """Delay of each reply's first byte."""
        self.piece_ms = piece_ms
        """Delay between two pieces of a streamed reply."""
        self.listed: dict[str, dict[str, Any]] = {}
        """Further models that are listed, each with what the server tells of it."""
        self.gather = 0
        """Replies are held back until so many requests have come in all: proof that they are under way together."""
        self.records: list[Record] = []
        self.embeddings: Callable[[dict[str, Any]], tuple[int, Any]] | None = None
        """Returns (status, body) for the body of a request for embeddings; None: there is no such address."""
        self.port = port
        self.n_connections = 0
        """TCP connections accepted so far."""
        self._log = open(log, "a", encoding="utf-8", buffering=1) if log else None  # noqa: SIM115
        self._scripts: dict[tuple[str, str], deque[Item] | Callable[[Request], Item | None]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._changed = threading.Condition()
        self._gathered = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-server", daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(WITHIN_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()
        if self._log:
            self._log.close()

    def script(self, replies: Script, *, of: str = "reply", model: str = "") -> None:
        """From now on answer with `replies`: a list is used up in order, a callable is asked each time (None: default).

        `of`: "reply" for ordinary prompts, "select" for speaker selection. `model`: only requests for that model.
        An item is a text, a `Reply`, or a fault's name such as "fault-429". An empty list goes back to the default.
        """
        with self._changed:
            self._scripts[of, model] = replies if callable(replies) else deque(replies)

    def totals(self) -> dict[str, int]:
        """Tokens counted over all requests that were answered to their end."""
        with self._changed:
            counted = [record.usage for record in self.records if record.outcome == "ok" and record.usage]
        names = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
        return {name: sum(usage[name] for usage in counted) for name in names}

    def wait_for(self, condition: Callable[[list[Record]], Any], timeout_s: float = WITHIN_S) -> Any:
        """The first true value of `condition(records)`, asked after every change; AssertionError when none comes."""
        with self._changed:
            value = self._changed.wait_for(lambda: condition(self.records), timeout_s)
        assert value, f"not within {timeout_s:g} s: {[(r.model, r.outcome) for r in self.records]}"
        return value

    # The HTTP side, all on the loop's thread.

    async def _listen(self) -> None:
        def protocol() -> asyncio.StreamReaderProtocol:
            reader = _Reader()
            self.n_connections += 1
            return asyncio.StreamReaderProtocol(reader, lambda _, writer: self._serve(reader, writer))

        self._server = await self._loop.create_server(protocol, "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        try:
            while not reader.gone.is_set():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.rstrip().split("\r\n")
                method, path, _ = first.split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if not await self._answer(method, path.partition("?")[0], headers, body, reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # the client, or the test, has ended
        finally:
            writer.close()

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, reader: _Reader, writer: Any
    ) -> bool:
        """True when the connection may carry another request."""
        if method == "GET" and path.endswith("/models"):
            listed = {name: {"object": "model", "created": 0, "owned_by": "tests"} for name in MODELS} | self.listed
            data = [{"id": name, **about} for name, about in listed.items()]
            return await self._send(writer, 200, {"object": "list", "data": data})
        if path == "/requests":
            return await self._send(writer, 200, {"requests": [asdict(record) for record in self.records]})
        if path == "/control":
            return await self._send(writer, 200, self._control(json.loads(body or b"{}")))
        if self.embeddings is not None and path.endswith("/embeddings"):
            return await self._send(writer, *self.embeddings(json.loads(body)))
        if method != "POST" or not path.endswith("/chat/completions"):
            return await self._send(writer, 404, {"error": {"message": f"no such path: {path}"}})
        request = Request.of(path, headers, json.loads(body), len(self.records) + 1)
        reply = self._reply(request)
        record = Record.of(request, reply)
        with self._changed:
            self.records.append(record)
            self._changed.notify_all()
        try:
            record.outcome = await self._complete(request, reply, record, reader, writer)
        except (PeerClosed, ConnectionError):
            record.outcome = "closed by client"
        finally:
            record.duration_s = round(time.time() - record.at, 4)
            with self._changed:
                self._changed.notify_all()
            if self._log:
                self._log.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
        return record.outcome not in ("closed by client", "dropped")

    def _control(self, order: dict[str, Any]) -> dict[str, Any]:
        for name in {"latency_ms", "piece_ms"} & order.keys():
            setattr(self, name, float(order[name]))
        if "script" in order:
            items = [Reply(**item) if isinstance(item, dict) else str(item) for item in order["script"]]
            self.script(list(items), of=order.get("of", "reply"), model=order.get("model", ""))
        if order.get("clear"):
            with self._changed:
                self._scripts.clear()
                self.records.clear()
        return {"ok": True, "n_requests": len(self.records)}

    def _reply(self, request: Request) -> Reply:
        of = "select" if request.is_selection else "reply"
        for key in ((of, request.model), (of, "")):
            script = self._scripts.get(key)
            item = script.popleft() if isinstance(script, deque) and script else None
            item = script(request) if script is not None and callable(script) else item
            if item is not None:
                return as_reply(item, request)
        is_first = (request.model, request.prompt_hash) not in self._seen
        self._seen.add((request.model, request.prompt_hash))
        return answer(request, is_first=is_first)

    async def _complete(self, request: Request, reply: Reply, record: Record, reader: _Reader, writer: Any) -> str:
        if self.gather:
            if len(self.records) >= self.gather:
                self._gathered.set()
            await self._gathered.wait()
        await self._pause(reader, self.latency_ms / 1000 + reply.delay_s)
        if reply.is_silent:
            await reader.gone.wait()
            raise PeerClosed
        if reply.drop_after == 0:
            return "dropped"
        if reply.status != 200 or reply.body is not None:
            await self._send(writer, reply.status, reply.body if reply.body is not None else {}, reply.headers)
            return str(reply.status)
        if not request.is_stream:
            await self._send(writer, 200, reply.completion(request), reply.headers)
            record.n_pieces = 1
            return "ok"
        lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "transfer-encoding: chunked"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        waiting = "\r\n".join(lines).encode() + b"\r\n\r\n"
        pause_s = reply.piece_delay_s or self.piece_ms / 1000
        for piece in reply.pieces(request):
            if reply.drop_after is not None and record.n_pieces >= reply.drop_after:
                writer.write(waiting)
                return "dropped"
            waiting += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
            record.n_pieces += 1
            if pause_s or reply.waits_for:
                writer.write(waiting)
                waiting = b""
                await self._pause(reader, pause_s)
            while reply.waits_for and not reply.waits_for.is_set():
                await self._pause(reader, 0.01)
        writer.write(waiting + b"0\r\n\r\n")
        await writer.drain()
        return "ok"

    async def _pause(self, reader: _Reader, seconds: float) -> None:
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.gone.wait(), seconds)
        if reader.gone.is_set():
            raise PeerClosed

    async def _send(self, writer: Any, status: int, body: Any, headers: dict[str, str] | None = None) -> bool:
        kind = "text/html" if isinstance(body, str) and body.lstrip().startswith("<") else "application/json"
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        fields = {"content-type": kind, "content-length": str(len(content)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode() + content)
        await writer.drain()
        return True


class ScriptedProcess:
    """The same server as a process of its own: it lives on while workers are killed."""

    def __init__(self, log: Path | str, *, latency_ms: float = 0, piece_ms: float = 0) -> None:
        self.log = Path(log)
        self._command = [sys.executable, "-m", "tests.support.scripted_server", "--port", "0", "--log", str(log)]
        self._command += ["--latency-ms", str(latency_ms), "--piece-ms", str(piece_ms)]
        self.base_url = ""

    def __enter__(self) -> Self:
        root = Path(__file__).parents[2]
        self._child = subprocess.Popen(self._command, cwd=root, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout
        self.base_url = json.loads(self._child.stdout.readline())["base_url"]
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait(WITHIN_S)
        assert self._child.stdout
        self._child.stdout.close()

    def records(self) -> Iterator[dict[str, Any]]:
        """What was requested so far, open requests included."""
        url = self.base_url.removesuffix("/v1") + "/requests"
        with urllib.request.urlopen(url, timeout=WITHIN_S) as response:
            yield from json.load(response)["requests"]

    def control(self, **order: Any) -> None:
        """Sets script (with `of`, `model`), latency_ms, piece_ms; `clear=True` forgets scripts and records."""
        url = self.base_url.removesuffix("/v1") + "/control"
        request = urllib.request.Request(url, json.dumps(order).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=WITHIN_S) as response:
            response.read()


def main() -> None:
    """Serves until killed; prints one JSON line with the address when ready."""
    parser = argparse.ArgumentParser(description="A model server with scripted replies.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--piece-ms", type=float, default=0)
    parser.add_argument("--log", default=None)
    chosen = parser.parse_args()
    with ScriptedServer(
        latency_ms=chosen.latency_ms, piece_ms=chosen.piece_ms, log=chosen.log, port=chosen.port
    ) as server:
        print(json.dumps({"base_url": server.base_url}), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
