"""How a leg's events leave it: recorded one by one, and read as a generator although AutoGen calls back.

`run_chat` is one long call that calls us back. Running it in a greenlet lets every callback hand its event to the
reader and go on when the reader asks for more: no thread, no queue, and nothing happens between two reads.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from agents.chats import ChatEnded, ChatState, Event, Recorded, SubchatStarted, fold


@dataclass(frozen=True)
class Streamed:
    """A piece of a message that is being written. Not an event: it is shown and forgotten."""

    turn: int
    agent: str
    text: str
    notice: str = ""
    """What is waited for meanwhile, when there is no text."""


@dataclass(frozen=True)
class Subchat:
    """A team begins its chat, and the leg of the parent is over: all of this is written together or not at all."""

    started: SubchatStarted
    events: tuple[Event, ...]
    """The beginning of the team's log."""


Item = Event | tuple[Event, ...] | Streamed | Subchat
"""What a leg emits; the events of a tuple are written together or not at all."""
Emit = Callable[[Item], None]


def drained(run: Callable[[Emit], None]) -> Generator[Item, None, None]:
    """Yield what `run` emits, one at a time; `run` is paused between two reads.

    An exception in `run` is raised here. Closing the generator raises GreenletExit inside `run` where it stands,
    so that its `finally` clauses run. Must be read to its end, or closed, on the thread that began reading.
    """

    def emit(item: Item) -> None:
        worker.parent.switch(item)

    worker = greenlet(lambda: run(emit))
    try:
        while True:
            worker.parent = getcurrent()
            item = worker.switch()
            if worker.dead:
                return
            yield item
    finally:
        if not worker.dead:
            worker.parent = getcurrent()
            worker.throw(GreenletExit)


class Halt(BaseException):
    """Ends the leg through AutoGen's own `except Exception` clauses; the events recorded before say why."""


class Recorder:
    """Records the events of one leg. `state` is always that after the last of them.

    An event of which nothing was made yet may be held back, to be written with the next ones: see `hold`."""

    def __init__(self, state: ChatState):
        if state.started is None or state.status != "running" or state.subchat is not None:
            doing = "waiting for a team" if state.subchat else state.status
            raise ValueError(f"a leg needs a running chat; this one is {doing}")
        self.state = state
        self.team = state.started.spec
        self.emit: Emit = lambda item: None
        self.closing: Callable[[ChatEnded], tuple[Event, ...]] = lambda ended: (ended,)
        """Returns what is written for an end, the end itself included."""
        self._held: tuple[Event, ...] = ()

    def record(self, *events: Event) -> None:
        """Emit `events`, to be written together, and add them to the state. The store sets their times; no decision
        rests on this clock."""
        emitted, self._held = (*self._held, *events), ()
        self.emit(emitted[0] if len(emitted) == 1 else emitted)
        self._add(events)

    def hold(self, *events: Event) -> None:
        """Add `events` to the state and emit them together with what is recorded next. Only for events whose effect is
        what is recorded next: whoever does anything else first calls `flush`."""
        self._held += events
        self._add(events)

    def flush(self) -> None:
        """Emit what is held back."""
        if self._held:
            self.record()

    def begin(self, subchat: Subchat) -> NoReturn:
        """Let a team work on the turn, and end the leg."""
        self.flush()
        self.emit(subchat)
        self._add((subchat.started,))
        raise Halt

    def _add(self, events: tuple[Event, ...]) -> None:
        at, head = datetime.now(UTC), self.state.head
        numbered = enumerate(events, start=head + 1)
        log = [Recorded("", seq, at, event) for seq, event in numbered]
        self.state = fold(log, self.state)

    def end(self, ended: ChatEnded) -> NoReturn:
        """End the chat and the leg."""
        self.record(*self.closing(ended))
        raise Halt
