"""The ledger tells what the logs tell, on each database."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from agents.chats import ModelCalled
from tests.support.chat_log import NOON, call, started, waiting


def sent(day: int, **changes) -> ModelCalled:
    return call().model_copy(update={"started_at": NOON + timedelta(days=day), **changes})


class TestCalls:
    def test_a_call_is_a_row_with_all_that_is_known(self, store, start):
        made = call("timeout", cost_usd=None).model_copy(
            update={"usage": None, "error": "No answer within 60 s. 🦀", "first_token_s": None}
        )
        chat = start(*started(), call(), made)
        first, second = store.ledger.calls(chat)
        assert (first.chat, first.seq, first.turn, first.agent, first.purpose) == (chat, 3, 1, "Writer", "reply")
        assert (first.connection, first.model, first.outcome, first.team_name) == ("c", "m", "ok", "Pair")
        assert (first.input_uncached, first.input_cached, first.output, first.reasoning) == (3, 2, 4, 1)
        assert (first.cost_usd, first.price_source, first.started_at, first.day) == (
            0.5,
            "own price",
            NOON,
            "2026-01-01",
        )
        assert (second.outcome, second.error, second.cost_usd) == ("timeout", "No answer within 60 s. 🦀", None)
        assert (second.input_uncached, second.reasoning, second.first_token_s) == (None, None, None)

    def test_the_last_calls_come_in_order(self, store, start):
        chat = start(*started(), *[call()] * 5)
        assert [row.seq for row in store.ledger.calls(chat, last=2)] == [6, 7]
        assert store.ledger.calls("nowhere") == []

    @pytest.mark.parametrize(
        "started_at",
        [datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=9))), datetime(2026, 1, 1, 16, tzinfo=UTC)],
    )
    def test_days_are_utc(self, store, start, started_at):
        chat = start(*started(), call().model_copy(update={"started_at": started_at}))
        assert store.ledger.calls(chat)[0].day == "2026-01-01"
        assert store.chats.verify(chat) == []


class TestTotals:
    @pytest.mark.parametrize("by", ["day", "team", "model", "agent", "purpose", "connection", "outcome"])
    def test_totals_equal_what_the_logs_say(self, store, start, by):
        chats = [
            start(*waiting()),
            start(*started(), sent(1, model="n"), sent(2, agent="", purpose="select"), call(cost_usd=None)),
            start(*started(), sent(1, outcome="dropped", usage=None), sent(1, connection="d")),
        ]
        totals = store.ledger.totals_by(by)
        assert [total.key for total in totals] == sorted({total.key for total in totals})
        rows = [store.chats.row(chat) for chat in chats]
        assert sum(total.n_tokens for total in totals) == sum(row.n_tokens for row in rows)
        assert sum(total.cost_usd for total in totals) == sum(row.cost_usd for row in rows)
        assert sum(total.n_unpriced for total in totals) == sum(row.n_unpriced for row in rows) == 1
        calls = [recorded.event for chat in chats for recorded in store.chats.log(chat)]
        calls = [event for event in calls if isinstance(event, ModelCalled)]
        assert sum(total.n_calls for total in totals) == len(calls)
        assert sum(total.n_failed for total in totals) == sum(event.outcome != "ok" for event in calls) == 2
        assert sum(total.duration_s for total in totals) == pytest.approx(sum(event.duration_s for event in calls))

    def test_only_calls_since_a_day_are_counted(self, store, start):
        start(*started(), sent(0), sent(1), sent(2), sent(2))
        totals = store.ledger.totals_by("day", since=date(2026, 1, 2))
        assert [(total.key, total.n_calls) for total in totals] == [("2026-01-02", 1), ("2026-01-03", 2)]

    def test_totals_can_be_split_by_a_second_dimension(self, store, start):
        start(*started(), sent(0), sent(0, model="n"), sent(1))
        totals = store.ledger.totals_by("day", split_by="model")
        assert [(total.key, total.part, total.n_calls) for total in totals] == [
            ("2026-01-01", "m", 1),
            ("2026-01-01", "n", 1),
            ("2026-01-02", "m", 1),
        ]

    def test_no_calls_have_no_totals(self, store):
        assert store.ledger.totals_by("model") == []

    def test_a_deleted_chats_calls_were_paid_for_all_the_same(self, store, start):
        chat = start(*started(), call())
        store.chats.delete(chat)
        assert store.ledger.totals_by("team")[0].cost_usd == 0.5
