"""Where this machine keeps weights files: one file per SHA-256, in the user's cache folder, for every studio on it.

    SHA.gguf       a checked file            SHA.part      as much of it as there is; its name is the promise
    SHA.json       what a person brought     SHA.progress  how far a fetch is      SHA.lock   held by who fetches

Knows no network. The state is on disk, so that every process says the same.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from agents.errors import StudioError
from agents.models.weights.catalogue import CATALOGUE, Weights

MAGIC = b"GGUF"
CHUNK_BYTES = 1024 * 1024
SPARE_BYTES = 64 * 1024 * 1024
"""What is left free on the disk."""


@dataclass(frozen=True)
class Progress:
    """How far a fetch is, or how the last one ended."""

    n_bytes: int = 0
    n_total: int = 0
    bytes_per_s: float = 0.0
    doing: str = ""
    """ "fetching" or "checking"; "" when nobody works on it."""
    error: str = ""
    """Why the last fetch failed, as a sentence with what to do; "" when none did."""

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.n_bytes / self.n_total) if self.n_total else 0.0

    @property
    def remaining_s(self) -> float | None:
        """None while it cannot be said."""
        left = self.n_total - self.n_bytes
        return left / self.bytes_per_s if self.doing == "fetching" and self.bytes_per_s > 0 else None


class WeightsFolder:
    """The folder; made when something is written into it. Safe to use from many threads and processes."""

    def __init__(self, path: Path):
        self.path = path

    def file(self, weights: Weights) -> Path:
        """Return where the checked file is, or will be."""
        return self.path / f"{weights.sha256}.gguf"

    def part(self, weights: Weights) -> Path:
        """Return where the beginning of the file is kept until it is whole."""
        return self.path / f"{weights.sha256}.part"

    def has(self, weights: Weights) -> bool:
        """Return whether the file is here; its bytes were checked before it got its name."""
        try:
            return self.file(weights).stat().st_size == weights.n_bytes
        except OSError:
            return False

    def known(self) -> list[Weights]:
        """Return the catalogue, then what people brought, by name."""
        return [*CATALOGUE, *sorted(self._brought(), key=lambda weights: weights.name)]

    def named(self, name: str) -> Weights | None:
        """Return the file of that name, None when there is none."""
        return next((weights for weights in self.known() if weights.name == name), None)

    def add(self, source: Path) -> Weights:
        """Copy a GGUF file that a person names into the folder and return it: the catalogue's when it has the same
        bytes, else a new one, named as the file is. StudioError when it cannot be used."""
        try:
            with source.open("rb") as opened:
                if opened.read(len(MAGIC)) != MAGIC:
                    raise StudioError(
                        f"{source} is not a GGUF file: it does not begin with {MAGIC.decode()!r}. Nothing was added. "
                        "Name the .gguf file of a model."
                    )
                opened.seek(0)
                return self._copy(opened, source.stem)
        except OSError as error:
            raise StudioError(self.trouble(error, os.stat(source).st_size if source.exists() else 0)) from error

    def _copy(self, opened: BinaryIO, stem: str) -> Weights:
        n_bytes = os.fstat(opened.fileno()).st_size
        self.make_room(n_bytes)
        copy = self.path / f"brought-{os.getpid()}-{time.monotonic_ns()}.part"
        digest = hashlib.sha256()
        try:
            with copy.open("wb") as out:
                while chunk := opened.read(CHUNK_BYTES):
                    digest.update(chunk)
                    out.write(chunk)
            sha256 = digest.hexdigest()
            weights = next((known for known in self.known() if known.sha256 == sha256), None)
            if weights is None:
                weights = self._new(stem, n_bytes, sha256)
                self._write(f"{sha256}.json", {"name": weights.name, "title": weights.title, "n_bytes": n_bytes})
            copy.replace(self.file(weights))
        finally:
            copy.unlink(missing_ok=True)
        self.forget(weights)
        return weights

    def _new(self, stem: str, n_bytes: int, sha256: str) -> Weights:
        name = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-.")[:80] or "model"
        taken = {weights.name for weights in self.known()}
        return _brought(f"{name}-{sha256[:6]}" if name in taken else name, stem, n_bytes, sha256)

    def _brought(self) -> Iterator[Weights]:
        for file in self.path.glob("*.json"):
            said = _read(file)
            weights = _brought(str(said.get("name")), str(said.get("title")), int(said.get("n_bytes") or 0), file.stem)
            if self.has(weights):
                yield weights

    def make_room(self, n_bytes: int) -> None:
        """Make the folder; OSError (no space) when the disk has no room for `n_bytes` more."""
        self.path.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.path).free < n_bytes + SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def trouble(self, error: OSError, n_bytes: int) -> str:
        """Return a sentence for a file of `n_bytes` that could not be written or read."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return (
                f"The disk is full: the model needs {n_bytes / 1e9:.1f} GB in {self.path}. What was fetched so far is "
                "kept. Free some space and try again, or let STUDIO_MODELS name a folder on another disk."
            )
        return (
            f"{error.filename or self.path} cannot be used ({error.strerror or type(error).__name__}). Correct its "
            "permissions and try again, or let STUDIO_MODELS name another folder."
        )

    def progress(self, weights: Weights) -> Progress:
        """Return how far it is. Who was killed in the middle left a progress file behind; only its lock says that
        somebody is at work."""
        said = _read(self.path / f"{weights.sha256}.progress")
        with suppress(TypeError):
            found = Progress(**said)
            if found.error or (found.doing and self.is_locked(weights)):
                return found
        return self._cut(weights)

    def _cut(self, weights: Weights) -> Progress:
        with suppress(OSError):
            return Progress(self.part(weights).stat().st_size, weights.n_bytes)
        return Progress(0, weights.n_bytes)

    def report(self, weights: Weights, progress: Progress) -> None:
        """Let every process know how far it is. A full disk does not matter here: the fetch itself says it."""
        with suppress(OSError):
            self._write(f"{weights.sha256}.progress", asdict(progress))

    def forget(self, weights: Weights) -> None:
        """Remove what a fetch left beside the file."""
        for suffix in (".progress", ".part"):
            (self.path / f"{weights.sha256}{suffix}").unlink(missing_ok=True)
        for wheel in self.path.glob(f"{weights.sha256}.*.whl"):
            wheel.unlink(missing_ok=True)

    @contextmanager
    def locked(self, weights: Weights) -> Iterator[bool]:
        """Yield whether this is now the one that may write; closing gives it back, and so does dying."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock(weights), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _is_taken(lock, fcntl.LOCK_EX)
        finally:
            os.close(lock)

    def is_locked(self, weights: Weights) -> bool:
        """Return whether somebody writes now."""
        try:
            lock = os.open(self._lock(weights), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _is_taken(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)

    def _lock(self, weights: Weights) -> Path:
        return self.path / f"{weights.sha256}.lock"

    def _write(self, name: str, said: dict[str, object]) -> None:
        file = self.path / name
        draft = file.with_name(f"{name}.{os.getpid()}-{time.monotonic_ns()}")
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.replace(file)


def _brought(name: str, title: str, n_bytes: int, sha256: str) -> Weights:
    return Weights(name, title, n_bytes, sha256, "not known", "a file that was added on this machine", n_bytes * 2)


def _is_taken(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
