"""The durable queue that hands legs to workers, on DBOS.

A job carries no work: it names a chat, and the worker reads the log. So a job too many does nothing, and only a missing
job is a defect, which `wake` repairs. The store's fence decides who may write to a chat, never the queue.
DBOS is a dispatcher here: one workflow without steps for each leg. Nothing else imports it, and it is imported when
the queue is first used. Called by `studio` (the hook) and by the worker.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from agents.store.change_detector import change_detector
from agents.store.database import announce, is_sqlite, saying_outages, writing
from agents.store.prepared import Prepared
from agents.worker.job_watch import JobWatch

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions, WorkflowSerializationFormat, WorkflowStatus

    from agents.store import Hook

WorkOn = Callable[[str, Callable[[], None]], None]
"""(chat, release): run one leg of the chat. Calling `release` lets the chat's next leg start although this one has not
returned yet, which may take as long as a model hangs."""

APPLICATION = "studio"
VERSION = "legs-1"
"""Pinned: DBOS leaves jobs of another version in the queue for ever. Raise it only when old jobs must not run."""
QUEUE = "legs"
WORKFLOW = "leg"
POLL_S = 15.0
"""Between two looks for jobs when nothing is seen to change; see `job_watch`. A look is most of what an idle worker
does."""
STUCK_AFTER_S = 30.0
"""A job that a live worker claimed this long ago while its chat still owes a turn was never really started."""
KEPT_FOR = timedelta(days=1)

STARTED = "PENDING"
OPEN = ["ENQUEUED", STARTED]
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_JOB = """
SELECT 1 FROM {table} AS job WHERE job.queue_name = :queue AND job.status = 'ENQUEUED'
AND job.status IN ('ENQUEUED', 'PENDING') AND job.queue_partition_key IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM {table} AS other WHERE other.queue_name = :queue AND other.status = 'PENDING'
    AND other.status IN ('ENQUEUED', 'PENDING') AND other.queue_partition_key = job.queue_partition_key
) LIMIT 1
"""
"""A job that can be taken: no other of its chat is under way. The second conditions on the status say nothing new: with
them SQLite uses the index of open jobs."""

DISOWNED = "outcome was not recorded: the workflow is no longer owned"
"""What DBOS warns of when a job ends after it was cancelled or taken over, which is as it should be."""

NOT_LAUNCHED = "DBOS failed to launch"
"""What it says with a traceback of what it raises as well."""


class DbosQueue:
    """Hands each job to one worker, one job of a chat at a time, through DBOS's tables in the store's own database.

    When a living worker is taken for dead, two may run at once; the fence then refuses the older one's writes.
    Opening costs nothing. The first use imports DBOS (about a second) and migrates its tables, which is safe when
    several processes do it at once; `prepare` does so ahead of time."""

    def __init__(self, db: sa.Engine):
        self._db = db
        self._client: DBOSClient | None = None
        self._opening = threading.Lock()  # two threads of one process must not both migrate and make a client

    def prepare(self) -> None:
        """Make the first use quick. May run on a thread of its own."""
        self._open()

    @property
    def hook(self) -> "Hook":
        """What enqueues a leg inside the store's transaction: both are committed, or neither.

        Get it before the transaction begins, as `hook=queue.hook` does: the first time it makes the queue's tables."""
        client = self._open()

        def enqueue_in_transaction(connection: sa.Connection, chat: str, head: int) -> None:
            client.enqueue_in_transaction(connection, _job(chat, head), chat)

        return enqueue_in_transaction

    def enqueue(self, chat: str, head: int) -> None:
        """Wake the chat. The same chat and head again is the same job: it runs once."""
        client = self._open()
        with saying_outages(self._db):
            client.enqueue(_job(chat, head), chat)
        self._announce([chat])

    def wake(self, owing: Iterable[tuple[str, int]]) -> list[str]:
        """Enqueue each (chat, head) that has no job on the way, even when a job of that head ended without progress;
        puts back jobs that were claimed and never started. Returns the chats woken. Harmless when repeated."""
        asleep = dict(owing)
        if not asleep:
            return []
        with saying_outages(self._db):
            return self._wake(self._open(), asleep)

    def _wake(self, client: "DBOSClient", asleep: dict[str, int]) -> list[str]:
        stuck = []
        for job in _jobs(client, status=OPEN, queue_name=QUEUE):
            if (head := asleep.pop(_chat_of(job), None)) is not None and job.status == STARTED and _is_stuck(job):
                stuck.append((_chat_of(job), head, job.workflow_id))
        if stuck:
            client.resume_workflows([workflow_id for _, _, workflow_id in stuck], queue_name=QUEUE)
            self._announce([chat for chat, _, _ in stuck])
        for chat, head in asleep.items():
            workflow_id = _job(chat, head)["workflow_id"]
            if _jobs(client, workflow_ids=[workflow_id], status=FINISHED):
                client.delete_workflows([workflow_id])
            self.enqueue(chat, head)
        return [*(chat for chat, _, _ in stuck), *asleep]

    def work(self, run: WorkOn, *, worker: str, concurrency: int) -> None:
        """Return at once; from now on, until the process ends, this process runs up to `concurrency` jobs at a time,
        each on a thread of its own, under the name `worker`, which no other process has or had."""
        client = self._open()
        from dbos import DBOS
        from dbos._queue import queue_worker_thread

        dbos = DBOS(
            config={
                "name": APPLICATION,
                "application_version": VERSION,
                "executor_id": worker,
                "system_database_engine": self._db,
                "run_migrations": False,
                "enable_otlp": False,
                "log_level": "WARNING",
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None, serialization_type=_portable())
        def leg(chat: str) -> None:
            workflow_id = str(DBOS.workflow_id)
            run(chat, lambda: _cancel_if_ours(client, workflow_id, worker))

        with saying_outages(self._db):
            DBOS.launch()
            queue = DBOS.register_queue(
                QUEUE,
                partition_concurrency=1,
                worker_concurrency=concurrency,
                polling_interval_sec=POLL_S,
                on_conflict="always_update",
            )
        # Of all that DBOS polls for, only the jobs of this queue are used: those are watched instead.
        for event in (*dbos.background_thread_stop_events, dbos._background_jobs_stop_event):
            event.set()
        jobs = [self.watch(), dbos, queue]
        threading.Thread(target=queue_worker_thread, args=jobs, name="jobs", daemon=True).start()

    def watch(self) -> JobWatch:
        """Return what waits for a job that can be taken; the caller closes it."""
        table = "workflow_status" if is_sqlite(self._db) else "dbos.workflow_status"
        job = Prepared(sa.text(_JOB.format(table=table)))
        return JobWatch(change_detector(self._db), lambda: job.first(self._db, {"queue": QUEUE}) is not None)

    def take_over(self, live_workers: Callable[[], set[str]]) -> list[tuple[str, str]]:
        """Put the jobs that none of `live_workers` had started back into the queue; return (chat, worker) of each. Who
        lives is asked last: a worker may have joined and started one meanwhile."""
        client = self._open()
        started = _jobs(client, status=STARTED, queue_name=QUEUE)
        live = live_workers()
        owners = {job.workflow_id: job.executor_id for job in started if job.executor_id not in live}
        orphans = []
        if owners:  # this process may have stood still, and another one was quicker
            now = _jobs(client, status=STARTED, queue_name=QUEUE, workflow_ids=list(owners))
            orphans = [job for job in now if job.executor_id == owners[job.workflow_id]]
        if orphans:
            client.resume_workflows([job.workflow_id for job in orphans], queue_name=QUEUE)
            self._announce([_chat_of(job) for job in orphans])
        return [(_chat_of(job), str(job.executor_id)) for job in orphans]

    def forget_finished(self) -> int:
        """Delete what was finished more than a day ago; return how many jobs."""
        client, n_deleted, until = self._open(), 0, (datetime.now(UTC) - KEPT_FOR).isoformat()
        while finished := _jobs(client, status=FINISHED, name=WORKFLOW, completed_before=until, limit=500):
            client.delete_workflows([job.workflow_id for job in finished])
            n_deleted += len(finished)
        return n_deleted

    def close(self) -> None:
        """Close the queue in a process that only enqueues."""
        with self._opening:
            if self._client is not None:
                self._client.destroy()
                self._client = None

    def _announce(self, chats: Iterable[str]) -> None:
        """Let the workers on PostgreSQL know that there are jobs; those on SQLite see it."""
        if not is_sqlite(self._db):
            with writing(self._db) as connection:
                for chat in chats:
                    announce(connection, chat)

    def _open(self) -> "DBOSClient":
        with self._opening:
            if self._client is None:
                _configure_logging()
                from dbos import DBOS, DBOSClient

                with saying_outages(self._db):
                    DBOS.migrate(self._db.url.render_as_string(hide_password=False))
                # Without its own retries, which block for up to a minute each: the callers know better how to wait.
                self._client = DBOSClient(
                    system_database_engine=self._db, application_name=APPLICATION, retry_connection_errors=False
                )
            return self._client


def _configure_logging() -> None:
    """DBOS says what it does on its own handler by default; only what went wrong matters, and in our log."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if _is_worth_logging not in logger.filters:
        logger.addFilter(_is_worth_logging)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """A job that we cancelled, because its chat was stopped, comes back as a failure: it is none."""
    from dbos._error import DBOSAwaitedWorkflowCancelledError

    error = record.exc_info[1] if record.exc_info else None
    said = record.getMessage()
    return not (isinstance(error, DBOSAwaitedWorkflowCancelledError) or DISOWNED in said or NOT_LAUNCHED in said)


def _job(chat: str, head: int) -> "EnqueueOptions":
    return {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": f"{chat}:{head}",
        "queue_partition_key": chat,
        "app_version": VERSION,
        "application_name": APPLICATION,
        "serialization_type": _portable(),
    }


def _portable() -> "WorkflowSerializationFormat":
    from dbos import WorkflowSerializationFormat

    return WorkflowSerializationFormat.PORTABLE


def _jobs(client: "DBOSClient", **wanted: Any) -> "list[WorkflowStatus]":
    return client.list_workflows(**wanted, load_input=False, load_output=False)


def _cancel_if_ours(client: "DBOSClient", workflow_id: str, worker: str) -> None:
    """A job that was taken over meanwhile runs elsewhere, under the same id, and is not ours to cancel."""
    if _jobs(client, workflow_ids=[workflow_id], status=STARTED, executor_id=worker):
        client.cancel_workflows([workflow_id])


def _chat_of(job: "WorkflowStatus") -> str:
    return job.workflow_id.rpartition(":")[0]


def _is_stuck(job: "WorkflowStatus") -> bool:
    started_at_ms = job.dequeued_at or 0
    return time.time() * 1000 - started_at_ms > STUCK_AFTER_S * 1000
