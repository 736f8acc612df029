"""Each version of each file of a chat, or of teams, kept under the SHA-256 of its content, out of reach of any code.

Content-addressed: what is kept once is never written again, so a version can be served while others are added.
When all versions together grow too large, the oldest that no file has any more go. Called by `workspace` and
`team_files`.
"""

import contextlib
import hashlib
import logging
import os
import re
import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1_048_576
MAX_VERSION_BYTES = 512 * 1_048_576
"""A larger file is listed, and its content is not kept."""
MAX_ALL_BYTES = 2_048 * 1_048_576
"""Of all versions of a chat together."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


class TooLargeError(Exception):
    """The content is larger than allowed."""


class Versions:
    """The versions of one chat's files. Safe to use from many threads and processes."""

    def __init__(self, folder: Path):
        self._folder = folder

    def path(self, sha256: str) -> Path | None:
        """Return where that version is kept; None when it is not."""
        if not _SHA256.fullmatch(sha256):
            return None
        path = self._folder / sha256
        return path if path.is_file() else None

    def keep(self, content: BinaryIO, *, max_bytes: int = MAX_VERSION_BYTES) -> tuple[str, int]:
        """Keep what is left to read of `content`: its SHA-256 and size. TooLargeError, and nothing is kept, when it
        is more than `max_bytes`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._folder / f"new-{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                while chunk := content.read(CHUNK_BYTES):
                    size += len(chunk)
                    if size > max_bytes:
                        raise TooLargeError
                    digest.update(chunk)
                    file.write(chunk)
            sha256 = digest.hexdigest()
            os.replace(new, self._folder / sha256)
        finally:
            new.unlink(missing_ok=True)
        return sha256, size

    def adopt(self, version: Path, sha256: str) -> None:
        """Keep a version of another chat, which costs no space where the disk can link it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path(sha256) is not None:
            return
        try:
            os.link(version, self._folder / sha256)
        except FileExistsError:
            return
        except OSError:  # no links here, or too many
            with version.open("rb") as content:
                self.keep(content)

    def prune(self, current: Collection[str]) -> None:
        """Delete the oldest versions that are not among `current`, until the rest is small enough."""
        kept = sorted(_sizes(self._folder)) if self._folder.is_dir() else []
        n_bytes = sum(size for _, size, _ in kept)
        for _, size, name in kept:
            if n_bytes <= MAX_ALL_BYTES:
                return
            if name not in current:
                (self._folder / name).unlink(missing_ok=True)
                n_bytes -= size
                _log.info("A version of %d bytes that no file has any more was deleted", size)

    def delete_others(self, kept: Collection[str], before: datetime) -> None:
        """Delete the versions that are not among `kept`, and what is half written, from before then."""
        for changed_ns, _, name in _sizes(self._folder) if self._folder.is_dir() else []:
            if name not in kept and changed_ns < before.timestamp() * 1e9:
                (self._folder / name).unlink(missing_ok=True)


def _sizes(folder: Path) -> list[tuple[int, int, str]]:
    """(time, size, name) of each version."""
    sizes = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                status = entry.stat()
                sizes.append((status.st_mtime_ns, status.st_size, entry.name))
    return sizes
