"""What legs are writing right now, for the eyes at the screen; and the watch over who still owns its chat.

One thread for all legs of a process: every 80 ms it saves the texts that grew, in one transaction, and asks once for
the fences of all legs. A leg never waits for it. Nothing here is ever resumed from. Called by the runner.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Protocol, Self

from agents.engine import Streamed
from agents.store import StreamedText

EVERY_S = 0.08
PAUSE_S = 1.0
"""After a failure: the database is away, and drafts are the last thing it needs."""

END_S = 0.3
"""A database that hangs must not keep the process from ending."""

log = logging.getLogger(__name__)


class Chats(Protocol):
    """What of the store's chats is needed here."""

    def save_drafts(self, texts: Sequence[StreamedText]) -> None: ...

    def heads(self, chats_asked: Iterable[str]) -> dict[str, tuple[int, int]]: ...


class RunningLeg:
    """One running leg: where it puts what streams, and where it sees that its chat belongs to somebody else."""

    def __init__(self, chat: str, fence: int, free: Callable[[], None]):
        self.chat = chat
        self.fence = fence
        self.has_moved = False
        """True within about 100 ms of the fence's moving: the leg is dead and should end."""
        self._free = free
        self._key = (-1, "")
        self._pieces: list[str] = []
        self._n_saved = 0

    def write(self, piece: Streamed) -> None:
        """Adds to the text; another turn or agent begins a new one. Only the leg's own thread calls this."""
        if not piece.text:  # only its reader looks up
            return
        if (piece.turn, piece.agent) != self._key:
            self._key, self._pieces, self._n_saved = (piece.turn, piece.agent), [], 0
        self._pieces.append(piece.text)

    def posted(self) -> None:
        """The message is in the log: what was not saved of its text need not be."""
        self._key, self._pieces, self._n_saved = (-1, ""), [], 0

    def take(self) -> StreamedText | None:
        """The text so far when it grew since the last call, else None."""
        (turn, agent), pieces, n = self._key, self._pieces, len(self._pieces)
        if n == self._n_saved or turn < 0:
            return None
        self._n_saved = n
        return StreamedText(chat=self.chat, turn=turn, agent=agent, text="".join(pieces[:n]), fence=self.fence)

    def free(self) -> None:
        """Gives the chat's place in the queue away, once: this leg may hang in a model call for long."""
        self._free()  # when it raises, the next look tries again
        self._free = _nothing


class Drafts:
    """The process's running legs and the one thread that looks after them. Safe to use from many threads."""

    def __init__(self, chats: Chats):
        self._chats = chats
        self._legs: dict[RunningLeg, None] = {}
        self._changed = threading.Condition()  # guards _legs and _is_closing
        self._is_closing = False
        self._thread = threading.Thread(target=self._look_after, name="drafts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(END_S)

    def watch(self, chat: str, fence: int, free: Callable[[], None] | None = None) -> RunningLeg:
        """The leg, looked after until `leave`. `free` is called when it goes on although its fence has moved."""
        leg = RunningLeg(chat, fence, free or _nothing)
        with self._changed:
            self._legs[leg] = None
            self._changed.notify_all()
        return leg

    def leave(self, leg: RunningLeg) -> None:
        """The leg is over."""
        with self._changed:
            self._legs.pop(leg, None)

    def legs(self) -> list[RunningLeg]:
        """The legs running now."""
        with self._changed:
            return list(self._legs)

    def _look_after(self) -> None:
        pause_s, is_failing = EVERY_S, False
        while self._wait(pause_s):
            started_at = time.monotonic()
            try:
                self._save()
                self._compare_fences()
                is_failing = False
            except Exception as failure:  # noqa: BLE001  what streams is for the eyes only; the legs go on
                if not is_failing:
                    log.warning("What is being written cannot be shown for now: %s", failure)
                is_failing = True
            # A slow database gets as much time without us as with us.
            pause_s = PAUSE_S if is_failing else max(EVERY_S, time.monotonic() - started_at)

    def _wait(self, pause_s: float) -> bool:
        """False when closing. Sleeps for as long as there is no leg."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, pause_s)
            self._changed.wait_for(lambda: self._is_closing or bool(self._legs))
            return not self._is_closing

    def _save(self) -> None:
        self._chats.save_drafts([draft for leg in self.legs() if not leg.has_moved and (draft := leg.take())])

    def _compare_fences(self) -> None:
        legs = self.legs()
        heads = self._chats.heads({leg.chat for leg in legs})
        for leg in legs:
            if leg.has_moved:
                leg.free()
            elif heads.get(leg.chat, (0, leg.fence + 1))[1] != leg.fence:
                leg.has_moved = True


def _nothing() -> None:
    """Nobody waits for the leg's place."""
