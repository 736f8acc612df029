"""The signs of life of a process that runs legs: while it gives them, others leave its legs alone.

Its lock says that the process lives; its beats say that it is not frozen. Used by the worker, and by a command line
that runs legs itself. Knows no legs.
"""

import logging
import os
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from agents.store.worker_locks import WorkerLock
from agents.store.workers import FROZEN_AFTER_S, Workers

EVERY_S = 2.0
RETRY_S = 0.25
"""Between two tries to take the lock again, and to beat, while the database is away."""
LATE_S = FROZEN_AFTER_S / 4

END_S = 0.3
"""A database that hangs must not keep the process from ending."""

log = logging.getLogger(__name__)


class Heartbeat:
    """Holds the lock and beats from `__enter__` to `__exit__`, under a name that no other process has or had.

    Lock and first beat are there on entering, which raises when the database cannot be reached; a lock that is lost
    with its connection is taken again, and late beats are tried again, until they succeed. Leaving takes the name off
    the list at once."""

    def __init__(self, workers: Workers):
        self.host, self.pid = socket.gethostname(), os.getpid()
        self.worker = f"{self.host}-{self.pid}-{uuid4().hex[:8]}"
        self.is_known = False
        """False while the lock is lost: others take this process for dead, so no leg may begin what costs money."""
        self._workers = workers
        self._lock: WorkerLock | None = None
        self._started_at = datetime.now(UTC)
        self._beat_at = time.time()
        self._late_at = float("-inf")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    @property
    def is_steady(self) -> bool:
        """False while beats are late, and for a while after: then the database was away, or this process stood still,
        and the other workers' beats say as little as its own."""
        is_late = not 0 <= time.time() - self._beat_at <= LATE_S  # by the clock that goes on while the machine sleeps
        return not is_late and time.monotonic() - self._late_at > FROZEN_AFTER_S / 2

    def __enter__(self) -> Self:
        self._take_lock()
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.set()
        self._thread.join(END_S)
        try:
            self._workers.forget(self.worker)
        except Exception as failure:  # noqa: BLE001  the lock goes with the process
            log.warning("Worker %s could not sign off: %s", self.worker, failure)

    def _take_lock(self) -> None:
        self._lock = self._workers.lock(self.worker)

    def _beat(self) -> None:
        mark = self._lock.mark if self._lock is not None else None
        self._workers.beat(self.worker, self.host, self.pid, self._started_at, mark)
        if time.time() - self._beat_at > LATE_S:
            self._late_at = time.monotonic()
        self._beat_at, self.is_known = time.time(), True

    def _beat_on(self) -> None:
        is_away = False
        while self._lasts(RETRY_S if is_away else EVERY_S):
            try:
                if not self.is_known and self._lock is None:
                    self._take_lock()
                self._beat()
                is_away = False
            except Exception as failure:  # noqa: BLE001  whatever it is, going on beating is the only cure
                if not is_away:
                    log.warning("Worker %s cannot reach the database and tries on: %s", self.worker, failure)
                is_away = True
        if self._lock is not None:
            self._lock.close()

    def _lasts(self, pause_s: float) -> bool:
        """Wait until the next beat is due; False when there is to be none."""
        if self._lock is None:
            self._ending.wait(pause_s)
        elif not self._lock.lasts(pause_s, self._ending):
            self._lock.close()
            self._lock, self.is_known = None, False
        return not self._ending.is_set()
