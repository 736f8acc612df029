"""A worker process: runs legs from the queue, and takes over the legs of workers that died.

    its lock and its beats | legs on threads | one worker at a time, by lease: take over, wake, forget

`python -m agents worker` is one; the web process starts as many as STUDIO_WORKERS says, other machines any number.
It may be killed at any line: the log has everything, and another worker goes on in about a second.
"""

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from select import select
from typing import NoReturn

from agents.chats import ChatState
from agents.engine import Item
from agents.engine.model_calls import Model
from agents.errors import OutageError
from agents.notifications import Sender
from agents.settings import Settings
from agents.specs import EMBEDDED
from agents.store import Store, open_store
from agents.worker.heartbeat import Heartbeat
from agents.worker.leg_environment import LegEnvironment, Tools
from agents.worker.local_model import keep_weights
from agents.worker.periodic_tasks import PeriodicTask, decide_overdue, forget_files
from agents.worker.queue import DbosQueue
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs
from agents.worker.sandbox_python import keep_python
from agents.worker.supervisor import SUPERVISED

CONCURRENCY = 64
"""Legs at a time; each is a thread that mostly waits for a model."""
OPEN_EVERY_S = 1.0
"""How often a worker that starts looks whether the database is there."""
WATCH_EVERY_S = 0.4
"""Between two looks at the workers' locks."""
CHECK_EVERY_S = 2.0
"""Between two looks at their beats and at who has which job, while no lock tells of a change."""
LEASE_S = 10.0
"""Ends early when its holder does. Longer than a holder that is starved stands still in the middle of a take-over."""
ASK_EVERY_S = 2.0
"""Between two tries to get the lease from a holder that may be frozen."""
WAKE_EVERY_S = 60.0
LOST_EVERY_S = 15.0
OVERDUE_EVERY_S = 1.0
NOTICES_EVERY_S = 1.0
FORGET_EVERY_S = 3600.0

LegEvents = Callable[[str, ChatState, Model], Generator[Item, None, None]]
"""(chat, state, model): the events of one leg of the chat."""

log = logging.getLogger(__name__)


