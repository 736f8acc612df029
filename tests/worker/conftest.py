"""What the tests of work share: a scripted model, a queue, chats that owe a turn, and real worker processes."""

import pytest

from agents.store import Store
from agents.worker.queue import DbosQueue
from tests.support.chats import ChatStarter
from tests.support.processes import Processes
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def model():
    """A model server that answers at once, in pieces without pause, unless the test sets `piece_ms`."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def queue(store: Store):
    """The queue on the test's database."""
    opened = DbosQueue(store.db)
    yield opened
    opened.close()


@pytest.fixture
def start(store: Store, queue: DbosQueue) -> ChatStarter:
    """Starts a chat of three assistants who take turns, and enqueues its first leg; returns its id."""
    return ChatStarter(store, queue)


@pytest.fixture
def workers(db_url: str, home, model: ScriptedServer, tmp_path):
    """Starts workers, real processes; all of them are gone after the test."""
    with Processes(db_url, home, model.base_url, tmp_path) as processes:
        yield processes
