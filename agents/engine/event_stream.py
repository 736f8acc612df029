"""Reads AutoGen's callbacks as a generator: blocking code that emits events, one at a time.

`run_chat` is one long call that calls us back. Running it in a greenlet lets every callback hand its event to the
reader and go on when the reader asks for more: no thread, no queue, and nothing happens between two reads.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from greenlet import GreenletExit, getcurrent, greenlet

from agents.chats import Event


@dataclass(frozen=True)
class Streamed:
    """A piece of a message that is being written. Not an event: it is shown and forgotten."""

    turn: int
    agent: str
    text: str


Item = Event | tuple[Event, ...] | Streamed
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
