"""Which weights file the local model uses, and its fetch in the background of this process.

Called by the embedded server, by the studio's screens and by the command line.
"""

import logging
import os
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from agents.cancellation import LOOK_UP_EVERY_S, Notice
from agents.models.weights.catalogue import LARGE, Weights, suitable
from agents.models.weights.fetch import PAUSES_S, WeightsError, fetch
from agents.models.weights.folder import Progress, WeightsFolder
from agents.models.weights.memory import free_bytes

AUTOMATIC, OFF = "auto", "off"
"""What may stand where the name of a model stands: the one that suits this machine, and none at all."""
WAITING = "Waiting for the local model, which is being fetched…"
"""What a chat says meanwhile."""

log = logging.getLogger(__name__)


class LocalModels:
    """The local models of one process. Safe to use from many threads."""

    def __init__(
        self,
        path: Path,
        chosen: str = AUTOMATIC,
        *,
        environ: Mapping[str, str] = os.environ,
        pauses_s: Sequence[float] = PAUSES_S,
    ):
        self.folder = WeightsFolder(path)
        self.chosen = chosen
        """AUTOMATIC, OFF, or the name of a file."""
        self._environ, self._pauses_s = environ, pauses_s
        self._lock = threading.Lock()  # guards the two below: two calls at once would fetch twice
        self._suitable: Weights | None = None
        self._fetch: _BackgroundFetch | None = None

    @property
    def is_off(self) -> bool:
        """Return whether this studio has no local model by choice."""
        return self.chosen == OFF

    def weights(self, name: str = "") -> Weights:
        """Return the file that answers for `name`: the one of that name, else the chosen one, else what suits this
        machine's memory, which is decided once."""
        found = (self.folder.named(name) if name else None) or self.folder.named(self.chosen)
        if found is not None:
            return found
        with self._lock:
            if self._suitable is None:
                self._suitable = suitable(free_bytes(), has_large=self.folder.has(LARGE))
            return self._suitable

    def progress(self, weights: Weights) -> Progress:
        """Return how far its fetch is, whichever process does it."""
        return self.folder.progress(weights)

    def fetch(self, weights: Weights) -> Generator[str, None, Path]:
        """Bring the file here, in the foreground; see `agents.models.weights.fetch`."""
        return fetch(weights, self.folder, environ=self._environ, pauses_s=self._pauses_s)

    def begin_fetch(self, weights: Weights) -> "_BackgroundFetch":
        """Bring the file here on a thread of this process, unless one is at it; a failed one is begun anew."""
        with self._lock:
            running = self._fetch
            if running is None or running.weights != weights or running.is_over:
                if running is not None:
                    running.stop()
                self._fetch = running = _BackgroundFetch(self, weights)
            return running

    def wait(self, weights: Weights) -> Generator[str, None, Path]:
        """Yield what is waited for until the file is here, fetching it; return its path. WeightsError when that
        fails."""
        if not self.folder.has(weights):
            running = self.begin_fetch(weights)
            while not running.join(LOOK_UP_EVERY_S):
                yield Notice(WAITING)
            if running.error is not None:
                raise running.error
        return self.folder.file(weights)

    def close(self) -> None:
        """End the fetch of this process; what came so far is kept."""
        with self._lock:
            if self._fetch is not None:
                self._fetch.stop()


class _BackgroundFetch:
    """One fetch on a thread of its own."""

    def __init__(self, models: LocalModels, weights: Weights):
        self.weights = weights
        self.error: WeightsError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[models], name="weights", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def join(self, timeout_s: float) -> bool:
        """Return whether it is over, after at most that long."""
        self._thread.join(timeout_s)
        return self.is_over

    def stop(self) -> None:
        self._stopping.set()

    def _run(self, models: LocalModels) -> None:
        try:
            with closing(models.fetch(self.weights)) as pieces:
                for _ in pieces:
                    if self._stopping.is_set():
                        self.error = WeightsError("The fetch of the local model was stopped. Press Retry.")
                        return
        except WeightsError as error:
            self.error = error
            log.warning("%s", error)
