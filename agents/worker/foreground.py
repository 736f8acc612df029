"""Legs that a process runs for itself, without the queue: what the command line does with a chat of its own.

The same leg, heartbeat and drafts as a worker's, so that other workers leave the chat alone while this process lives
and take it over when it does not. Called by `agents.studio`.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Any, Self

from agents.chats import ChatState, Status
from agents.engine import Item, Streamed
from agents.store import Store
from agents.worker.heartbeat import TTL_S, Heartbeat
from agents.worker.leg_environment import LegEnvironment
from agents.worker.runner import run_leg
from agents.worker.streamed_text import Drafts

Show = Callable[[int, str, str], None]
"""(turn, agent, text): a piece of a message that is being written."""


class ForegroundWorker:
    """This process as a worker, from `__enter__` to `__exit__`."""

    def __init__(self, store: Store):
        self._store = store
        self._heartbeat = Heartbeat(store.workers)
        self._drafts = Drafts(store.chats)
        self._opened = ExitStack()

    @property
    def worker(self) -> str:
        """The name under which it works, which no other process has."""
        return self._heartbeat.worker

    def __enter__(self) -> Self:
        self._opened.enter_context(self._heartbeat)
        self._opened.enter_context(self._drafts)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for leg in self._drafts.legs():  # one that hangs in a model call: free for others at once
            self._store.chats.end_leg(leg.chat, fence=leg.fence)
        self._opened.close()

    def run_leg(
        self, chat: str, client: Any, surroundings: LegEnvironment, show: Show, stopping: threading.Event
    ) -> Status:
        """Works on the chat as `runner.run_leg` does, and shows each piece of text as it streams. Leaves the chat alone
        while another living worker has it: "running" at once."""
        owner = self._store.chats.row(chat).leg_worker
        if owner not in (None, self.worker) and owner in self._store.workers.live(TTL_S):
            return "running"

        def shown(state: ChatState, client: Any) -> Generator[Item, None, None]:
            with closing(surroundings.run_leg(chat, state, client)) as items:
                for item in items:
                    if isinstance(item, Streamed) and item.text:  # without any, only its reader looks up
                        show(item.turn, item.agent, item.text)
                    yield item

        return run_leg(
            chat,
            chats=self._store.chats,
            client=client,
            worker=self.worker,
            drafts=self._drafts,
            stopping=stopping,
            run=shown,
        )


class LazyForegroundWorker:
    """The one `ForegroundWorker` of a studio, opened when it is first needed and shared."""

    def __init__(self, store: Store):
        self._store = store
        self._opening = threading.Lock()
        """Guards `_here`: two threads at once would make two workers."""
        self._here: ForegroundWorker | None = None

    def get(self) -> ForegroundWorker:
        """It, at work."""
        with self._opening:
            if self._here is None:
                self._here = ForegroundWorker(self._store).__enter__()
            return self._here

    def close(self) -> None:
        """Ends it if it was ever opened."""
        with self._opening:
            here, self._here = self._here, None
        if here is not None:
            here.__exit__(None, None, None)
