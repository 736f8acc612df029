"""Servers on this machine, found at their ports."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agents.models.local_servers import find_local_servers
from agents.specs.providers import PROVIDERS
from tests.support.dripping_server import dripping
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S, wait_until

OLLAMA, LM_STUDIO = PROVIDERS[0], PROVIDERS[2]


@contextmanager
def answering(body: Any, status: int = 200, delay_s: float = 0) -> Iterator[int]:
    """The port of something that answers every request so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(delay_s)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *words: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *about: None  # type: ignore[method-assign]  # whoever asked went away
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


class TestLooking:
    def test_a_server_is_found_with_the_models_that_chat(self, server: ScriptedServer):
        [found] = find_local_servers({server.port: OLLAMA})
        assert (found.provider, found.base_url) == (OLLAMA, f"http://localhost:{server.port}/v1")
        assert "scripted-1" in found.models

    def test_models_that_do_not_chat_are_left_out(self):
        names = ["nomic-embed-text", "qwen3:8b", "whisper-1", "bge-m3", "gpt-oss:20b", "text-embedding-3-small"]
        with answering({"object": "list", "data": [{"id": name} for name in names]}) as port:
            assert find_local_servers({port: OLLAMA})[0].models == ["qwen3:8b", "gpt-oss:20b"]

    @pytest.mark.parametrize("data", [None, 5, {"id": "m"}])
    def test_one_without_a_list_of_models_is_found_too(self, data: Any):
        with answering({"object": "list", "data": data}) as port:
            assert find_local_servers({port: OLLAMA})[0].models == []

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"<html></html>", 200),
            ({"hello": 1}, 200),
            ([], 200),
            ({"object": "list"}, 404),
            (b"[" * 9999, 200),
        ],
    )
    def test_something_else_at_the_port_is_no_model_server(self, body: Any, status: int):
        with answering(body, status) as port:
            assert find_local_servers({port: OLLAMA}) == []

    def test_one_that_hangs_is_waited_for_a_moment_only_and_hides_no_other(self, server: ScriptedServer):
        with answering({}, delay_s=5) as port:
            begun = time.monotonic()
            found = find_local_servers({port: OLLAMA, server.port: LM_STUDIO})
            assert time.monotonic() - begun < 4
            assert [each.provider.name for each in found] == ["lm-studio"]

    @pytest.mark.parametrize("of", ["head", "body"])
    def test_one_that_drips_its_answer_is_waited_for_a_moment_only(self, of: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agents.models.local_servers.ANSWER_S", 0.5)
        with dripping(b"HTTP/1.1 200 OK\r\n\r\n" if of == "body" else b"HTTP/1.1 200 OK\r\nX-Slow: ") as port:
            begun = time.monotonic()
            assert find_local_servers({port: OLLAMA}) == []
            assert time.monotonic() - begun < WITHIN_S / 2
        wait_until(lambda: "asking" not in {thread.name for thread in threading.enumerate()}, what="reading ends")

    def test_nothing_runs(self):
        assert find_local_servers({1: OLLAMA}) == []
