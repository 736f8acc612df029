"""Legs that a process runs for itself, without the queue: what the command line does with a chat of its own.

The same leg, heartbeat and streamed text as a worker's, so that other workers leave the chat alone while this process
lives and take it over when it does not. Called by `agents.studio`.
"""

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from types import TracebackType
from typing import NamedTuple, Self

from agents.chats import ChatState, Status
from agents.engine import Item, Streamed
from agents.engine.model_calls import Model
from agents.store import Store
from agents.worker.heartbeat import TTL_S, Heartbeat
from agents.worker.leg_environment import LegEnvironment
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs

Show = Callable[[int, str, str], None]
"""(turn, agent, text): a piece of a message that is being written."""


class ForegroundWorker:
    """This process as a worker, from `__enter__` to `__exit__`."""

    def __init__(self, store: Store):
        self._store = store
        self._heartbeat = Heartbeat(store.workers)
        self._legs = RunningLegs(store.chats)
        self._opened = ExitStack()

    @property
    def worker(self) -> str:
        """The worker's name, which no other process has."""
        return self._heartbeat.worker

    def __enter__(self) -> Self:
        self._opened.enter_context(self._heartbeat)
        self._opened.enter_context(self._legs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in self._legs.fences():  # of a leg that hangs in a model call: its chat is free for others at once
            self._store.chats.end_leg(held.chat, fence=held.fence)
        self._opened.close()

    def work_on(
        self, chat: str, client: Model, environment: LegEnvironment, show: Show, stopping: threading.Event
    ) -> Status:
        """Work on the chat as `runner.run_leg` does, and show each piece of text as it streams. Return "running" at
        once while another living worker has the chat."""
        owner = self._store.chats.row(chat).leg_worker
        if owner not in (None, self.worker) and owner in self._store.workers.live(TTL_S):
            return "running"

        def shown(state: ChatState, client: Model) -> Generator[Item, None, None]:
            with closing(environment.leg_events(chat, state, client)) as items:
                for item in items:
                    if isinstance(item, Streamed) and item.text:  # without any it is a chance to stop
                        show(item.turn, item.agent, item.text)
                    yield item

        return run_leg(
            chat,
            chats=self._store.chats,
            client=client,
            worker=self.worker,
            legs=self._legs,
            stopping=stopping,
            leg_events=shown,
        )


class LazyForegroundWorker:
    """The one `ForegroundWorker` of a studio, opened when it is first needed and shared."""

    def __init__(self, store: Store):
        self._store = store
        self._opening = threading.Lock()
        """Guards `_worker`: two threads at once would make two workers."""
        self._worker: ForegroundWorker | None = None

    def get(self) -> ForegroundWorker:
        """Return the worker, opened if need be."""
        with self._opening:
            if self._worker is None:
                self._worker = ForegroundWorker(self._store).__enter__()
            return self._worker

    def close(self) -> None:
        """End the worker if it was ever opened."""
        with self._opening:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.__exit__(None, None, None)


POLL_S = 0.05
END_WITHIN_S = 2.0


class Piece(NamedTuple):
    """A piece of a message that is being written."""

    turn: int
    agent: str
    text: str


class LegThread:
    """Calls `run` until the chat no longer owes a turn, or `close` is called."""

    def __init__(self, run: Callable[[Show, threading.Event], Status]):
        self._run_leg = run
        self._pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="leg", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        def show(turn: int, agent: str, text: str) -> None:
            self._pieces.put(Piece(turn, agent, text))

        try:
            pause_s = POLL_S
            while self._run_leg(show, self._stopping) == "running":
                if self._stopping.wait(pause_s):
                    return
                pause_s = min(pause_s * 2, 1)
        except Exception as error:  # noqa: BLE001 - raised again by `is_over`
            self._error = error

    def next_piece(self) -> Piece | None:
        """The next piece, or None when none came for a moment."""
        try:
            return self._pieces.get(timeout=POLL_S)
        except queue.Empty:
            return None

    def is_over(self) -> bool:
        """True when nothing is owed any more and all pieces are taken; raises what went wrong."""
        if self._thread.is_alive() or not self._pieces.empty():
            return False
        if self._error:
            raise self._error
        return True

    def close(self) -> None:
        """End the leg at its next piece; one that hangs is left behind, and its fence with it."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(END_WITHIN_S)
