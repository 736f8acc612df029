"""What the package index says, read from a real server; and which names are nearly those of popular packages."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agents.sandbox import index, pip_settings

LONG_AGO = (datetime.now(UTC) - timedelta(days=900)).isoformat()
LATELY = (datetime.now(UTC) - timedelta(days=3)).isoformat()


def file(name: str, **more: Any) -> dict[str, Any]:
    return {"filename": name, "url": "x", "upload-time": LONG_AGO, **more}


PAGES: dict[str, Any] = {
    "steady": {
        "files": [
            file("steady-1.0-py3-none-any.whl"),
            file("steady-1.10-py3-none-any.whl"),
            file("steady-1.9.tar.gz"),
            file("steady-2.0rc1-py3-none-any.whl"),
            file("steady-3.0-py3-none-any.whl", yanked="broken"),
            file("steady-4.0-py3-none-any.whl", **{"requires-python": ">=99"}),
            file("not a file name"),
        ]
    },
    "fresh": {"files": [file("fresh-0.1-py3-none-any.whl", **{"upload-time": LATELY})]},
    "source": {"files": [file("source-1.0.tar.gz")]},
    "elsewhere": {"files": [file("elsewhere-1.0-py3-none-any.whl", **{"requires-python": "<3"})]},
    "left": {"project-status": {"status": "quarantined"}, "files": [file("left-1.0-py3-none-any.whl")]},
    "plain": '<a href="x" data-requires-python="&gt;=3.8">plain-1.5-py3-none-any.whl</a>',
}


class Index(ThreadingHTTPServer):
    """A package index that speaks the simple API."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.asked: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Page(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        name = self.path.strip("/").rpartition("/")[2]
        self.server.asked.append(name)
        page = PAGES.get(name)
        is_html = isinstance(page, str)
        body = page.encode() if isinstance(page, str) else json.dumps(page).encode()
        self.send_response(self.server.status if page is not None or self.server.status != 200 else 404)
        self.send_header("Content-Type", "text/html" if is_html else "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that pip on this machine is set to use, as PIP_INDEX_URL says it."""
    with Index() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
        _forget()
        yield server
        server.shutdown()
    _forget()


def _forget() -> None:
    pip_settings.pip_settings.cache_clear()
    index._remembered.clear()


class TestLookingUp:
    def test_the_newest_version_that_fits_is_found(self, served: Index):
        assert index.looked_up("Steady") == ("1.10", [])

    def test_an_index_that_speaks_html_is_understood(self, served: Index):
        assert index.looked_up("plain") == ("1.5", [])

    @pytest.mark.parametrize(
        ("name", "doubt"),
        [
            ("nothing-of-the-kind", "There is no package of this name"),
            ("fresh", "uploaded 3 days ago"),
            ("source", "its own code runs in the sandbox"),
            ("elsewhere", "fits this Python"),
            ("left", "quarantined"),
            ("reqeusts", "'requests'"),
        ],
    )
    def test_what_speaks_against_a_package_is_said(self, served: Index, name: str, doubt: str):
        assert doubt in " ".join(index.looked_up(name)[1])

    def test_it_is_asked_once_and_remembered(self, served: Index):
        index.looked_up("steady")
        index.looked_up("STEADY")
        assert served.asked == ["steady"]

    def test_an_index_that_is_down_is_said_and_not_remembered(self, served: Index):
        served.status = 503
        version, doubts = index.looked_up("steady")
        assert version == ""
        assert doubts == ["The package index cannot be reached from here (HTTP 503), so an install will fail as well."]
        served.status = 200
        assert index.looked_up("steady") == ("1.10", [])

    def test_offline_is_said_without_the_address(self, served: Index):
        served.shutdown()
        served.server_close()
        (doubt,) = index.looked_up("steady")[1]
        assert "cannot be reached" in doubt
        assert "127.0.0.1" not in doubt

    @pytest.mark.parametrize("name", ["../../admin", "x y", "a/b", "http://x.example"])
    def test_what_is_no_name_is_not_asked_for(self, served: Index, name: str):
        assert index.looked_up(name)[0] == ""
        assert served.asked == []


class TestLookAlikes:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("reqeusts", "requests"),
            ("numppy", "numpy"),
            ("pandsa", "pandas"),
            ("python-requests", "requests"),
            ("beautifulsoup", "beautifulsoup4"),
            ("scikitlearn", "scikit-learn"),
            ("matplotlb", "matplotlib"),
        ],
    )
    def test_a_name_one_slip_away_is_flagged(self, name: str, meant: str):
        assert index.look_alike(name) == meant

    @pytest.mark.parametrize("name", ["requests", "Requests", "scikit_learn", "left-pad", "zebra", "rich", "ty"])
    def test_a_popular_name_and_a_name_of_its_own_are_not(self, name: str):
        assert index.look_alike(name) == ""
