"""The legs that this process runs now, the text that they stream, and the one thread that serves them all.

Every 80 ms it saves the texts that grew, in one transaction, and compares the fences of all legs that wrote nothing
meanwhile, in one query. A leg never waits for it. That is how Stop, a deletion or a takeover reaches a running turn:
each of the three raises the chat's fence token; the runner looks at `RunningLeg.has_moved` before it takes the next
event or piece of text, and closes the engine. Until then nothing is lost either: the store refuses what an older token
writes.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from agents.engine import Streamed
from agents.store import ChatLog, StreamedText

EVERY_S = 0.08
PAUSE_S = 1.0
"""After a failure: the database is away, and streamed text is the last thing it needs."""

END_S = 0.3
"""A database that hangs must not keep the process from ending."""

NOBODY = (-1, "")

log = logging.getLogger(__name__)


class RunningLeg:
    """One leg from its start to its end: the fence token that it took, and the message that it streams. Its own thread
    writes and asks; another one takes the text, and sees that the fence has moved."""

    def __init__(self, chat: str, fence: int, release: Callable[[], None] | None = None):
        self.chat, self.fence = chat, fence
        self.has_moved = False
        """True within about 200 ms of the fence's moving: the leg is dead and must end."""
        self.written_at = time.monotonic()
        """When the store last took its fence for the newest."""
        self._release = release
        self._writer = NOBODY
        """(turn, agent) of the message."""
        self._pieces: list[str] = []
        self._n_taken = 0
        self._notice = ""

    def release(self) -> None:
        """Let the chat's next leg start, once: this one may hang in a model call for long. Raises when that fails; the
        next call tries again."""
        if self._release is not None:
            self._release()
            self._release = None

    def write(self, piece: Streamed) -> None:
        """Add to the text; another turn or agent begins a new one."""
        if not piece.text:  # only a chance to check whether to go on
            self._wait(piece)
            return
        if (piece.turn, piece.agent) != self._writer:
            self._restart((piece.turn, piece.agent))
        self._pieces.append(piece.text)

    def _wait(self, piece: Streamed) -> None:
        """Say what is waited for, where no text of this turn is there to be shown."""
        if piece.notice != self._notice and not self._pieces:
            if self._writer == NOBODY:
                self._writer = (piece.turn, piece.agent)
            self._notice, self._n_taken = piece.notice, -1

    def clear(self) -> None:
        """Forget the text: its message is in the log."""
        self._restart(NOBODY)

    def take(self) -> StreamedText | None:
        """Return the text so far when it grew since the last call, else None."""
        (turn, agent), pieces, n = self._writer, self._pieces, len(self._pieces)
        if n == self._n_taken or turn < 0:
            return None
        self._n_taken = n
        text, notice = "".join(pieces[:n]), "" if n else self._notice
        return StreamedText(chat=self.chat, turn=turn, agent=agent, text=text, fence=self.fence, notice=notice)

    def _restart(self, writer: tuple[int, str]) -> None:
        self._writer, self._pieces, self._n_taken, self._notice = writer, [], 0, ""


class RunningLegs:
    """The process's running legs and their thread. Safe to use from many threads."""

    def __init__(self, chats: ChatLog, is_known: Callable[[], bool] = lambda: True):
        self.chats = chats
        self.is_known = is_known
        """Whether others know that this process lives; while they do not, its legs begin nothing that costs money."""
        self._legs: dict[RunningLeg, None] = {}
        self._changed = threading.Condition()  # guards _legs and _is_closing
        self._is_closing = False
        self._thread = threading.Thread(target=self._serve, name="running-legs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(END_S)

    def add(self, chat: str, fence: int, release: Callable[[], None] | None = None) -> RunningLeg:
        """Return the leg, served until `remove`. `release` is called when it goes on although its fence has moved."""
        leg = RunningLeg(chat, fence, release)
        with self._changed:
            self._legs[leg] = None
            self._changed.notify_all()
        return leg

    def remove(self, leg: RunningLeg) -> None:
        """Say that the leg is over."""
        with self._changed:
            self._legs.pop(leg, None)

    def now(self) -> list[RunningLeg]:
        """Return the legs that run now."""
        with self._changed:
            return list(self._legs)

    def _serve(self) -> None:
        pause_s, is_failing = EVERY_S, False
        while self._wait(pause_s):
            started_at = time.monotonic()
            try:
                self._save_texts()
                self._compare_fences()
                is_failing = False
            except Exception as failure:  # noqa: BLE001  streamed text is only shown; the legs go on
                if not is_failing:
                    log.warning("Text that is being written cannot be shown for now: %s", failure)
                is_failing = True
            # A slow database gets as much time without us as with us.
            pause_s = PAUSE_S if is_failing else max(EVERY_S, time.monotonic() - started_at)

    def _wait(self, pause_s: float) -> bool:
        """Return False when closing. Sleep for as long as there is no leg."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, pause_s)
            self._changed.wait_for(lambda: self._is_closing or bool(self._legs))
            return not self._is_closing

    def _save_texts(self) -> None:
        running = [leg for leg in self.now() if not leg.has_moved]
        self.chats.save_streamed_texts([text for leg in running if (text := leg.take())])

    def _compare_fences(self) -> None:
        """Mark the legs whose fence has moved; release those that were marked before and still run."""
        before = time.monotonic() - EVERY_S
        legs = [leg for leg in self.now() if leg.has_moved or leg.written_at < before]
        heads = self.chats.heads({leg.chat for leg in legs})
        for leg in legs:
            if leg.has_moved:
                leg.release()
            elif heads.get(leg.chat, (0, leg.fence + 1))[1] != leg.fence:
                leg.has_moved = True
