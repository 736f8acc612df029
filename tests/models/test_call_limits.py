"""Limits of a connection: calls at once and a minute, across processes, and a wait that can be stopped."""

import threading
from collections.abc import Iterator

import pytest

from agents.cancellation import notice_of
from agents.models import ModelClient, check_connection
from agents.models.call_limits import limits_text
from agents.models.connections import Endpoint
from agents.specs import ConnectionSpec
from agents.store import Store
from tests.support.model_calls import PROMPT, NoModel, book, called
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S


def client_for(server: ScriptedServer, store: Store, **limits: int) -> ModelClient:
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="m", timeout_s=WITHIN_S, **limits)
    return ModelClient(book(spec), environ={}, embedded=NoModel(), slots=store.call_slots)


@pytest.fixture
def clients(server: ScriptedServer, store: Store) -> Iterator[tuple[ModelClient, ModelClient]]:
    """Two processes' clients of one store; the connection takes one call at once."""
    made = (client_for(server, store, max_calls_at_once=1), client_for(server, store, max_calls_at_once=1))
    yield made
    for each in made:
        each.close()


class TestCallsAtOnce:
    def test_a_second_call_waits_says_so_and_goes_on_when_the_first_is_over(
        self, clients: tuple[ModelClient, ModelClient], server: ScriptedServer
    ):
        first, second = clients

        waits = threading.Event()
        server.script([Reply("One two three", waits_for=waits), "Two."])
        running = first.call("scripted", "", PROMPT, {})
        assert next(running).strip()
        waiting = second.call("scripted", "", PROMPT, {})
        assert notice_of(next(waiting)) == "Waiting: the connection “scripted” takes 1 call at once…"
        assert len(server.records) == 1
        waits.set()
        assert _result(running).outcome == "ok"
        assert _result(waiting).reply == "Two."

    def test_a_wait_that_is_closed_takes_no_place(
        self, clients: tuple[ModelClient, ModelClient], server: ScriptedServer
    ):
        first, second = clients
        waits = threading.Event()
        server.script([Reply("One two three", waits_for=waits)])
        running = first.call("scripted", "", PROMPT, {})
        next(running)
        waiting = second.call("scripted", "", PROMPT, {})
        next(waiting)
        waiting.close()
        waits.set()
        _result(running)
        assert len(server.records) == 1
        assert called(first).outcome == "ok"

    def test_a_call_that_is_closed_or_fails_gives_its_place_back(
        self, clients: tuple[ModelClient, ModelClient], server: ScriptedServer
    ):
        first, second = clients
        server.script(["fault-401", Reply("One two three", piece_delay_s=0.01)])
        assert called(first).outcome == "unauthorized"
        running = first.call("scripted", "", PROMPT, {})
        next(running)
        running.close()
        assert called(second).outcome == "ok"

    def test_the_place_of_a_process_that_died_is_free_once_it_expires(self, store: Store):
        slots = store.call_slots
        assert slots.take("c", "dead", at_once=1, a_minute=None, ttl_s=60)
        assert not slots.take("c", "next", at_once=1, a_minute=None, ttl_s=60)
        slots.keep("dead", ttl_s=-1)
        assert slots.take("c", "next", at_once=1, a_minute=None, ttl_s=60)
        assert slots.take("other", "x", at_once=1, a_minute=None, ttl_s=60), "each connection has its own"


class TestAStoreThatIsAway:
    """The database goes away while a call is under way."""

    class Slots:
        def take(self, connection: str, slot: str, **limits: object) -> bool:
            return True

        def keep(self, slot: str, *, ttl_s: float) -> None:
            raise OSError("the database is away")

        def give_back(self, slot: str) -> None:
            raise OSError("the database is away")

    class Dialects:
        def of(self, connection: str, model: str, address: str) -> dict[str, str]:
            return {}

        def learn(self, connection: str, model: str, address: str, learned: object) -> None:
            raise OSError("the database is away")

    @pytest.mark.parametrize("model", ["m", "fault-no-stream-options"])
    def test_loses_no_reply_that_was_paid(self, model: str, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agents.models.call_limits.KEEP_EVERY_S", 0)
        spec = ConnectionSpec(name="scripted", base_url=server.base_url, model=model, max_calls_at_once=1)
        client = ModelClient(book(spec), environ={}, embedded=NoModel(), slots=self.Slots(), dialects=self.Dialects())
        call = called(client)
        client.close()
        assert (call.outcome, bool(call.reply)) == ("ok", True)


class TestTheTestOfABusyConnection:
    def test_ends_in_words_when_no_place_becomes_free(
        self,
        clients: tuple[ModelClient, ModelClient],
        server: ScriptedServer,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr("agents.models.group_chat_probe.MAX_WAIT_S", 0)
        first, second = clients
        waits = threading.Event()
        server.script([Reply("One two three", waits_for=waits)])
        running = first.call("scripted", "", PROMPT, {})
        next(running)
        report = check_connection("scripted", second)
        waits.set()
        assert _result(running).outcome == "ok"
        assert not report.is_ok
        assert "it takes" not in report.text
        assert "takes (1 call at once), so it could not be tested" in report.text


class TestCallsAMinute:
    def test_calls_that_are_over_count_for_the_minute(self, server: ScriptedServer, store: Store):
        client = client_for(server, store, max_calls_a_minute=2)
        assert [called(client).outcome for _ in range(2)] == ["ok", "ok"]
        third = client.call("scripted", "", PROMPT, {})
        assert notice_of(next(third)) == "Waiting: the connection “scripted” takes 2 calls a minute…"
        third.close()
        client.close()
        assert len(server.records) == 2

    def test_waiting_is_no_time_of_the_model(self, clients: tuple[ModelClient, ModelClient], server: ScriptedServer):
        first, second = clients
        waits = threading.Event()
        server.script([Reply("One two three", waits_for=waits), "Two."])
        running = first.call("scripted", "", PROMPT, {})
        next(running)
        waiting = second.call("scripted", "", PROMPT, {})
        for _ in range(4):
            next(waiting)
        waits.set()
        _result(running)
        call = _result(waiting)
        assert call.first_token_s is not None
        assert call.duration_s < 0.75, "four looks take a second"


@pytest.mark.parametrize(
    ("at_once", "a_minute", "text"),
    [(1, None, "1 call at once"), (2, 60, "2 calls at once and 60 a minute"), (None, 1, "1 call a minute")],
)
def test_limits_in_words(at_once: int | None, a_minute: int | None, text: str):
    endpoint = Endpoint(
        "c", "openai", "http://h/v1", "k", "m", 60, 2, True, max_calls_at_once=at_once, max_calls_a_minute=a_minute
    )
    assert limits_text(endpoint) == text


def _result(call):
    try:
        while True:
            next(call)
    except StopIteration as end:
        return end.value
