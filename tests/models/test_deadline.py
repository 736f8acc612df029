"""No server holds anybody up by dripping its answer."""

import itertools
import time
from types import SimpleNamespace

import pytest

from agents.models import ModelClient, check_connection, deadline
from agents.models.deadline import timely, within
from agents.specs import ConnectionSpec
from tests.support.dripping_server import dripping
from tests.support.model_calls import NoModel, book, called
from tests.support.waiting import WITHIN_S

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n"


def client_at(port: int) -> ModelClient:
    spec = ConnectionSpec(
        name="scripted", base_url=f"http://127.0.0.1:{port}/v1", model="m", timeout_s=0.5, max_retries=0
    )
    return ModelClient(book(spec), environ={}, embedded=NoModel())


class TestADrippingServer:
    @pytest.mark.parametrize(
        ("head", "drop"),
        [
            (HEAD % b"text/event-stream", b": PROCESSING\n\n"),
            (HEAD % b"text/event-stream", b"\n"),
            (HEAD % b"application/json", b" "),
        ],
    )
    def test_is_no_reply_whatever_signs_of_life_it_gives(self, head: bytes, drop: bytes):
        with dripping(head, drop) as port:
            client = client_at(port)
            call = called(client)
            client.close()
        assert call.outcome == "timeout"
        assert "gave no answer within 0.5 s" in call.error

    @pytest.mark.parametrize(
        ("status", "outcome"), [(401, "unauthorized"), (429, "rate_limited"), (500, "server_error")]
    )
    def test_is_understood_by_its_status(self, status: int, outcome: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agents.models.transport.ERROR_S", 0.2)
        with dripping(b"HTTP/1.1 %d No\r\nContent-Type: application/json\r\n\r\n" % status) as port:
            client = client_at(port)
            call = called(client)
            client.close()
        assert call.outcome == outcome

    def test_is_read_no_further_than_a_failure_needs(self):
        with dripping(b"HTTP/1.1 500 No\r\n\r\n", b"x" * 2_000_000) as port:
            client = client_at(port)
            call = called(client)
            client.close()
        assert call.outcome == "server_error"
        assert len(call.error) < 1_000

    def test_holds_up_neither_its_test_nor_the_question_for_its_window(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("agents.models.transport.ASK_S", 0.2)
        monkeypatch.setattr("agents.models.transport.SPARE_S", 0.2)
        monkeypatch.setattr("agents.models.connection_test.CONNECT_S", 0.3)
        with dripping(HEAD % b"application/json") as port:
            client, begun = client_at(port), time.monotonic()
            assert client.context_window("scripted", "") is None
            report = check_connection("scripted", client)
            client.close()
        assert time.monotonic() - begun < WITHIN_S
        assert not report.is_ok
        assert "gave no answer within 0.5 s" in report.text


class TestChunks:
    def test_that_say_something_may_take_as_long_as_they_like(self, monkeypatch: pytest.MonkeyPatch):
        hours = itertools.count()
        monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: next(hours)))
        chunks = [b"data: 1\n", b": alive\n", b"data: 2\n", b": alive\n", b"rest"]
        assert [*timely(chunks, 1)] == chunks
        with pytest.raises(TimeoutError):
            list(timely([b"data: 1\n", b": alive\n", b": alive\n"], 1))


class TestWithin:
    def test_what_is_asked_returns_or_raises(self):
        assert within(WITHIN_S, lambda: 5) == 5
        with pytest.raises(ZeroDivisionError):
            within(WITHIN_S, lambda: 1 // 0)
