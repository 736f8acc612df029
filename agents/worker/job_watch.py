"""Tells the worker's queue at once that there is a job, so that an idle worker neither polls nor keeps a job waiting.

A change of the database is told by the kernel (SQLite) or the server (PostgreSQL), and costs next to nothing; whether
it brought a job is then one look into an index. Called by the queue.
"""

import logging
import time
from collections.abc import Callable

from agents.store.change_detector import ChangeDetector

LEAST_S = 0.05
"""Between two times that the queue is asked for jobs."""
AWAY_S = 2.0
"""Between two looks while the database is away."""

log = logging.getLogger(__name__)


class JobWatch:
    """Stands where DBOS's polling has the event that ends it, and waits on it between two looks: the waiting ends as
    soon as a job can be taken. It is never set: workers end with their process."""

    def __init__(self, changes: ChangeDetector, has_job: Callable[[], bool]):
        self._changes, self._has_job = changes, has_job

    def is_set(self) -> bool:
        """Return False, so that the polling goes on."""
        return False

    def wait(self, timeout: float) -> bool:
        """Return False when a job can be taken, at the latest after `timeout` seconds."""
        until = time.monotonic() + timeout
        time.sleep(LEAST_S)
        while (left_s := until - time.monotonic()) > 0:
            try:
                if self._changes.wait(left_s) and self._has_job():
                    break
            except Exception as failure:  # noqa: BLE001  the database is away: the polling says so, and goes on
                log.debug("Whether there is a job cannot be seen: %s", failure)
                time.sleep(AWAY_S)
                break
        return False

    def close(self) -> None:
        """End the watch; may be called once nobody waits."""
        self._changes.close()
