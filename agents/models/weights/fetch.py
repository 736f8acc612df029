"""Brings a weights file into the folder: from its sources in order, resumed where it was cut, and checked.

One process fetches, the others wait for it. Killed at any line, the next fetch goes on with the bytes that are there.
"""

import hashlib
import os
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from agents.cancellation import LOOK_UP_EVERY_S, pause
from agents.errors import StudioError
from agents.models.weights.catalogue import HubFile, IndexWheels, Weights
from agents.models.weights.folder import CHUNK_BYTES, Progress, WeightsFolder
from agents.models.weights.sources import Pending, SourceError, WrongBytesError, label, read
from agents.version import COMMAND

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Before further tries when no byte came; any byte begins them anew."""
REPORT_EVERY_S = 0.5
SPEED_OVER_S = 10.0

Source = HubFile | IndexWheels


class WeightsError(StudioError):
    """The file could not be fetched; the text says why and what to do."""


def fetch(
    weights: Weights,
    folder: WeightsFolder,
    *,
    environ: Mapping[str, str] = os.environ,
    pauses_s: Sequence[float] = PAUSES_S,
) -> Generator[str, None, Path]:
    """Bring the file into the folder unless it is there, and return its path; WeightsError when that fails. Yield ""
    in between; closing it stops, and loses nothing."""
    while not folder.has(weights):
        try:
            with folder.locked(weights) as is_mine:
                if is_mine and not folder.has(weights):
                    yield from _Fetch(weights, folder, environ, pauses_s).run()
        except OSError as error:
            raise WeightsError(folder.trouble(error, weights.n_bytes)) from error
        if not folder.has(weights):
            yield ""
            time.sleep(LOOK_UP_EVERY_S)
    return folder.file(weights)


class _Fetch:
    """One fetch, by whoever holds the lock."""

    def __init__(self, weights: Weights, folder: WeightsFolder, environ: Mapping[str, str], pauses_s: Sequence[float]):
        self.weights, self.folder, self.environ, self.pauses_s = weights, folder, environ, pauses_s
        self.part = folder.part(weights)
        self.pending = Pending()
        self.sources: list[Source] = list(weights.sources)
        self.reasons: dict[str, str] = {}
        """Why each source failed last, by its label."""
        self.n_new = 0
        self.measured: deque[tuple[float, int]] = deque()
        self.reported_at = 0.0

    def run(self) -> Generator[str, None, None]:
        try:
            yield from self._run()
        except (WeightsError, OSError) as error:
            text = self.folder.trouble(error, self.weights.n_bytes) if isinstance(error, OSError) else str(error)
            self.folder.report(self.weights, Progress(self._n_have(), self.weights.n_bytes, error=text))
            raise
        self.folder.forget(self.weights)

    def _run(self) -> Generator[str, None, None]:
        n_stalls = 0
        self.folder.make_room(self.weights.n_bytes - self._n_have())
        while True:
            n_before = self._n_new()
            for source in list(self.sources):
                if (yield from self._try(source)):
                    return
                if self._n_new() > n_before:  # it was cut: the same source goes on
                    break
            n_stalls = 0 if self._n_new() > n_before else n_stalls + 1
            if not self.sources or not self._n_new() or n_stalls > len(self.pauses_s):
                raise WeightsError(self._why())
            yield from pause(self.pauses_s[max(0, n_stalls - 1)] if self.pauses_s else 0)

    def _try(self, source: Source) -> Generator[str, None, bool]:
        """Read what is missing from one source; return whether the file is whole, right and in its place."""
        is_from_start = self._n_have() == 0
        try:
            yield from self._read(source)
        except SourceError as error:
            self.reasons[label(source)] = str(error)
            if isinstance(error, WrongBytesError):
                self.sources.remove(source)
            return False
        if self._n_have() < self.weights.n_bytes:
            self.reasons[label(source)] = "the connection broke"
            return False
        if (yield from self._is_right()):
            self.part.replace(self.folder.file(self.weights))
            return True
        self.part.unlink(missing_ok=True)
        self.reasons[label(source)] = "what came from it is another file (its SHA-256 is wrong) and was deleted"
        if is_from_start:  # else the bytes that were there before may have been the wrong ones
            self.sources.remove(source)
        return False

    def _read(self, source: Source) -> Generator[str, None, None]:
        self._report("fetching")
        with self.part.open("ab") as out:
            n_have = out.tell()
            if n_have >= self.weights.n_bytes:
                return
            for chunk in read(source, self.weights, n_have, self.folder, self.pending, self.environ):
                out.write(chunk)
                n_have += len(chunk)
                self.n_new += len(chunk)
                if n_have > self.weights.n_bytes:
                    out.truncate(0)
                    raise WrongBytesError("what it has is longer than the file")
                self._report("fetching", n_have)
                yield ""

    def _is_right(self) -> Generator[str, None, bool]:
        digest, n_checked = hashlib.sha256(), 0
        with self.part.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                n_checked += len(chunk)
                self._report("checking", n_checked)
                yield ""
        return digest.hexdigest() == self.weights.sha256

    def _n_new(self) -> int:
        """Return how many bytes this fetch has brought."""
        return self.n_new + self.pending.n_new

    def _n_have(self) -> int:
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    def _report(self, doing: str, n_bytes: int | None = None) -> None:
        now = time.monotonic()
        if n_bytes is not None and now - self.reported_at < REPORT_EVERY_S:
            return
        self.reported_at = now
        n_here = (self._n_have() if n_bytes is None else n_bytes) + (self.pending.n_bytes if doing == "fetching" else 0)
        if doing == "fetching":
            self.measured.append((now, n_here))
            while self.measured[0][0] < now - SPEED_OVER_S:
                self.measured.popleft()
        self.folder.report(self.weights, Progress(n_here, self.weights.n_bytes, self._speed(), doing))

    def _speed(self) -> float:
        (then, n_then), (now, n_now) = self.measured[0], self.measured[-1]
        return max(0.0, n_now - n_then) / (now - then) if now > then else 0.0

    def _why(self) -> str:
        said, file = set(self.reasons.values()), self.weights.file
        if not said:
            why = "it was added on this machine, and is gone"
        elif said == {"it cannot be reached from this machine"}:
            why = f"neither {' nor '.join(self.reasons)} can be reached from this machine"
        else:
            why = "; ".join(f"{name}: {reason}" for name, reason in self.reasons.items())
        return (
            f"The local model could not be fetched ({why}): connect this machine to the internet and try again, or "
            f'copy {file} here from another machine and run "{COMMAND} models add {file}".'
        )
