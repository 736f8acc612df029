"""How many calls a connection takes at once and in a minute; further calls wait, and can be stopped while they do.

Counts in a store that all processes share. Called by `ModelClient` around each call.
"""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Protocol, TypeVar
from uuid import uuid4

from agents.cancellation import LOOK_UP_EVERY_S, Notice
from agents.models.connections import Endpoint

LEAST_TTL_S = 60.0
KEEP_EVERY_S = 15.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class CallSlots(Protocol):
    """Where the calls under way are counted; see `agents.store.call_slots`."""

    def take(self, connection: str, slot: str, *, at_once: int | None, a_minute: int | None, ttl_s: float) -> bool: ...

    def keep(self, slot: str, *, ttl_s: float) -> None: ...

    def give_back(self, slot: str) -> None: ...


class Slot:
    """One call's place at a connection; none, where the connection has no limit."""

    def __init__(self, endpoint: Endpoint, slots: CallSlots | None):
        is_limited = endpoint.max_calls_at_once is not None or endpoint.max_calls_a_minute is not None
        self._endpoint, self._slots = endpoint, slots if is_limited else None
        self._name, self._kept_at = uuid4().hex if is_limited else "", 0.0
        self._ttl_s = endpoint.timeout_s + LEAST_TTL_S

    def waited_for(self) -> Generator[str, None, None]:
        """Take the place, waiting until there is one; yield what is waited for, and "" at least every 0.25 s."""
        if self._slots is None:
            return
        endpoint = self._endpoint
        limits = {"at_once": endpoint.max_calls_at_once, "a_minute": endpoint.max_calls_a_minute}
        said = f"Waiting: the connection “{endpoint.connection}” takes {limits_text(endpoint)}…"
        while not self._slots.take(endpoint.connection, self._name, **limits, ttl_s=self._ttl_s):
            yield Notice(said)
            time.sleep(LOOK_UP_EVERY_S)
        self._kept_at = time.monotonic()

    def kept_while(self, pieces: Generator[str, None, T]) -> Generator[str, None, T]:
        """Yield the pieces of the call's reply, and return its result; the place is kept as long as they come."""
        with closing(pieces):
            while True:
                try:
                    piece = next(pieces)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                if self._slots is not None and time.monotonic() - self._kept_at > KEEP_EVERY_S:
                    self._kept_at = time.monotonic()
                    self._tell(lambda slots: slots.keep(self._name, ttl_s=self._ttl_s))
                yield piece

    def give_back(self) -> None:
        """Say that the call is over, or was never made."""
        self._tell(lambda slots: slots.give_back(self._name))

    def _tell(self, change: Callable[[CallSlots], None]) -> None:
        """Change the count; never raise. A reply that was paid is worth more, and a place that nobody gives back is
        free once it expires."""
        if self._slots is not None:
            try:
                change(self._slots)
            except Exception as failure:  # noqa: BLE001  the database may be away
                log.warning("A call at the connection %s is not counted right: %s", self._endpoint.connection, failure)


def limits_text(endpoint: Endpoint) -> str:
    """Return a connection's limits, such as "2 calls at once and 60 a minute"; "" without any."""
    limits = [(endpoint.max_calls_at_once, "at once"), (endpoint.max_calls_a_minute, "a minute")]
    texts = [f"{limit:,} {unit}" for limit, unit in limits if limit is not None]
    n_first = next((limit for limit, _ in limits if limit is not None), 0)
    return " and ".join(texts).replace(" ", " call " if n_first == 1 else " calls ", 1)
