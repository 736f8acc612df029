"""Chats for the tests of work, and waiting for what becomes of them."""

import time
from itertools import count

from agents.chats import ChatEnded, ChatStarted, ChatState, Event, MessagePosted, Person, Status
from agents.specs import load_team
from agents.store import Store
from agents.worker.queue import DbosQueue

THREE = """
name: Three
agents:
  - {name: PM, prompt: You specify., description: Specifies.}
  - {name: Dev, prompt: You write code., description: Codes.}
  - {name: QA, prompt: You review., description: Reviews.}
selection: {method: round_robin}
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""


def events(task: str = "Build it.", n_messages: int = 4) -> list[Event]:
    """The beginning of a chat that ends after `n_messages` messages, the task being the first."""
    team = load_team(THREE % n_messages)
    return [
        ChatStarted(team=team.model_dump(mode="json"), task=task, by=Person()),
        MessagePosted(turn=0, agent=team.task_giver, content=task, source="task", by=Person()),
    ]


class ChatStarter:
    """Starts chats with ids of their own."""

    def __init__(self, store: Store, queue: DbosQueue):
        self._store, self._queue = store, queue
        self._numbers = count(1)

    def __call__(self, *, n_messages: int = 4, is_enqueued: bool = True) -> str:
        chat = f"chat-{next(self._numbers)}"
        self._store.chats.create(
            chat,
            events(n_messages=n_messages),
            client_id=f"of {chat}",
            team_id=None,
            revision=None,
            title="A title",
            hook=self._queue.hook if is_enqueued else None,
        )
        return chat


def stop(store: Store, chat: str) -> None:
    """Ends the chat as a person does."""

    def decide(state: ChatState) -> list[Event]:
        return [ChatEnded(reason="stopped", text="You stopped the chat.", by=Person())]

    store.chats.append_from_person(chat, decide, client_id=f"stop {time.monotonic()}", takes_fence=True)


def status(store: Store, chat: str) -> Status:
    return store.chats.row(chat).status


def head(store: Store, chat: str) -> int:
    return store.chats.row(chat).head


def assert_whole(store: Store, chat: str, n_messages: int) -> None:
    """The chat ended by its limit with every event once: no gap, no turn twice, and projections that agree."""
    log = store.chats.log(chat)
    assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
    turns = [recorded.event.turn for recorded in log if isinstance(recorded.event, MessagePosted)]
    assert turns == list(range(n_messages))
    ended = [recorded.event for recorded in log if isinstance(recorded.event, ChatEnded)]
    assert [event.reason for event in ended] == ["max_rounds"]
    assert isinstance(log[-1].event, ChatEnded)
    assert store.chats.verify(chat) == []
