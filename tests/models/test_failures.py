"""A call that goes wrong: each fault has its outcome, its words, and its number of tries."""

import socket
import threading

import pytest

from agents.chats import Call
from agents.models import Endpoint, ModelClient
from agents.models.failures import Failure, failure_of_status
from agents.models.retry import retry_pause_s
from agents.models.retry_after import retry_after_s
from agents.specs import ConnectionSpec
from tests.support.model_calls import PROMPT, NoModel, book, called, drained
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S, allowed_s

FAULTS = [
    ("400", "bad_request", 1, "Choose another model for this chat"),
    ("401", "unauthorized", 1, 'does not accept the key of connection "scripted"'),
    ("403", "unauthorized", 1, "is not allowed to use fault-403"),
    ("404", "not_found", 1, 'has no model "fault-404"'),
    ("404-path", "not_found", 1, 'Most servers want "/v1" at the end'),
    ("429", "rate_limited", 3, "It asks to wait 0.05 s"),
    ("quota", "quota", 1, "Waiting does not help: add credit"),
    ("context", "too_long", 1, "What was sent is too long for fault-context"),
    ("drop", "dropped", 1, "in the middle of its reply"),
    ("truncated", "garbage", 1, "a line that breaks off"),
    ("html", "garbage", 1, "a web page"),
    ("no-choices", "garbage", 1, "without choices"),
    ("empty", "empty", 1, "replied with nothing"),
    ("null", "empty", 1, "replied with nothing"),
    ("content-filter", "empty", 1, "The content filter"),
]


@pytest.fixture
def hasty_client(server: ScriptedServer):
    """A client that waits a second for a token."""
    client = client_for(server.base_url, timeout_s=1)
    yield client
    client.close()


def client_for(base_url: str, **fields: object) -> ModelClient:
    spec = ConnectionSpec.model_validate({"name": "scripted", "base_url": base_url, "model": "m", **fields})
    return ModelClient(book(spec), environ={}, embedded=NoModel())


class TestWaiting:
    @pytest.mark.parametrize("status", [408, 429, 500, 503])
    def test_a_server_that_asks_for_a_long_pause_is_not_waited_for(self, status: int):
        endpoint = Endpoint("c", "openai", "https://api.example.com/v1", "k", "m", 60, 2, False)
        asked = {
            seconds: failure_of_status(status, None, {"retry-after": seconds}, endpoint) for seconds in ("60", "86400")
        }
        assert retry_pause_s(asked["60"], 0, 2) == 60
        assert retry_pause_s(asked["86400"], 0, 2) is None
        assert retry_pause_s(asked["60"], 2, 2) is None, "and no longer than the connection allows"

    def test_pauses_double_up_to_the_longest_with_some_chance_in_them(self):
        failure = Failure("server_error", "It failed.", is_passing=True)
        for n_retries, longest_s in enumerate((0.5, 1, 2, 4, 8, 8, 8)):
            pause_s = retry_pause_s(failure, n_retries, 10)
            assert pause_s is not None
            assert 0.75 * longest_s <= pause_s <= longest_s
        assert retry_pause_s(Failure("quota", "No credit."), 0, 10) is None


