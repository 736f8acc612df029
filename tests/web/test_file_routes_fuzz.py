"""Whatever is asked of the file routes, uploaded to them or kept by them: no traceback, not long, not much memory."""

import io
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from agents.errors import StudioError
from agents.web import feed_access
from agents.web.browser_security import BrowserSecurity
from agents.workspaces import Workspace
from agents.workspaces.attachments import discard, saved, told_with
from agents.workspaces.preview import preview
from tests.support.chat_with_files import CHART, PDF, png
from tests.support.fuzz import examples, harmless
from tests.web.test_file_download import CONTENTS, Files

N_REQUESTS, N_FILES, N_UPLOADS = 500, 300, 300
NAMES = st.text(max_size=300) | st.sampled_from(
    ["../../x", "a/b\\c.csv", "\0", "\r\nX: y", '"; x="', "..", "con.", "é" * 200, "a.zip", "x.svg", "y.html", "z.pdf"]
)  # fmt: skip
BEGINNINGS = [
    b"",
    b"%PDF-",
    b"GIF89a",
    b"<svg",
    png()[:40],
    CHART.encode()[:300],
    PDF[:60],
    b"PK\3\4",
    b"\xff\xfe",
    b"a,b\n",
]
PIECES = (
    st.sampled_from(BEGINNINGS)
    | st.binary(max_size=400)
    | st.sampled_from([b"[" * 9_000, b'"' * 9_000, b"\n,," * 3_000])
)
CONTENT = st.lists(PIECES, max_size=5).map(b"".join)
ANSWERS = {200, 400, 403, 404, 405}


@pytest.fixture
def files(store, home) -> Files:
    return Files(store, home)


class TestDownloads:
    @examples(N_REQUESTS)
    @given(
        which=st.sampled_from([*CONTENTS, "all.zip", "plotly.js"]) | NAMES,
        query=st.dictionaries(st.sampled_from(["name", "as", "keep", "token", "x"]), NAMES, max_size=4),
        has_token=st.booleans(),
    )
    @example(which="chart.html", query={"as": "chart", "name": "\ud7ff<script>"}, has_token=True)
    def test_no_request_does_harm(self, files, which, query, has_token, caplog, monkeypatch):
        monkeypatch.setattr(feed_access, "EVERY_S", 3600)
        asked = query | {"token": files.token} if has_token else query
        with harmless(caplog):
            answer = files.client.get(f"/files/{quote(files.sha256.get(which, which), safe='')}", params=asked)
        assert answer.status_code in ANSWERS
        if answer.status_code == 200 and which != "plotly.js":
            assert has_token
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "\n" not in answer.headers.get("content-disposition", "")


class TestKeptFiles:
    @examples(N_FILES)
    @given(name=NAMES, content=CONTENT)
    def test_none_does_harm_when_it_is_attached_described_and_shown(self, home, name, content, caplog):
        workspace = Workspace(home, "fuzzed")
        with harmless(caplog), suppress(StudioError), saved(workspace, [(name, io.BytesIO(content))]) as changes:
            told_with("Look.", changes, workspace)
            (change,) = changes
            kept = workspace.version(change.sha256)
            assert kept is not None
            assert kept.is_relative_to(home)
            preview(change.path, kept)
            discard(workspace, changes)


class TestUploads:
    @pytest.fixture
    def client(self) -> TestClient:
        """Streamlit's own route behind the studio's middleware, for a session that is always there."""
        kept = MemoryUploadedFileManager("/upload")
        runtime: Any = SimpleNamespace(is_active_session=lambda session: session == "s")
        routes = create_upload_routes(runtime, kept, "")
        return TestClient(Starlette(routes=routes, middleware=[Middleware(BrowserSecurity)]))

    @examples(N_UPLOADS)
    @given(
        session=st.sampled_from(["s", "x"]),
        file=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
        kind=st.sampled_from(
            ["multipart/form-data; boundary=b", "multipart/form-data", "text/plain", "multipart/x; boundary="]
        ),
        head=st.sampled_from(
            ['form-data; name="file"; filename="a"', "form-data", 'form-data; name="\\"; filename=', "x"]
        ),
        body=CONTENT,
        is_whole=st.booleans(),
        origin=st.sampled_from(["http://testserver", "http://evil.example", None]),
    )
    def test_no_upload_does_harm(self, client, session, file, kind, head, body, is_whole, origin, caplog):
        content = b"--b\r\nContent-Disposition: " + head.encode() + b"\r\n\r\n" + body
        headers = {"Content-Type": kind} | ({"Origin": origin} if origin else {})
        with harmless(caplog):
            answer = client.put(
                f"/_stcore/upload_file/{session}/{file}",
                content=content + (b"\r\n--b--\r\n" if is_whole else b""),
                headers=headers,
            )
        assert answer.status_code in {204, *ANSWERS}
        if origin == "http://evil.example":
            assert answer.status_code == 403