class Worker:
    """One process's work. `run` returns after `stop`, within about a second, whatever the legs are doing."""

    def __init__(
        self,
        store: Store,
        queue: DbosQueue,
        client: Model,
        *,
        concurrency: int = CONCURRENCY,
        leg_events: LegEvents,
        notices: Sender | None = None,
        home: Path | None = None,
    ):
        self._store, self._queue, self._client = store, queue, client
        self._concurrency, self._leg_events = concurrency, leg_events
        self._heartbeat = Heartbeat(store.workers)
        self.legs = RunningLegs(store.chats, lambda: self._heartbeat.is_known)
        self._stopping = threading.Event()
        self._lease_until = self._ask_at = self._check_at = 0.0
        self._locked: frozenset[str] = frozenset()
        """The workers whose locks were held at the last look."""
        self._logged_chats: set[str] = set()
        """Chats with deadlines that cannot be read."""
        self._were_live: set[str] = set()
        """At the last look; a chat that one of them worked on owes a turn once that worker is gone."""
        self._lost: set[tuple[str, int]] = set()
        """(chat, fence) of the legs that this worker seemed to have lost at the last look."""
        self._finding_lost = PeriodicTask(self.let_lost_go, LOST_EVERY_S, time.monotonic() + LOST_EVERY_S)
        self._waking = PeriodicTask(self._wake, WAKE_EVERY_S)
        self._periodic_tasks = [
            self._waking,
            PeriodicTask(self._decide_overdue, OVERDUE_EVERY_S),
            PeriodicTask(queue.forget_finished, FORGET_EVERY_S),
        ]
        if notices is not None:
            self._periodic_tasks.append(PeriodicTask(notices.tell_soon, NOTICES_EVERY_S))
        if home is not None:
            self._periodic_tasks.append(PeriodicTask(partial(forget_files, store, home), FORGET_EVERY_S))

    @property
    def name(self) -> str:
        """Host, process id and a part that no other process has."""
        return self._heartbeat.worker

    def stop(self) -> None:
        """Make `run` return soon. May be called from a signal handler or another thread."""
        self._stopping.set()

    def run(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`. Legs that still run at the end are dropped where they stand; because this worker then
        signs off, others take them over at once. The caller ends the process: a thread may hang in a call."""
        with self._heartbeat, self.legs:
            self._queue.work(self._work_on, worker=self.name, concurrency=self._concurrency)
            ready()
            self._watch_queue()

    def let_lost_go(self) -> None:
        """Let others have the legs that are this worker's in the store and that it does not run, twice in a row: a
        defect ended them before they could let go."""
        running = {(leg.chat, leg.fence) for leg in self.legs.now()}
        lost = self._store.chats.legs_of(self.name) - running
        for chat, fence in lost & self._lost:
            self._store.chats.end_leg(chat, fence=fence)
            log.warning("Chat %s: its leg was lost; it goes on with a new one", chat)
        self._lost = lost

    def _work_on(self, chat: str, release: Callable[[], None]) -> None:
        status = run_leg(
            chat,
            client=self._client,
            worker=self.name,
            legs=self.legs,
            stopping=self._stopping,
            release=release,
            leg_events=partial(self._leg_events, chat),
            hook=self._queue.hook,
        )
        if status == "running" and self._stopping.is_set():
            threading.Event().wait()  # a job that returns is done; this one is for another worker to take over

    def _watch_queue(self) -> None:
        is_failing = False
        while not self._stopping.is_set():
            try:
                self._watch_locks()
                self._finding_lost.run_if_due()
                if self._holds_lease():
                    self._watch_workers()
                is_failing = False
            except Exception as failure:  # noqa: BLE001  the next look may succeed, and nobody else would look
                if not is_failing:
                    log.warning("Worker %s cannot look after the queue and tries on: %s", self.name, failure)
                is_failing = True
            self._stopping.wait(WATCH_EVERY_S)

    def _watch_locks(self) -> None:
        """See at once who died, and who signed off; whoever looks strikes the dead off the list, with their lease."""
        locks = self._store.workers.locks()
        if locks.freed or self._locked - locks.held:
            self._ask_at = self._check_at = self._waking.due_at = 0.0
        for worker, lock in locks.freed.items():
            self._store.workers.forget(worker, lock)
        self._locked = locks.held

    def _holds_lease(self) -> bool:
        """Whether this worker is the one that looks after the others. Renewed in good time, not at every look."""
        now = time.monotonic()
        if now < self._lease_until - LEASE_S / 2:
            return True
        if not self._lease_until and now < self._ask_at:
            return False
        self._ask_at = now + ASK_EVERY_S
        is_held = self._store.workers.take_lease("watchdog", self.name, LEASE_S)
        self._lease_until = now + LEASE_S if is_held else 0.0
        return is_held

    def _watch_workers(self) -> None:
        if time.monotonic() >= self._check_at:
            self._take_over()
            self._check_at = time.monotonic() + CHECK_EVERY_S
        for task in self._periodic_tasks:
            task.run_if_due()

    def _take_over(self) -> None:
        for chat, worker in self._queue.take_over(self._live_workers):
            log.warning("Chat %s is taken over from worker %s, which ended or is frozen", chat, worker)

    def _live_workers(self) -> set[str]:
        workers = self._store.workers
        live = {*(workers.live() if self._heartbeat.is_steady else workers.not_dead()), self.name}
        if self._were_live - live:
            self._waking.due_at = 0.0
        self._were_live = live
        return live

    def _wake(self) -> None:
        for chat in self._queue.wake(self._store.chats.owing(self._were_live)):
            log.warning("Chat %s owed a turn and nobody worked on it; it is woken", chat)

    def _decide_overdue(self) -> None:
        decide_overdue(self._store, self._queue.hook, self._logged_chats)


def main(settings: Settings) -> None:
    """`python -m agents worker`: works until SIGTERM, SIGINT, or the end of the process that supervises it. Waits for a
    database that is away, busy or full. Ends the process itself, with code 0: threads that hang in a model call must
    not keep it."""
    from agents.models import LocalModels, ModelClient, default_connection
    from agents.models.embedded import EmbeddedServer

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    store = _opened_store(settings)
    models = LocalModels(settings.models, settings.local_model)
    client = ModelClient(
        store.connections, embedded=EmbeddedServer(models), dialects=store.dialects, slots=store.call_slots
    )
    stopping = threading.Event()
    if client.embedded.is_installed():
        keep_weights(models, lambda: default_connection(store.connections, client.environ) == EMBEDDED, stopping)
    keep_python(settings, stopping)
    environment = LegEnvironment(settings, Tools(store, settings))
    notices = Sender(store, settings.url)

    def end() -> None:
        stopping.set()
        client.close()

    serve(
        Worker(
            store, DbosQueue(store.db), client, leg_events=environment.leg_events, notices=notices, home=settings.home
        ),
        end=end,
    )


def _opened_store(settings: Settings) -> Store:
    """Return the store as soon as its database is there; OutageError when somebody must do something about it first.
    Ends the process when the one that supervises it ends meanwhile."""
    is_waiting = False
    while True:
        try:
            return open_store(settings.db_url, settings.home)
        except OutageError as outage:
            if not outage.passes:
                raise
            if not is_waiting:
                log.warning("This worker waits for the database: %s", outage)
            is_waiting = True
        if not os.environ.get(SUPERVISED):
            time.sleep(OPEN_EVERY_S)
        elif select([0], [], [], OPEN_EVERY_S)[0]:  # the end of the supervisor's pipe; it writes nothing
            os._exit(0)


def serve(worker: Worker, *, end: Callable[[], None] = lambda: None) -> NoReturn:
    """Run `worker` in this process: with signals, the supervisor's pipe, the garbage collector. Call `end` and end the
    process when the worker stops, with code 1 when it failed. Where the database goes away while
    the worker begins, the process begins anew."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_stop_with_parent, args=[worker], name="parent", daemon=True).start()

    def ready() -> None:
        with contextlib.suppress(BrokenPipeError):  # who started it is gone, or reads no more
            print(f"Worker {worker.name} is ready.", flush=True)
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()

    code = 1
    try:
        worker.run(ready=ready)
        end()
        code = 0
    except OutageError as outage:
        log.warning("Worker %s could not begin%s: %s", worker.name, " and tries again" * outage.passes, outage)
        if outage.passes:
            time.sleep(OPEN_EVERY_S)
            _begin_anew()
    except Exception:
        log.exception("Worker %s failed", worker.name)
    finally:
        os._exit(code)


def _begin_anew() -> NoReturn:
    """Become a new process of the same command: what DBOS has begun cannot be taken back."""
    os.dup2(sys.stdout.fileno(), 1)  # the command line keeps the output for itself, and gives others that of errors
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _stop_with_parent(worker: Worker) -> None:
    """Standard input ends when the supervisor does, however it dies."""
    while os.read(0, 1024):
        continue
    worker.stop()


def _warm_up() -> None:
    """AutoGen's import takes a second or two; the first chat should not wait for it. What is imported never becomes
    garbage, so the collector need not look at it again, nor so often at the rest."""
    from agents.engine import leg  # noqa: F401

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
