"""Chats that are in the store without any worker, for the tests of the store."""

import itertools

from agents.chats import Event, Recorded
from agents.store import Store
from tests.support.chat_log import started


class StoredChats:
    """Starts chats with ids of their own and brings them to where a test wants them."""

    def __init__(self, store: Store):
        self._chats = store.chats
        self._numbers = itertools.count(1)

    def __call__(self, *events: Event, title: str = "A title", team_id: str | None = None) -> str:
        """A new chat of `events` (the task alone when none are given); those after the task come from a leg."""
        chat = f"chat-{next(self._numbers)}"
        written = list(events) or started()
        self._chats.create(chat, written[:2], client_id=f"of {chat}", team_id=team_id, revision=None, title=title)
        if written[2:]:
            fence = self._chats.begin_leg(chat, "a worker")
            for event in written[2:]:
                self._chats.append(chat, event, fence=fence)
            self._chats.end_leg(chat, fence=fence)
        return chat

    def again(self, chat: str, client_id: str, **changes: object) -> list[Recorded]:
        """Starts a chat with this id and client id."""
        values: dict = {"team_id": None, "revision": None, "title": "A title", **changes}
        return self._chats.create(chat, started(), client_id=client_id, **values)
