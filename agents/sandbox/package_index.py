"""Looks a package up on the package index: whether it is there, its newest version, and what speaks against it.

Asks the index that pip on this machine is set to use, over its simple API, and downloads nothing else. What it answers
is remembered for some minutes. Addresses are never told: they may hold a password.
"""

import json
import re
import ssl
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.utils import canonicalize_name as canonical
from packaging.version import Version

from agents.pip_settings import index_urls, pip_settings
from agents.sandbox.code_block import NAME
from agents.text.numbers import count_text

if TYPE_CHECKING:
    import httpx2

POPULAR = Path(__file__).with_name("popular_packages.txt")
NEW_DAYS = 90
"""Younger than this, a package is too new to trust its name."""
REMEMBERED_S = 600.0
TIMEOUT_S = 10.0
MAX_BYTES = 32 * 1024 * 1024
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


@dataclass(frozen=True)
class Listing:
    """What an index has of one package."""

    newest: str
    """The newest version that this Python can install, "" when there is none."""
    has_wheel: bool
    """Whether that version comes ready-made."""
    first_at: datetime | None = None
    """When its first file was uploaded, where the index says it."""
    status: str = ""
    """Other than active: archived, deprecated or quarantined."""


def look_up(package: str) -> tuple[str, list[str]]:
    """(the newest version, or "" when none is known; why one should look twice, one sentence each)."""
    if not NAME.fullmatch(package):
        return "", [f"{package[:80]!r} is not a package's name."]
    import httpx2  # the openai package brings it; a process that looks nothing up never loads it

    doubts = []
    if twin := look_alike(package):
        doubts.append(f"Its name is nearly that of the popular package {twin!r}; it may be a typing error, or a trap.")
    try:
        listing = _listing(canonical(package))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        why = (
            f"HTTP {error.response.status_code}" if isinstance(error, httpx2.HTTPStatusError) else type(error).__name__
        )
        return "", [*doubts, f"The package index cannot be reached from here ({why}), so an install will fail as well."]
    if listing is None:
        return "", [*doubts, "There is no package of this name on the index. Models make names up; do without it."]
    if not listing.newest:
        doubts.append("None of its versions fits this Python.")
    elif not listing.has_wheel:
        doubts.append("It comes as source only: its own code runs in the sandbox while it is built.")
    if listing.first_at and (days := (datetime.now(UTC) - listing.first_at).days) < NEW_DAYS:
        ago = f"{count_text(days, 'day')} ago" if days else "less than a day ago"
        doubts.append(f"It is new: its first version was uploaded {ago}.")
    if listing.status:
        doubts.append(f"The index marks it as {listing.status}.")
    return listing.newest, doubts


def look_alike(package: str) -> str:
    """Return the popular package that `package` is nearly called, "" when none, or when it is popular itself."""
    name, known = canonical(package), popular()
    if name in known:
        return ""
    bare = re.sub(r"^(python-?|py-)|(-?python|-py|-?\d+)$", "", name)
    if bare in known and len(bare) > 3:
        return bare
    near = [other for other in known if len(other) > 4 and _is_near(name, other)]
    return min(near, key=lambda other: (abs(len(other) - len(name)), other), default="")


@cache
def popular() -> frozenset[str]:
    """Return the names that are shipped, as indexes compare them."""
    lines = POPULAR.read_text(encoding="utf-8").splitlines()
    return frozenset(canonical(name) for line in lines if not line.startswith("#") for name in line.split())


def _is_near(name: str, other: str) -> bool:
    """Whether one slip apart, in long names two: a letter more, less or another one, or two that changed places."""
    if name.replace("-", "") == other.replace("-", ""):
        return True
    most = 2 if len(other) > 9 else 1
    return abs(len(name) - len(other)) <= most and _distance(name, other) <= most


def _distance(one: str, other: str) -> int:
    """Edits between two words, a swap of neighbours being one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, row = row, [i]
        for j, against in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


_remembered: dict[str, tuple[float, Listing | None]] = {}


def _listing(name: str) -> Listing | None:
    """Return the package on the first index that has it; None when none has. Errors count only when no index
    answers."""
    at, known = _remembered.get(name, (0.0, None))
    if at and time.monotonic() - at < REMEMBERED_S:
        return known
    import httpx2

    settings = pip_settings()
    failure: Exception | None = None
    found: Listing | None = None
    with httpx2.Client(
        verify=ssl.create_default_context(cafile=settings.get("cert")), timeout=TIMEOUT_S, follow_redirects=True
    ) as client:
        for url in index_urls(settings):
            try:
                found = found or _fetch(client, f"{url.rstrip('/')}/{name}/")
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                failure = error
    if failure and not found:
        raise failure
    _remembered[name] = (time.monotonic(), found)
    return found


def _fetch(client: "httpx2.Client", url: str) -> Listing | None:
    with client.stream("GET", url, headers={"Accept": ACCEPT}) as reply:
        if reply.status_code in (404, 410):
            return None
        reply.raise_for_status()
        body = b""
        for piece in reply.iter_bytes():
            body += piece
            if len(body) > MAX_BYTES:
                raise ValueError("The index's answer is too large.")
        is_json = "json" in reply.headers.get("content-type", "")
    return read(json.loads(body) if is_json else _from_html(body.decode("utf-8", "replace")))


def read(page: dict[str, Any]) -> Listing:
    """Return what a page of the simple API says, for the Python that runs here."""
    best: tuple[Version, bool] | None = None
    uploads = []
    for file in page.get("files", []):
        if file.get("upload-time"):
            uploads.append(datetime.fromisoformat(file["upload-time"]))
        version, is_wheel = _version(str(file.get("filename", "")))
        if version is None or version.is_prerelease or file.get("yanked") or not _fits(file.get("requires-python")):
            continue
        if best is None or (version, is_wheel) > best:
            best = (version, is_wheel)
    status = page.get("project-status") or page.get("meta", {}).get("project-status") or {}
    said = status.get("status", "") if isinstance(status, dict) else str(status)
    first = min(uploads, default=None)
    return Listing(
        newest=str(best[0]) if best else "",
        has_wheel=bool(best and best[1]),
        first_at=first if first is None or first.tzinfo else first.replace(tzinfo=UTC),
        status="" if said == "active" else said,
    )


def _version(filename: str) -> tuple[Version | None, bool]:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1], True
        return parse_sdist_filename(filename)[1], False
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None, False


def _fits(requires: str | None) -> bool:
    try:
        return not requires or SpecifierSet(requires).contains(".".join(map(str, sys.version_info[:3])))
    except InvalidSpecifier:
        return False


def _from_html(text: str) -> dict[str, Any]:
    """Return the same from an index that speaks only HTML."""
    files = []
    for attributes, label in re.findall(r"<a\s([^>]*)>([^<]*)</a>", text, re.IGNORECASE):
        needs = re.search(r'data-requires-python="([^"]*)"', attributes)
        requires = needs.group(1).replace("&gt;", ">").replace("&lt;", "<") if needs else None
        files.append({"filename": label.strip(), "requires-python": requires, "yanked": "data-yanked" in attributes})
    return {"files": files}
