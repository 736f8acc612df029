"""Which slot of the local model's server a call goes to: a member's next turn finds what its last one read.

Left to itself the server takes the slot whose prompt is most alike, and members whose prompts begin alike take it from
each other. Slots are given by the prompt's beginning, those used longest ago first. Called by `ModelClient`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agents.chats import sha256_of
from agents.models.connections import Endpoint

N_FIRST = 2
"""Messages that a member's prompts in a chat have in common: the system's, and the task."""


def whose(model: str, agent: str, messages: list[dict[str, Any]]) -> str:
    """Return what is the same for all prompts of one member, or of the choice of speakers, in one chat."""
    return sha256_of([model, agent, messages[:N_FIRST]])


class PromptSlots:
    """The slots of one server. Safe to use from many threads."""

    def __init__(self, n_slots: int):
        self._lock = threading.Lock()
        """Guards the three below: two calls at once would take the same slot."""
        self._owners: dict[int, str] = {}
        self._oldest_first = list(range(n_slots))
        self._busy: set[int] = set()

    @contextmanager
    def taken(self, whose: str) -> Iterator[int | None]:
        """Yield the slot for a call, which no other call has meanwhile: the one that was its own, else the one used
        longest ago. None when all are taken: the server lets the call wait."""
        slot = self._take(whose)
        try:
            yield slot
        finally:
            with self._lock:
                self._busy.discard(-1 if slot is None else slot)

    def _take(self, whose: str) -> int | None:
        with self._lock:
            free = [slot for slot in self._oldest_first if slot not in self._busy]
            own = [slot for slot in free if self._owners.get(slot) == whose]
            slot = next(iter(own or free), None)
            if slot is not None:
                self._owners[slot] = whose
                self._busy.add(slot)
                self._oldest_first.remove(slot)
                self._oldest_first.append(slot)
            return slot


class LocalPrompts:
    """The slots of all local models. Safe to use from many threads."""

    def __init__(self, n_slots: int):
        self._n_slots = n_slots
        self._slots: dict[str, PromptSlots] = {}
        """By the model's name: each has a server of its own."""

    @contextmanager
    def place(self, endpoint: Endpoint, agent: str, messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield what a request says of where the prompts of `agent` are kept; {} for other servers than the local
        model's."""
        if endpoint.kind != "embedded":
            yield {}
            return
        slots = self._slots.setdefault(endpoint.model, PromptSlots(self._n_slots))
        with slots.taken(whose(endpoint.model, agent, messages)) as slot:
            yield {} if slot is None else {"id_slot": slot}
