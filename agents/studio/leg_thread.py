"""Legs of a chat on a thread of their own, so that whoever follows the chat sees its events and text as they come.

Called by `Chats.follow`.
"""

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from agents.chats import Status
from agents.worker.foreground import Show

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
