"""Worker processes as children of the web process: started with it, restarted when they end, ended with it.

It imports no AutoGen, no DBOS and no database. The supervisor holds each child's standard input open for as long as it
lives; a child ends by itself when that ends. Called by the lifespan of `app.py`; pages read `status`.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from agents.settings import Settings
from agents.version import IS_INSTALLED, PACKAGE

SUPERVISED = "STUDIO_WORKER_SUPERVISED"
"""Set: standard input is the supervisor's pipe, and its end is the order to stop."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
WELL_AFTER_S = 5.0
"""After a child that ran for this long the next one starts at once."""
END_S = 0.8
"""What a child gets to end by itself."""

WORKER = (sys.executable, *(["-P"] if IS_INSTALLED else []), "-m", PACKAGE, "worker")
"""-P: an installed studio's worker imports nothing from the folder where it happens to be started."""

log = logging.getLogger(__name__)

State = Literal["off", "starting", "running", "restarting"]


@dataclass(frozen=True)
class WorkersStatus:
    """How the workers of this process are. `state` is that of the worst of them."""

    state: State
    """off: this process starts none. starting: not ready for the first time yet. restarting: one ended by itself."""
    n_running: int
    n_wanted: int
    since: datetime
    """When the state last changed; aware, UTC."""


class Supervisor:
    """Keeps `settings.workers` workers running from `start` to `stop`; both return at once, `stop` within a second."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = WORKER):
        self._settings = settings
        self._children = [_Child(settings, command) for _ in range(settings.workers)]
        self._started_at = datetime.now(UTC)

    def start(self) -> None:
        """Start the workers. They are of use a second or two later; jobs wait for them."""
        for child in self._children:
            child.start()

    def stop(self) -> None:
        """End the workers; their legs go on in the next worker that starts."""
        deadline = time.monotonic() + END_S
        for child in self._children:
            child.ask_to_end()
        for child in self._children:
            child.end(deadline)

    def status(self) -> WorkersStatus:
        """Return how they are at this moment."""
        for state in ("restarting", "starting", "running"):
            found = [child for child in self._children if child.state == state]
            if found:
                n_running = sum(child.state == "running" for child in self._children)
                since = max(child.since for child in found)
                return WorkersStatus(state, n_running, len(self._children), since)
        return WorkersStatus("off", 0, len(self._children), self._started_at)


class _Child:
    """One worker process after another, and the thread that waits for each one's end."""

    def __init__(self, settings: Settings, command: Sequence[str]):
        self.state: State = "off"
        self.since = datetime.now(UTC)
        self._settings, self._command = settings, command
        self._process: subprocess.Popen[str] | None = None
        self._ending = threading.Event()
        self._lock = threading.Lock()  # guards _process against a start while the end is asked for
        self._thread = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)

    def start(self) -> None:
        self._become("starting")
        self._thread.start()

    def ask_to_end(self) -> None:
        with self._lock:
            self._ending.set()
            if self._process is not None:
                self._process.terminate()

    def end(self, deadline: float) -> None:
        if self._process is not None:
            try:
                self._process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._become("off")

    def _keep_running(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            started_at = time.monotonic()
            try:
                process = self._start_one()
                if process is None:
                    return
                end = f"(process {process.pid}) ended with code {process.wait()}"
                if process.stdin is not None:
                    process.stdin.close()
            except OSError as error:  # no memory for another process, most likely
                end = f"could not be started ({error})"
            if self._ending.is_set():
                return
            self._become("restarting")
            if time.monotonic() - started_at > WELL_AFTER_S:
                pause_s = 0.0
            log.warning("A worker %s; the next starts in %g s", end, pause_s)
            self._ending.wait(pause_s)
            pause_s = min(max(pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)

    def _start_one(self) -> "subprocess.Popen[str] | None":
        """A worker that is read from; None when none is wanted any more."""
        with self._lock:
            if self._ending.is_set():
                return None
            self._process = process = self._launch()
        threading.Thread(target=self._read, args=[process], name="worker-output", daemon=True).start()
        return process

    def _launch(self) -> "subprocess.Popen[str]":
        environ = {
            **os.environ,
            "STUDIO_HOME": str(self._settings.home),
            "STUDIO_DB": self._settings.db_url,
            SUPERVISED: "1",
        }
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)

    def _read(self, process: "subprocess.Popen[str]") -> None:
        """The first line that the child prints says that it is ready."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                log.info("%s", line.rstrip())
                if process is self._process and process.poll() is None:
                    self._become("running")

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state, self.since = state, datetime.now(UTC)