class TestFaults:
    @pytest.mark.usefixtures("soon_again")
    @pytest.mark.parametrize(("fault", "outcome", "n_requests", "words"), FAULTS, ids=[row[0] for row in FAULTS])
    def test_a_fault_is_named_and_explained(
        self, client: ModelClient, server: ScriptedServer, fault: str, outcome: str, n_requests: int, words: str
    ):
        result = called(client, f"fault-{fault}")
        assert (result.outcome, len(server.records)) == (outcome, n_requests)
        assert words in result.error
        assert not any(sign in result.error for sign in ("Traceback", "Error(", "httpx", "!", "secret"))

    @pytest.mark.usefixtures("soon_again")
    @pytest.mark.parametrize("fault", ["500", "503", "hangup", "stream-error", "429"])
    def test_a_passing_failure_is_tried_again_and_then_forgotten(
        self, client: ModelClient, server: ScriptedServer, fault: str
    ):
        result = called(client, f"flaky-{fault}")
        assert (result.outcome, result.error, len(server.records)) == ("ok", "", 2)
        assert result.usage_raw["studio"] == {"tries": 2}

    def test_a_lasting_failure_is_tried_as_often_as_the_connection_says(self, server: ScriptedServer):
        client = client_for(server.base_url, max_retries=1)
        result = called(client, "fault-503")
        client.close()
        assert (result.outcome, len(server.records)) == ("server_error", 2)
        assert "(Tried 2 times.)" in result.error

    def test_the_servers_own_waiting_time_is_kept(self, client: ModelClient, server: ScriptedServer):
        said = {"error": {"message": "Slow down"}}
        server.script([Reply(None, 429, said, {"retry-after": "0.7"})])
        assert called(client).outcome == "ok"
        first, second = server.records
        assert second.at - first.at >= 0.7

    def test_a_date_to_wait_for_is_understood(self, client: ModelClient, server: ScriptedServer):
        at = {"retry-after": "Sun, 29 Nov 2026 16:00:01 GMT", "date": "Sun, 29 Nov 2026 16:00:00 GMT"}
        server.script([Reply(None, 429, {"error": {"message": "Slow down"}}, at)])
        assert called(client).outcome == "ok"
        first, second = server.records
        assert second.at - first.at >= 1

    def test_a_date_that_is_past_asks_for_no_pause(self):
        assert retry_after_s({"retry-after": "Sun, 29 Nov 2015 16:00:00 GMT"}) == 0
        assert retry_after_s({"retry-after": "soon"}) is None

    def test_a_long_waiting_time_is_told_and_not_waited_for(self, client: ModelClient, server: ScriptedServer):
        server.script([Reply(None, 429, {"error": {"message": "Slow down"}}, {"retry-after": "3600"})])
        result = called(client)
        assert (result.outcome, len(server.records)) == ("rate_limited", 1)
        assert "It asks to wait 3600 s." in result.error

    def test_what_was_said_before_the_connection_broke_is_kept(self, client: ModelClient):
        pieces, result = drained(client.call("scripted", "fault-drop", PROMPT, {}))
        assert len(pieces) == 2
        assert result.reply == "".join(pieces)

    def test_no_answer_is_a_timeout_and_is_not_tried_again(self, hasty_client: ModelClient, server: ScriptedServer):
        result = called(hasty_client, "fault-timeout")
        assert (result.outcome, len(server.records)) == ("timeout", 1)
        assert "gave no answer within 1 s" in result.error

    def test_silence_between_two_pieces_is_a_timeout(self, hasty_client: ModelClient, server: ScriptedServer):
        server.script([Reply("one two three", piece_delay_s=30)])
        result = called(hasty_client)
        assert (result.outcome, result.reply) == ("timeout", "one")
        assert "in the middle of its reply" in result.error

    def test_closing_the_client_ends_the_wait_for_another_try(self, client: ModelClient, server: ScriptedServer):
        server.script(lambda request: Reply(None, 429, {}, {"retry-after": "50"}))
        results: list[Call] = []
        call = threading.Thread(target=lambda: results.append(called(client)))
        call.start()
        server.wait_for(lambda records: records and records[0].outcome == "429")
        client.close()
        call.join(WITHIN_S)
        assert len(results) == 1
        assert results[0].duration_s < allowed_s(10)


class TestAddresses:
    @pytest.mark.parametrize(
        ("port", "server", "start"),
        [(11434, "Ollama", "ollama serve"), (1234, "LM Studio", "Start Server"), (8080, "llama.cpp", "llama-server")],
    )
    def test_a_local_server_that_is_not_there_is_named_by_its_port(self, port: int, server: str, start: str):
        with socket.socket() as taken:  # bound and not listening: whoever runs on this machine, nothing answers
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.77.0.1", port))
            client = client_for(f"http://127.77.0.1:{port}/v1")
            result = called(client)
            client.close()
        assert result.outcome == "refused"
        assert f"{server} usually has this port" in result.error
        assert start in result.error

    def test_docker_is_named_when_localhost_does_not_answer(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            client = client_for(f"http://localhost:{port}/v1")
            result = called(client)
            client.close()
        assert f"Nothing answers at http://localhost:{port} (tried http://localhost:{port}/v1/chat/completions)" in (
            result.error
        )
        assert "host.docker.internal" in result.error

    def test_a_missing_v1_is_told_with_the_address_to_use(self, server: ScriptedServer):
        client = client_for(server.base_url.removesuffix("/v1"))
        server.script(["fault-404-path"])
        result = called(client)
        client.close()
        assert result.outcome == "not_found"
        assert f"use {server.base_url}." in result.error

    def test_a_name_that_nobody_knows_is_told(self):
        client = client_for("http://no-such-host.invalid/v1", max_retries=0, is_local=True)
        result = called(client)
        client.close()
        assert result.outcome in ("refused", "not_configured")
        assert "no-such-host.invalid" in result.error

    def test_a_connection_that_is_not_set_up_is_a_result_too(self, client: ModelClient, server: ScriptedServer):
        result = drained(client.call("elsewhere", "m", PROMPT, {}))[1]
        assert (result.outcome, result.connection, server.records) == ("not_configured", "elsewhere", [])
        assert 'Connection "elsewhere" does not exist' in result.error


class TestConnections:
    def test_a_server_that_closes_its_connections_in_secret_gets_a_new_one_for_each_call(
        self, client: ModelClient, server: ScriptedServer
    ):
        server.script([Reply("Fine."), "fault-hangup"])
        assert [called(client).outcome for _ in range(4)] == ["ok"] * 4
        assert len(server.records) == 5
        assert server.n_connections == 4  # the first two requests shared one
