"""Servers at an address: called, late, gone, refusing, and answering too much."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from agents.cancellation import drain
from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.tools.mcp import McpError, Server, Sessions
from agents.tools.mcp.session import SlowError
from tests.support.mcp_http_server import server as served
from tests.support.mcp_servers import text
from tests.support.waiting import allowed_s, wait_until


def at(url: str, headers: dict[str, str] | None = None) -> Server:
    spec = McpServerSpec(name="remote", kind="http", url=url, timeout_s=20)
    return Server(spec, McpSecrets(headers=headers or {}), "1")


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The server of `served.py` at an address, until the block ends."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        web = uvicorn.Server(uvicorn.Config(served.streamable_http_app(), log_level="error", lifespan="on"))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            web.should_exit = True
            thread.join(20)


@contextmanager
def answering(status: int, body: bytes = b"", **headers: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An address that answers everything with that, and the headers of each request it got."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{web.server_address[1]}/mcp", seen
        finally:
            web.shutdown()
            thread.join(10)


class TestCalling:
    def test_its_tools_are_listed_and_called_also_once_it_was_started_again(self, sessions: Sessions):
        with serving() as url:
            port = int(url.split(":")[2].partition("/")[0])
            assert {"add", "fail"} <= {tool.name for tool in sessions.tools(at(url)).tools}
            assert text(drain(sessions.call(at(url), "add", {"a": 2, "b": 3}))) == "5"
            assert drain(sessions.call(at(url), "fail", {"why": "no such row"})).is_error
        with pytest.raises(McpError):
            drain(sessions.call(at(url), "add", {"a": 2, "b": 3}))
        with serving(port):
            assert text(drain(sessions.call(at(url), "add", {"a": 2, "b": 4}))) == "6"

    def test_a_result_of_megabytes_comes_and_one_without_bounds_does_not(self, sessions: Sessions):
        with serving() as url:
            assert len(text(drain(sessions.call(at(url), "long", {"n_chars": 3_000_000})))) == 3_000_000
            with pytest.raises(McpError):
                drain(sessions.call(at(url), "long", {"n_chars": 20_000_000}))
            assert text(drain(sessions.call(at(url), "add", {"a": 1, "b": 1}))) == "2"

    def test_a_call_that_is_given_up_is_cancelled_there_and_over_here_at_once(self, sessions: Sessions, tmp_path: Path):
        with serving() as url:
            call = sessions.call(at(url), "wait", {"folder": str(tmp_path), "name": "a"})
            while not (tmp_path / "a-begun").exists():
                assert next(call) == ""
            start = time.monotonic()
            call.close()
            assert time.monotonic() - start < allowed_s(0.2)
            wait_until(lambda: (tmp_path / "a-cancelled").exists())
            assert text(drain(sessions.call(at(url), "add", {"a": 2, "b": 3}))) == "5"


class TestFailing:
    @pytest.mark.parametrize(
        ("status", "why"),
        [(401, "refuses access (HTTP 401)"), (404, "no MCP server at that path"), (500, "answered with HTTP 500")],
    )
    def test_why_it_refuses_is_told_without_the_key(self, sessions: Sessions, status: int, why: str):
        with answering(status, b"bad key sesame-4711") as (url, seen), pytest.raises(McpError) as error:
            sessions.tools(at(url, {"X-Api-Key": "sesame-4711"}))
        assert why in str(error.value)
        assert "sesame" not in str(error.value)
        assert seen[0]["x-api-key"] == "sesame-4711"

    def test_nobody_there_is_told(self, sessions: Sessions):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(McpError, match="It cannot be reached: All connection attempts failed"):
                sessions.tools(at(f"http://127.0.0.1:{unused.getsockname()[1]}/mcp"))

    def test_headers_follow_no_redirect_to_another_place(self, sessions: Sessions):
        with answering(200) as (elsewhere, seen), answering(307, location=elsewhere) as (url, asked):
            with pytest.raises(McpError):
                sessions.tools(at(url, {"X-Api-Key": "sesame-4711"}))
            assert asked
            assert seen == []

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"x" * 17 * 2**20, {"content_type": "application/json"}),
            (b"data: " + b"x" * 17 * 2**20, {"content_type": "text/event-stream"}),
            (b"\x1f\x8b", {"content_type": "application/json", "content_encoding": "gzip"}),
            (b"<html>", {"content_type": "text/html"}),
            (b"{", {"content_type": "application/json"}),
        ],
    )
    def test_an_answer_that_is_none_is_an_error(self, tmp_path, body: bytes, headers: dict[str, str]):
        sessions = Sessions(tmp_path / "home", start_s=10)
        with answering(200, body, **headers) as (url, seen), pytest.raises(McpError):
            sessions.tools(at(url))
        assert seen
        sessions.close()

    def test_a_late_answer_is_given_up(self, sessions: Sessions):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            patient = Sessions(sessions._home, start_s=0.5)
            with pytest.raises(SlowError):
                patient.tools(at(f"http://127.0.0.1:{silent.getsockname()[1]}/mcp"))
            patient.close()
