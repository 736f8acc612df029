"""Tells the worker's queue at once that there is a job, so that an idle worker neither polls nor keeps a job waiting.

A change of the database is noticed in shared memory (SQLite) or told by the server (PostgreSQL), and costs next to
nothing; whether it brought a job is then one look into an index. Called by the queue.
"""

import logging
import time

import sqlalchemy as sa

from agents.store.change_detector import change_detector
from agents.store.database import is_sqlite
from agents.store.prepared import Prepared

LEAST_S = 0.05
"""Between two times that the queue is asked for jobs."""

_JOB = """
SELECT 1 FROM {table} AS job WHERE job.queue_name = :queue AND job.status = 'ENQUEUED'
AND job.status IN ('ENQUEUED', 'PENDING') AND job.queue_partition_key IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM {table} AS other WHERE other.queue_name = :queue AND other.status = 'PENDING'
    AND other.status IN ('ENQUEUED', 'PENDING') AND other.queue_partition_key = job.queue_partition_key
) LIMIT 1
"""
"""The second conditions on the status say nothing new: with them SQLite uses the index of open jobs."""

log = logging.getLogger(__name__)


class JobWatch:
    """Stands where DBOS's polling has the event that ends it, and waits on it between two looks: the waiting ends as
    soon as a job can be taken. It is never set: workers end with their process."""

    def __init__(self, db: sa.Engine, queue: str):
        self._db, self._queue = db, queue
        self._changes = change_detector(db)
        table = "workflow_status" if is_sqlite(db) else "dbos.workflow_status"
        self._job = Prepared(sa.text(_JOB.format(table=table)))

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
                time.sleep(max(0.0, until - time.monotonic()))
        return False

    def close(self) -> None:
        """End the watch; may be called once nobody waits."""
        self._changes.close()

    def _has_job(self) -> bool:
        return self._job.first(self._db, {"queue": self._queue}) is not None
