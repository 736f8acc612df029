"""Legs that a process runs for itself, without the queue: what the command line does with a chat of its own.

The same leg, heartbeat and streamed text as a worker's, so that other workers leave the chat alone while this process
lives and take it over when it does not. Called by `agents.studio`.
"""

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import NamedTuple

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
                self._opened = (Heartbeat(self._store.workers).__enter__(), RunningLegs(self._store.chats).__enter__())
            return self._opened

    def close(self) -> None:
        """End the worker if it ever began."""
        with self._opening:
            opened, self._opened = self._opened, None
        if opened is not None:
            heartbeat, legs = opened
            for held in legs.fences():  # of a leg that hangs in a model call: its chat is free for others at once
                self._store.chats.end_leg(held.chat, fence=held.fence)
            legs.__exit__()
            heartbeat.__exit__()

    def work_on(
        self, chat: str, client: Model, environment: LegEnvironment, show: Show, stopping: threading.Event
    ) -> Status:
        """Work on the chat as `runner.run_leg` does, and show each piece of text as it streams. Return "running" at
        once while another living worker has the chat."""
        heartbeat, legs = self._open()
        owner = self._store.chats.row(chat).leg_worker
        if owner not in (None, heartbeat.worker) and owner in self._store.workers.live(TTL_S):
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
            worker=heartbeat.worker,
            legs=legs,
            stopping=stopping,
            leg_events=shown,
        )


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
