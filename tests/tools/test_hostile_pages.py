"""Pages and addresses that mean no good: a name that is a pattern, and HTML that keeps a reader busy."""

import contextlib
import http.server
import resource
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.specs import SandboxSpec
from agents.tools import ToolContext
from agents.tools.builtin import web_page as web
from agents.tools.builtin.web_page import text_of
from agents.workspaces import Workspace

pytestmark = pytest.mark.processes


class Inner(http.server.BaseHTTPRequestHandler):
    """What is on this machine alone."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"of this machine alone")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def inner_port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Inner)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def use_of(page: str) -> tuple[float, int]:
    """Read the page; return the processor time of that, and the most KiB that any page so far has taken."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.suppress(UsageError):
        text_of(page)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss


@pytest.fixture(scope="module")
def reader() -> Iterator[Executor]:
    """A process whose only children read pages: what other tests started is not counted."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize(("host", "allowed"), [("*", "*"), ("*.localhost", "*.localhost")])
def test_a_host_written_like_the_pattern_itself_does_not_count_as_written_out(
    workspace: Workspace, inner_port: int, host: str, allowed: str
):
    context = ToolContext(workspace, None, SandboxSpec(allowed_hosts=[allowed]))
    with pytest.raises(UsageError, match=r"inside this network|cannot be found"):
        web.http_get(f"http://{host}:{inner_port}/", context)


@pytest.mark.parametrize("ip", ["::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1"])
def test_inner_addresses_in_old_notations_are_known(ip: str):
    assert not web._is_public(ip)


@pytest.mark.processes
class TestText:
    @pytest.mark.parametrize(
        "page",
        [
            "<svg>" * 80_000 + "</head>" * 80_000, "<" * 900_000, "<!--" * 220_000, "<a " + "a=" * 400_000,
            "<![" * 300_000, "&#" * 400_000, "<script>" * 110_000, "</" * 400_000, "<?" * 400_000,
            "<a x='" * 150_000, "<a =" * 200_000, "<a" + " =" * 400_000, "<p>" * 300_000, "<td" * 300_000,
            "&#" + "9" * 900_000, "<style></styl" * 70_000, "= '" * 300_000, " " * 900_000,
            "<div>" * 200_000, "<a " + " a".join(map(str, range(150_000))) + ">", "<table><tr><td>" * 60_000,
        ],
    )  # fmt: skip
    def test_every_page_is_read_or_refused_in_bounded_time_and_memory(self, page: str, reader: Executor):
        seconds, memory_kib = reader.submit(use_of, page).result()
        assert seconds < 7
        assert memory_kib < 1024 * 1024

    def test_a_page_that_cannot_be_read_in_time_is_refused_in_words(self):
        with pytest.raises(UsageError, match="too deeply nested"):
            text_of("<div>" * 200_000)

    def test_what_browsers_do_not_show_is_left_out(self):
        page = """<!doctype html><head><title>T</title><body><!-- <p>no</p> --><svg><svg><text>no</text></svg>no</svg>
        <SCRIPT>if (a < b) "</p>no"</SCRIPT><noscript>no</noscript><p title="a > b">yes</p><?no?></no>"""
        assert text_of(page) == "yes"

    def test_characters_and_signs_stay_what_they_are(self):
        assert text_of("1 < 2 &amp; 3&nbsp;&gt; 2&#8364;<br>K&ouml;ln <a title=it's>there</a>") == (
            "1 < 2 & 3 > 2€\nKöln there"
        )

    def test_the_reader_has_no_variables_and_finds_packages_of_this_user_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        script = tmp_path / "script.py"
        script.write_text(
            "import os, sys\nprint(sys.flags.no_user_site, sys.path[0] == os.getcwd(), 'HOME' in os.environ)"
        )
        monkeypatch.setattr(web, "SCRIPT", script)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert text_of("").split() == ["0", "False", "False"]
