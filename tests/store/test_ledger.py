"""The ledger tells what the logs tell, on each database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import get_args

import pytest
import sqlalchemy as sa

from agents.chats import Call, ModelCalled, Price, Spend, Usage
from agents.store.ledger import Dimension
from agents.store.schema import ledger
from tests.support.chat_log import NOON, call, started, waiting


def sent(day: int, **changes) -> ModelCalled:
    return call().model_copy(update={"started_at": NOON + timedelta(days=day), **changes})


class TestCalls:
    def test_a_call_is_a_row_with_all_that_is_known(self, store, start):
        made = call("timeout", cost_usd=None).model_copy(
            update={"usage": None, "error": "No answer within 60 s. 🦀", "first_token_s": None, "finish_reason": "x"}
        )
        chat = start(*started(), call(), made)
        first, second = store.ledger.calls(chat)
        assert (first.chat, first.seq, first.turn, first.agent, first.purpose) == (chat, 3, 1, "Writer", "reply")
        assert (first.connection, first.model, first.outcome, first.team_name) == ("c", "m", "ok", "Pair")
        assert first.usage == Usage(input_uncached=3, input_cached=2, output=4, reasoning=1)
        assert first.price == Price(cost_usd=0.5, source="own price")
        assert (first.started_at, first.day) == (NOON, "2026-01-01")
        assert (second.outcome, second.error) == ("timeout", "No answer within 60 s. 🦀")
        assert (first.finish_reason, second.finish_reason) == ("", "x")
        assert (second.usage, second.price.cost_usd, second.first_token_s) == (None, None, None)
        assert (Spend.of(first), Spend.of(second)) == (Spend.of(call()), Spend.of(made))

    def test_a_bucket_that_older_calls_do_not_have_counts_nothing(self, store, start):
        chat = start(*started(), call().model_copy(update={"usage": Usage(output=4)}))
        with store.db.begin() as connection:
            connection.execute(sa.update(ledger).values(reasoning=None))
        assert store.ledger.calls(chat)[0].usage == Usage(output=4)
        assert store.ledger.totals_by("day")[0].spend.usage == Usage(output=4)
        assert store.chats.verify(chat) == []

    def test_the_last_calls_come_in_order(self, store, start):
        chat = start(*started(), *[call()] * 5)
        assert [row.seq for row in store.ledger.calls(chat, last=2)] == [6, 7]
        assert store.ledger.calls("nowhere") == []

    def test_a_call_outside_of_chats_is_counted_with_the_tries_before_it(self, store):
        failed = Call(**{name: getattr(call("refused"), name) for name in Call.model_fields})
        made = failed.model_copy(update={"outcome": "ok", "purpose": "propose", "failed_before": (failed,)})
        for _ in range(2):
            store.ledger.add(made)
        totals = {(total.key, total.part): total.spend for total in store.ledger.totals_by("team", split_by="purpose")}
        assert totals == {
            ("", "propose"): Spend.of(made) + Spend.of(made),
            ("", "reply"): Spend.of(failed) + Spend.of(failed),
        }

    @pytest.mark.parametrize(
        "started_at",
        [datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=9))), datetime(2026, 1, 1, 16, tzinfo=UTC)],
    )
    def test_days_are_utc(self, store, start, started_at):
        chat = start(*started(), call().model_copy(update={"started_at": started_at}))
        assert store.ledger.calls(chat)[0].day == "2026-01-01"
        assert store.chats.verify(chat) == []


class TestTotals:
    @pytest.fixture
    def chats(self, start):
        return [
            start(*waiting()),
            start(*started(), sent(1, model="n"), sent(2, agent="", purpose="select"), call(cost_usd=None)),
            start(*started(), sent(1, outcome="dropped", usage=None), sent(1, connection="d"), sent(1, usage=None)),
            start(*started(), sent(1, price=Price(cost_usd=0.0, source="local"))),
            start(*started(), sent(1, price=Price(cost_usd=0.0, source="rehearsed"), usage=Usage())),
        ]

    @pytest.mark.parametrize("by", get_args(Dimension))
    def test_totals_equal_what_the_logs_say(self, store, chats, by):
        totals = store.ledger.totals_by(by)
        assert [total.key for total in totals] == sorted({total.key for total in totals})
        rows = [store.chats.row(chat) for chat in chats]
        found = sum((total.spend for total in totals), Spend())
        assert found.n_tokens == sum(row.n_tokens for row in rows)
        assert found.cost_usd == sum(row.cost_usd for row in rows)
        assert found.n_unpriced == sum(row.n_unpriced for row in rows) == 1
        calls = [recorded.event for chat in chats for recorded in store.chats.log(chat)]
        expected = sum((Spend.of(event) for event in calls if isinstance(event, ModelCalled)), Spend())
        assert replace(found, duration_s=0) == replace(expected, duration_s=0)
        assert found.duration_s == pytest.approx(expected.duration_s)
        assert (found.n_failed, found.n_uncounted, found.n_local, found.n_rehearsed) == (2, 1, 1, 1)

    def test_totals_of_one_chat_leave_out_the_others(self, store, chats):
        for chat in chats:
            spend = store.chats.state(chat).spent_in_all
            found = sum((total.spend for total in store.ledger.totals_by("model", chat=chat)), Spend())
            assert replace(found, duration_s=0) == replace(spend, duration_s=0)
        assert store.ledger.totals_by("model", chat="nowhere") == []

    def test_only_calls_since_a_day_are_counted(self, store, start):
        start(*started(), sent(0), sent(1), sent(2), sent(2))
        totals = store.ledger.totals_by("day", since=date(2026, 1, 2))
        assert [(total.key, total.spend.n_calls) for total in totals] == [("2026-01-02", 1), ("2026-01-03", 2)]

    def test_totals_can_be_split_by_a_second_dimension(self, store, start):
        start(*started(), sent(0), sent(0, model="n"), sent(1))
        totals = store.ledger.totals_by("day", split_by="model")
        assert [(total.key, total.part, total.spend.n_calls) for total in totals] == [
            ("2026-01-01", "m", 1),
            ("2026-01-01", "n", 1),
            ("2026-01-02", "m", 1),
        ]

    def test_a_day_that_gets_more_calls_is_added_up_anew(self, store, start):
        def tokens() -> list[tuple[str, int]]:
            return [(total.key, total.spend.n_tokens) for total in store.ledger.totals_by("day", split_by="team")]

        one = Spend.of(call()).n_tokens
        start(*started(), sent(0), sent(1))
        assert tokens() == [("2026-01-01", one), ("2026-01-02", one)]
        start(*started(), sent(1), sent(2))
        assert tokens() == [("2026-01-01", one), ("2026-01-02", 2 * one), ("2026-01-03", one)]

    def test_no_calls_have_no_totals(self, store):
        assert store.ledger.totals_by("model") == []

    def test_a_deleted_chats_calls_were_paid_for_all_the_same(self, store, start):
        chat = start(*started(), call())
        store.chats.delete(chat)
        assert store.ledger.totals_by("team")[0].spend.cost_usd == 0.5
