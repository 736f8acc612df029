"""The heartbeat of a process that runs legs: while it beats, others leave its legs alone; without it they take over.

Used by the worker, and by a command line that runs legs itself. Knows no legs.
"""

import logging
import os
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from agents.store.workers import Workers

TTL_S = 4.0
"""A worker that has not beaten for this long is dead to the others."""
EVERY_S = TTL_S / 4

END_S = 0.3
"""A database that hangs must not keep the process from ending."""

log = logging.getLogger(__name__)


class Heartbeat:
    """Beats once a second from `__enter__` to `__exit__`, under a name that no other process has or had.

    The first beat is written on entering, and raises when the database cannot be reached; later ones are tried again
    until they succeed. Leaving takes the name off the list at once."""

    def __init__(self, workers: Workers):
        self.host, self.pid = socket.gethostname(), os.getpid()
        self.worker = f"{worker_prefix(self.host, self.pid)}{uuid4().hex[:8]}"
        self._workers = workers
        self._started_at = datetime.now(UTC)
        self._steady_since = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    @property
    def is_steady(self) -> bool:
        """False for a while after beats were late: then the database was away, or this process stood still, and the
        other workers' beats say as little as its own."""
        return time.monotonic() - self._steady_since > TTL_S

    def __enter__(self) -> Self:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join(END_S)
        try:
            self._workers.forget(self.worker)
        except Exception as failure:  # noqa: BLE001  the name goes by itself after TTL_S
            log.warning("Worker %s could not sign off: %s", self.worker, failure)

    def _beat(self) -> None:
        self._workers.beat(self.worker, self.host, self.pid, self._started_at)

    def _beat_on(self) -> None:
        last, is_late, pause_s = time.monotonic(), False, EVERY_S
        while not self._stopping.wait(pause_s):
            try:
                self._beat()
            except Exception as failure:  # noqa: BLE001  whatever it is, going on beating is the only cure
                if not is_late:
                    log.warning("Worker %s cannot reach the database and tries on: %s", self.worker, failure)
                is_late, pause_s = True, EVERY_S / 4
                continue
            if time.monotonic() - last > TTL_S / 2:
                self._steady_since = time.monotonic()
            last, is_late, pause_s = time.monotonic(), False, EVERY_S


def worker_prefix(host: str, pid: int) -> str:
    """Return what the name of every worker of that process begins with."""
    return f"{host}-{pid}-"
