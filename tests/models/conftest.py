"""Fixtures of the model tests."""

from collections.abc import Iterator

import pytest

from agents.models import EmbeddedServer, ModelClient, retry
from agents.specs import ConnectionSpec
from tests.support.model_calls import KEY, NoModel, book, local_models
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[ModelClient]:
    """A client whose connection "scripted" leads to `server`, with a key."""
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1", timeout_s=WITHIN_S)
    client = ModelClient(book(spec, key=KEY), environ={}, embedded=NoModel())
    yield client
    client.close()


@pytest.fixture
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that failed is made again almost at once, for tests that do not look at the pause."""
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.01)


@pytest.fixture(scope="module")
def embedded_client() -> Iterator[ModelClient]:
    """A client without any connection but the embedded model, which is real."""
    client = ModelClient(book(), environ={}, embedded=EmbeddedServer(local_models(), context=2048))
    yield client
    client.close()
