"""A connection that fails for good: the next one speaks, the chat says so, and the log has both calls."""

from collections.abc import Callable, Iterator

import pytest

from agents.chats import DecisionRequested, FallbackUsed, ModelCalled, fold
from agents.models import ModelClient
from agents.specs import ConnectionSpec, TeamSpec
from agents.text.states import event_line
from tests.support.legs import Log, begin, facts, four, kinds, last, messages, nobody, play, replies
from tests.support.model_calls import NoModel, book
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S


def connection(name: str, base_url: str, *fallbacks: str, model: str = "m") -> ConnectionSpec:
    return ConnectionSpec(
        name=name, base_url=base_url, model=model, fallbacks=[*fallbacks], max_retries=0, timeout_s=WITHIN_S
    )


@pytest.fixture
def second() -> Iterator[ScriptedServer]:
    """The server behind the fallback."""
    with ScriptedServer() as server:
        yield server


Clients = Callable[..., ModelClient]


@pytest.fixture
def client() -> Iterator[Clients]:
    """Makes a client with those connections."""
    made: list[ModelClient] = []

    def make(*specs: ConnectionSpec) -> ModelClient:
        made.append(ModelClient(book(*specs), environ={}, embedded=NoModel()))
        return made[-1]

    yield make
    for each in made:
        each.close()


def team(selection: str = "{method: round_robin}") -> TeamSpec:
    return four(selection, mode="NEVER", max_rounds=4).model_copy(update={"connection": "first"})


def called(log: Log) -> list[tuple[str, str, str]]:
    """(agent, connection, outcome) of each model call."""
    calls = [r.event for r in log if isinstance(r.event, ModelCalled)]
    return [(call.agent, call.connection, call.outcome) for call in calls]


def asked(log: Log) -> DecisionRequested:
    request = last(log)
    assert isinstance(request, DecisionRequested)
    return request


class TestAFallback:
    def test_speaks_in_the_failed_one_s_place_until_the_turn_is_over(
        self, client: Clients, server: ScriptedServer, second: ScriptedServer
    ):
        server.script(["fault-401"])
        model = client(connection("first", server.base_url, "second"), connection("second", second.base_url))
        log = play(begin(team()), model, nobody)
        assert called(log)[:3] == [("PM", "first", "unauthorized"), ("PM", "second", "ok"), ("Dev", "first", "ok")]
        assert messages(log)[1] == ("PM", fold(log).messages[1].content)
        [used] = [r.event for r in log if isinstance(r.event, FallbackUsed)]
        assert (used.agent, used.connection, used.model, used.fallback) == ("PM", "first", "m", "second")
        line = event_line(used, {"PM": "The PM"})
        assert line.startswith("The PM: http://127.0.0.1")
        assert line.endswith("“second” is used in place of “first” until this turn is over.")
        assert "Save a valid one" not in line, "there is nothing for a person to do"

    def test_gets_the_same_prompt_and_its_own_model(
        self, client: Clients, server: ScriptedServer, second: ScriptedServer
    ):
        server.script(["fault-500"])
        model = client(
            connection("first", server.base_url, "second"), connection("second", second.base_url, model="other")
        )
        play(begin(team()), model, nobody)
        assert second.records[0].messages == server.records[0].messages
        assert (server.records[0].model, second.records[0].model) == ("m", "other")

    def test_selects_the_speaker_too(self, client: Clients, server: ScriptedServer, second: ScriptedServer):
        server.script(lambda request: "fault-503", of="select")
        model = client(connection("first", server.base_url, "second"), connection("second", second.base_url))
        log = play(begin(team("{method: auto}")), model, nobody)
        assert kinds(log)[-1] == "ChatEnded"
        assert called(log)[:2] == [("", "first", "server_error"), ("", "second", "ok")]

    def test_the_next_one_is_called_when_it_fails_too_and_its_own_come_before_that(
        self, client: Clients, server: ScriptedServer
    ):
        nowhere = "http://127.0.0.1:9/v1"
        model = client(
            connection("first", nowhere, "second", "last"),
            connection("second", nowhere, "third"),
            connection("third", nowhere),
            connection("last", server.base_url),
        )
        log = play(begin(team()), model, nobody)
        assert [name for agent, name, _ in called(log) if agent == "PM"] == ["first", "second", "third", "last"]
        assert kinds(log)[-1] == "ChatEnded"

    def test_one_that_is_not_there_is_told_and_the_next_is_called(self, client: Clients, server: ScriptedServer):
        model = client(
            connection("first", "http://127.0.0.1:9/v1", "gone", "last"), connection("last", server.base_url)
        )
        log = play(begin(team()), model, nobody)
        assert called(log)[1] == ("PM", "gone", "not_configured")
        assert called(log)[2] == ("PM", "last", "ok")

    def test_a_circle_ends(self, client: Clients):
        nowhere = "http://127.0.0.1:9/v1"
        model = client(connection("first", nowhere, "second"), connection("second", nowhere, "first"))
        assert [name for _, name, _ in called(play(begin(team()), model, nobody))] == ["first", "second"]


class TestWhenAllFail:
    def test_a_person_is_asked_with_every_cause_and_retry_begins_with_the_first(
        self, client: Clients, server: ScriptedServer, second: ScriptedServer
    ):
        server.script(["fault-401"])
        second.script(["fault-500"])
        model = client(connection("first", server.base_url, "second"), connection("second", second.base_url))
        log = play(begin(team()), model, nobody)
        request = asked(log)
        assert (request.of, request.payload["connection"]) == ("model_failure", "first")
        error = str(request.payload["error"])
        assert error.startswith("All connections failed. first: http")
        assert "wants a key" in error
        assert "second: " in error
        log = play(log, model, lambda asked: {"verdict": "retry"})
        assert [name for agent, name, _ in called(log) if agent == "PM"] == ["first", "second", "first"]
        assert kinds(log)[-1] == "ChatEnded"


class TestALegCutAfterEveryEvent:
    @pytest.mark.parametrize("selection", ["{method: round_robin}", "{method: auto}"])
    def test_goes_on_with_the_fallback_and_calls_the_failed_one_no_second_time(
        self, client: Clients, selection: str, server: ScriptedServer, second: ScriptedServer
    ):
        def faulty(request: object) -> str:
            return "fault-401"

        server.script(faulty)
        server.script(faulty, of="select")
        model = client(connection("first", server.base_url, "second"), connection("second", second.base_url))
        whole = play(begin(team(selection)), model, replies)
        asked = [[record.messages for record in each.records] for each in (server, second)]
        server.records.clear()
        second.records.clear()
        cut = play(begin(team(selection)), model, replies, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert [[record.messages for record in each.records] for each in (server, second)] == asked
