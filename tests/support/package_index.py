"""A small package index that pip can install from: real wheels, the simple API, and a record of what was asked for."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agents import pip_settings
from agents.sandbox import package_index as index

LONG_AGO = (datetime.now(UTC) - timedelta(days=900)).isoformat()


def uploaded(**ago: float) -> dict[str, str]:
    """When a file came that long ago."""
    return {"upload-time": (datetime.now(UTC) - timedelta(**ago)).isoformat()}


LATELY = uploaded(days=3)["upload-time"]
JSON = "application/vnd.pypi.simple.v1+json"


def file(name: str, **more: Any) -> dict[str, Any]:
    """How an index lists a file."""
    return {"filename": name, "url": "x", "upload-time": LONG_AGO, "hashes": {}, **more}


class PackageIndex(ThreadingHTTPServer):
    """A package index that speaks the simple API."""

    def __init__(self, pages: dict[str, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.pages = dict(pages or {})
        """Name -> what is said of it: JSON, or HTML as text."""
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        """Names of the packages that were asked for, in order."""
        self.fetched: list[str] = []
        """Names of the files that were downloaded, in order."""
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"

    def add(self, package: str, version: str = "1.0", *, module: str | None = None, upload: str = LONG_AGO) -> None:
        """Lists a wheel of `package` that holds `module` (the package's own name when None, nothing when "")."""
        name = f"{package}-{version}-py3-none-any.whl"
        self._list(package, name, _wheel(package, version, package if module is None else module), upload)

    def add_source(self, package: str, version: str = "1.0") -> None:
        """Lists `package` as source only; its module's SEEN says what its build found in the workspace."""
        self._list(package, f"{package}-{version}.tar.gz", _source(package, version), LONG_AGO)

    def _list(self, package: str, name: str, content: bytes, upload: str) -> None:
        self.files[name] = content
        hashes = {"sha256": hashlib.sha256(self.files[name]).hexdigest()}
        page = self.pages.setdefault(package, {"meta": {"api-version": "1.0"}, "name": package, "files": []})
        page["files"].append(file(name, url=f"/files/{name}", hashes=hashes, **{"upload-time": upload}))

    def go_offline(self) -> None:
        """Nobody answers any more."""
        self.shutdown()
        self.server_close()


class _Page(BaseHTTPRequestHandler):
    server: PackageIndex

    def do_GET(self) -> None:
        name = self.path.strip("/").rpartition("/")[2]
        if self.path.startswith("/files/"):
            self.server.fetched.append(name)
            self._answer(200, self.server.files[name], "application/octet-stream")
            return
        self.server.asked.append(name)
        page = self.server.pages.get(name)
        status = self.server.status if page is not None or self.server.status != 200 else 404
        if isinstance(page, str):
            self._answer(status, page.encode(), "text/html")
        else:
            self._answer(status, json.dumps(page).encode(), JSON)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, pages: dict[str, Any] | None = None) -> Iterator[PackageIndex]:
    """An index that pip on this machine is set to use, as PIP_INDEX_URL says it."""
    with PackageIndex(pages) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
        forget()
        yield server
        server.shutdown()
    forget()


def forget() -> None:
    """What was looked up is looked up again."""
    pip_settings.pip_settings.cache_clear()
    index._remembered.clear()


BACKEND = """
import os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "{package}-{version}-py3-none-any.whl"
    about = "{package}-{version}.dist-info"
    content = {{
        about + "/METADATA": "Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n",
        about + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "{package}.py": "SEEN = " + repr(sorted(os.listdir("/workspace"))),
    }}
    content[about + "/RECORD"] = "".join(path + ",,\\n" for path in [*content, about + "/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return name
"""


def _source(package: str, version: str) -> bytes:
    """A package that brings what builds it, so that nothing else has to be fetched."""
    content = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(package=package, version=version),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(f"{package}-{version}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def _wheel(package: str, version: str, module: str) -> bytes:
    about = f"{package}-{version}.dist-info"
    content = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if module:
        content[f"{module}.py"] = f"VERSION = {version!r}\n"
    content[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in [*content, f"{about}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return packed.getvalue()
