"""One connection serves call after call: with a real provider, a new one costs each call a TLS handshake."""

from collections.abc import Iterator

import pytest

from agents.models import ModelClient
from tests.support.legs import ScriptedConnections
from tests.support.model_calls import NoModel
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[ModelClient]:
    client = ModelClient(ScriptedConnections(server.base_url), environ={}, embedded=NoModel())
    yield client
    client.close()


def ask(client: ModelClient, text: str) -> str:
    """How the call went."""
    pieces = client.call("scripted", "", [{"role": "user", "content": text}], {})
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return str(end.value.outcome)


class TestConnections:
    def test_a_second_call_goes_over_the_first_ones_connection(self, client: ModelClient, server: ScriptedServer):
        assert [ask(client, "One."), ask(client, "Two."), ask(client, "Three.")] == ["ok", "ok", "ok"]
        assert server.n_connections == 1

    def test_a_call_that_is_given_up_takes_its_connection_with_it(self, client: ModelClient, server: ScriptedServer):
        server.piece_ms = 20
        pieces = client.call("scripted", "", [{"role": "user", "content": "One."}], {})
        next(pieces)
        pieces.close()
        server.wait_for(lambda records: records[0].outcome == "closed by client")
        server.piece_ms = 0
        assert ask(client, "Two.") == "ok"
        assert server.n_connections == 2

    def test_messages_arrive_as_they_were_given(self, client: ModelClient, server: ScriptedServer):
        assert ask(client, "Grüße, 世界") == "ok"
        assert server.records[-1].messages == [{"role": "user", "content": "Grüße, 世界"}]

    def test_a_later_request_is_sent_as_the_sdk_sent_the_first(self, client: ModelClient, server: ScriptedServer):
        sent: list[dict[str, str]] = []

        def answer(request: Request) -> Reply:
            sent.append({name: value for name, value in request.headers.items() if name != "content-length"})
            return Reply("Yes.")

        server.script(answer)
        assert [ask(client, "One."), ask(client, "Two, and longer.")] == ["ok", "ok"]
        first, second = sent
        assert second == first
        assert first["authorization"] == "Bearer sk-test"

    def test_a_later_request_that_is_refused_says_why_as_the_first_does(
        self, client: ModelClient, server: ScriptedServer
    ):
        assert ask(client, "One.") == "ok"
        server.script(["fault-401"])
        assert ask(client, "Two.") == "unauthorized"
