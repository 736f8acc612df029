"""Runs one leg of a chat. Here, and nowhere else, the engine's events meet the store.

    take the fence -> fold the log -> for each event of the engine: append it, then ask for the next -> let go

Every caller uses `run_leg`: the worker for each job, the command line for a chat of its own. What goes wrong becomes an
event, a retry or a log line; nothing is raised.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from agents import engine
from agents.chats import (
    ChatEnded,
    ChatState,
    ChatSummarised,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    OpenCall,
    Status,
    ToolStarted,
)
from agents.engine import Item, Streamed, Subchat
from agents.engine.model_calls import Model
from agents.errors import ConflictError, FenceError, NotFoundError, OutageError
from agents.store import ChatLog, Hook
from agents.worker.running_legs import RunningLeg, RunningLegs

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0
AFTER_OUTAGE_S = 0.5
"""Before the engine begins again: where only writing fails, its state can be read at once."""
DEFECT = (
    "An error in the studio itself ended the chat in this turn. Everything up to here is kept. Press Continue to try "
    "again from here; the application's log has the details."
)

log = logging.getLogger(__name__)

LegEvents = Callable[[ChatState, Model], Generator[Item, None, None]]
T = TypeVar("T")


class WorkerStopping(Exception):
    """The process ends: the leg is left as it stands, and the next one goes on from the log."""


def run_leg(
    chat: str,
    *,
    client: Model,
    worker: str,
    legs: RunningLegs,
    stopping: threading.Event,
    release: Callable[[], None] | None = None,
    leg_events: LegEvents = engine.leg_events,
    hook: Hook | None = None,
) -> Status:
    """Work on the chat until it ends, waits for a person or a team, is taken over or stopped, or `stopping` is set.

    Return the chat's status as far as this leg knows: "running" means that it let go early, or waits for a team. Leave
    a chat alone that owes no turn. Wait while the database is away; never raise. `release` is called when the leg is
    dead but cannot end yet, because a model does not answer. `leg_events` is what plays the leg, given the state and
    the client. `hook` enqueues the chat of a team that begins, and the parent of a chat that ends; None: this process
    runs both."""
    try:
        return _LegRun(chat, worker, legs, stopping, release, hook).run(leg_events, client)
    except (FenceError, NotFoundError, WorkerStopping):
        return "running"
    except Exception:
        log.exception("Chat %s: the leg ended by a defect that could not be written into the chat", chat)
        return "running"


@dataclass
class _LegRun:
    chat: str
    worker: str
    legs: RunningLegs
    stopping: threading.Event
    release: Callable[[], None] | None
    hook: Hook | None
    fence: int = 0
    head: int = 0

    @property
    def chats(self) -> ChatLog:
        return self.legs.chats

    def run(self, leg_events: LegEvents, client: Model) -> Status:
        before = self._retry_outages(lambda: self.chats.row(self.chat))
        if before.status != "running" or before.subchat is not None:
            return before.status
        self.fence = self._retry_outages(lambda: self.chats.begin_leg(self.chat, self.worker))
        leg = self.legs.add(self.chat, self.fence, self.release)
        client = client.for_leg(lambda call: self._may_begin(leg, call))
        try:
            while True:
                state = self._retry_outages(lambda: self.chats.state(self.chat))
                self.head = state.head
                if state.status != "running" or state.subchat is not None:
                    return state.status
                if (status := self._append_all(leg_events, state, client, leg)) is not None:
                    return status
                self._retry_outages(lambda: self.chats.cut_call(self.chat, fence=self.fence))
        finally:
            self.legs.remove(leg)
            self._retry_outages(lambda: self.chats.end_leg(self.chat, fence=self.fence))

    def _append_all(self, leg_events: LegEvents, state: ChatState, client: Model, leg: RunningLeg) -> Status | None:
        """Return the chat's new status; None when the engine begins again from the log, because the database went away
        inside it or because a person wrote into the chat meanwhile."""
        status: Status = "running"
        has_others_events = False
        try:
            with closing(leg_events(state, client)) as items:
                for item in items:
                    if leg.has_moved:
                        raise FenceError(f"chat {self.chat}: fence {self.fence} is not the newest")
                    if self.stopping.is_set():
                        raise WorkerStopping
                    if isinstance(item, Streamed):
                        leg.write(item)
                        continue
                    if isinstance(item, Subchat):
                        self._append(item.started, begins=item.events)
                        return "running"
                    events = item if isinstance(item, tuple) else (item,)
                    has_others_events = self._append(*events) or has_others_events
                    leg.written_at = time.monotonic()
                    if isinstance(events[-1], MessagePosted):
                        leg.clear()
                    status = _status_after(events)
                    if (
                        has_others_events
                        and status == "running"
                        and not isinstance(events[-1], ToolStarted | CodeStarted)
                    ):
                        return None  # but not between an action's start and its end, which looks like a crash
        except (FenceError, WorkerStopping):
            raise
        except ConflictError:
            return None
        except OutageError as outage:
            log.warning("Chat %s: the leg begins again: %s", self.chat, outage)
            if self.stopping.wait(AFTER_OUTAGE_S):
                raise WorkerStopping from outage
            return None
        except Exception as error:
            if self.stopping.is_set():  # what the engine uses is being closed
                raise WorkerStopping from error
            log.exception("Chat %s: a defect ended the leg after event %s", self.chat, self.head)
            self._append(ChatEnded(reason="defect", text=DEFECT))
            return "ended"
        if status == "running":
            log.error("Chat %s: the engine ended after event %s without a reason", self.chat, self.head)
            self._append(ChatEnded(reason="defect", text=DEFECT))
            return "ended"
        return status

    def _may_begin(self, leg: RunningLeg, call: OpenCall) -> bool:
        """Whether the leg still owns its chat, asked right before a model costs money: this process may have been
        frozen for as long as others needed to take the chat over. When it does not own it, or when that cannot be
        known, the leg ends or waits at the next piece of text, an empty one."""
        if not self.legs.is_known():
            return False
        try:
            is_owner = self.chats.begin_call(self.chat, call, fence=self.fence)
        except OutageError:
            return False
        leg.has_moved = leg.has_moved or not is_owner
        return is_owner

    def _append(self, *events: Event, begins: tuple[Event, ...] = ()) -> bool:
        """Write `events` exactly once, however often the database goes away in between. True when a person wrote into
        the chat since this leg last did; what a rule decided is then not written (ConflictError), as a person may have
        revoked the rule."""
        before = self.head
        head = before if any(isinstance(event, DecisionMade) for event in events) else None
        self.head = self._retry_outages(
            lambda: (
                self.chats.append(self.chat, *events, fence=self.fence, head=head, begins=begins, hook=self.hook).seq
            ),
            lambda: self._was_written(events),
        )
        return self.head != before + len(events)

    def _was_written(self, events: tuple[Event, ...]) -> int | None:
        """Return the seq under which the last of `events`, an append of unknown outcome, stands in the log; None when
        it does not. People write there too, but never what a leg writes."""
        if self.chats.heads([self.chat]).get(self.chat, (0, 0))[1] != self.fence:
            raise FenceError(f"chat {self.chat}: fence {self.fence} is not the newest")
        written = self.chats.log(self.chat, after=self.head)
        return next((recorded.seq for recorded in written if recorded.event == events[-1]), None)

    def _retry_outages(self, call: Callable[[], T], found: Callable[[], T | None] = lambda: None) -> T:
        """Return the call's result; tried again, ever more slowly, while the database is away. `found` is asked first
        then."""
        pause_s, since, tries = FIRST_PAUSE_S, time.monotonic(), 0
        while True:
            try:
                result = found() if tries else None
                result = call() if result is None else result
            except OutageError as outage:
                if not tries:
                    log.warning("Chat %s waits for the database: %s", self.chat, outage)
                tries += 1
                if self.stopping.wait(pause_s):
                    raise WorkerStopping from outage
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                continue
            if tries:
                log.warning("Chat %s goes on after %.1f s without the database", self.chat, time.monotonic() - since)
            return result


def _status_after(events: tuple[Event, ...]) -> Status:
    decided = {event.request for event in events if isinstance(event, DecisionMade)}
    if any(isinstance(event, DecisionRequested) and event.request not in decided for event in events):
        return "waiting"
    return "ended" if any(isinstance(event, ChatEnded | ChatSummarised) for event in events) else "running"
