"""Legs that a process runs for itself, without the queue: what the command line does with a chat of its own.

The same leg, heartbeat and streamed text as a worker's, so that other workers leave the chat alone while this process
lives and take it over when it does not. Called by `agents.studio`.
"""

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import wait
from contextlib import closing

from agents.cancellation import on_thread
from agents.chats import ChatState, Status
from agents.engine import Item, Streamed
from agents.engine.model_calls import Model
from agents.store import Store
from agents.worker.heartbeat import Heartbeat
from agents.worker.leg_environment import LegEnvironment
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs

Piece = Streamed
Show = Callable[[Piece], None]
"""Gets each piece of a message that is being written."""


class ForegroundWorker:
    """This process as a worker, from the first use until `close`. Safe to use from many threads."""

    def __init__(self, store: Store):
        self._store = store
        self._opening = threading.Lock()
        """Guards `_opened`: two threads at once would make two workers."""
        self._opened: tuple[Heartbeat, RunningLegs] | None = None

    @property
    def worker(self) -> str:
        """The worker's name, which no other process has."""
        return self._open()[0].worker

    def _open(self) -> tuple[Heartbeat, RunningLegs]:
        with self._opening:
            if self._opened is None:
                heartbeat = Heartbeat(self._store.workers).__enter__()
                legs = RunningLegs(self._store.chats, lambda: heartbeat.is_known).__enter__()
                self._opened = (heartbeat, legs)
            return self._opened

    def close(self) -> None:
        """End the worker if it ever began."""
        with self._opening:
            opened, self._opened = self._opened, None
        if opened is not None:
            heartbeat, legs = opened
            for leg in legs.now():  # of a leg that hangs in a model call: its chat is free for others at once
                self._store.chats.end_leg(leg.chat, fence=leg.fence)
            legs.__exit__()
            heartbeat.__exit__()

    def work_on(
        self, chat: str, client: Model, environment: LegEnvironment, show: Show, stopping: threading.Event
    ) -> Status:
        """Work on the chat as `runner.run_leg` does, and on those of the teams that it waits for, and show each piece
        of its text as it streams. Return "waiting" when a team waits for a person, "running" at once while another
        living worker has the chat."""
        while True:
            part = self._store.chats.at_work(chat)
            status = self._work_on(part.chat, client, environment, show if part.chat == chat else _hide, stopping)
            if stopping.is_set() or self._store.chats.at_work(chat).chat == part.chat:
                return status

    def _work_on(
        self, chat: str, client: Model, environment: LegEnvironment, show: Show, stopping: threading.Event
    ) -> Status:
        heartbeat, legs = self._open()
        owner = self._store.chats.row(chat).leg_worker
        if owner not in (None, heartbeat.worker) and owner in self._store.workers.live():
            return "running"

        def shown(state: ChatState, client: Model) -> Generator[Item, None, None]:
            with closing(environment.leg_events(chat, state, client)) as items:
                for item in items:
                    if isinstance(item, Streamed) and item.text:  # without any it is a chance to stop
                        show(item)
                    yield item

        return run_leg(chat, client=client, worker=heartbeat.worker, legs=legs, stopping=stopping, leg_events=shown)


def _hide(piece: Piece) -> None:
    """Show nothing: what a team says in its own chat is not said in this one."""


POLL_S = 0.05
END_WITHIN_S = 2.0


def streamed(run: Callable[[Show, threading.Event], Status]) -> Generator[Piece | None, None, None]:
    """Call `run` on a thread of its own until the chat no longer owes a turn. Yield each piece of text, and None when
    none came for a moment; raise what went wrong.

    Closing it ends the leg at its next piece; one that hangs is left behind, and its fence with it."""
    pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
    stopping = threading.Event()

    def work() -> None:
        pause_s = POLL_S
        while run(pieces.put, stopping) == "running" and not stopping.wait(pause_s):
            pause_s = min(pause_s * 2, 1)

    leg = on_thread(work, "leg")
    try:
        while not (leg.done() and pieces.empty()):
            try:
                yield pieces.get(timeout=POLL_S)
            except queue.Empty:
                yield None
        leg.result()
    finally:
        stopping.set()
        wait([leg], END_WITHIN_S)
