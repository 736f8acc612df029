"""A scripted model server and the real client that talks to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.models import ModelClient
from agents.specs import ConnectionSpec, OwnPrice
from tests.support.legs import ScriptedConnections
from tests.support.model_calls import NoModel
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces


@pytest.fixture
def model(server: ScriptedServer) -> Iterator[ModelClient]:
    client = ModelClient(ScriptedConnections(server.base_url), environ={}, embedded=NoModel())
    yield client
    client.close()


class PricedBook(ScriptedConnections):
    """The same server, at a thousand dollars a million tokens."""

    def get(self, name: str) -> ConnectionSpec | None:
        connection = super().get(name)
        assert connection is not None
        price = OwnPrice(input_usd_per_mtok=1_000, output_usd_per_mtok=1_000)
        return connection.model_copy(update={"price": price})


@pytest.fixture
def priced_model(server: ScriptedServer) -> Iterator[ModelClient]:
    client = ModelClient(PricedBook(server.base_url), environ={}, embedded=NoModel())
    yield client
    client.close()


@pytest.fixture
def tools(tmp_path: Path) -> Traces:
    """Tools that leave traces."""
    return Traces(tmp_path)
