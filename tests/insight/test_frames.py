"""The frames: their sums are the log's, and what is unknown stays unknown."""

import math
from datetime import timedelta
from typing import Any

import pytest

from agents.chats import ModelCalled, fold
from agents.insight.frames import (
    cumulative,
    dearest_first,
    spans_frame,
    totals_frame,
    turns_frame,
    turns_of,
)
from agents.insight.turns import Turns
from agents.store import open_store
from tests.support.long_chat import LOCAL, MORNING, UNKNOWN, call, events_of, log_of, totals_of

LATER = MORNING + timedelta(days=2)


def calls_of(n_turns: int) -> list[ModelCalled]:
    return [item.event for item in log_of(n_turns) if isinstance(item.event, ModelCalled)]


class TestTurnsFrame:
    def test_its_sums_are_those_of_the_fold(self):
        log = log_of(90)
        frame = turns_frame(Turns().add(log).turns, LATER)
        state = fold(log)
        assert frame["n_tokens"].sum() == state.spent.n_tokens
        assert frame["cost_usd"].sum() == pytest.approx(state.spent.cost_usd)
        assert len(frame) == state.n_counted

    def test_it_has_times_that_know_their_zone_and_gaps_where_nothing_is_known(self):
        frame = turns_frame(Turns().add(log_of(8)[:-3]).turns, LATER)
        assert str(frame["start"].dt.tz) == "UTC"
        assert frame["end"].isna().tolist() == [False] * 8 + [True]
        assert frame["first_token_s"].isna().tolist() == [True] + [False] * 7 + [True]

    def test_an_empty_chat_gives_an_empty_frame(self):
        assert turns_frame([], LATER).empty
        assert spans_frame([], LATER).empty

    def test_a_stretch_of_turns_brings_the_spans_of_those_turns_only(self):
        turns, spans = turns_of(Turns().add(log_of(40)), 10, 19)
        assert [turn.turn for turn in turns] == list(range(10, 20))
        assert {span.turn for span in spans} == set(range(10, 20))


def summed(calls: list[Any], by: str) -> dict[Any, dict[Any, Any]]:
    """Value of `by` -> its row of sums."""
    rows = totals_frame(totals_of(calls, by)).to_dict("records")
    return {row["key"]: row for row in rows}


class TestSums:
    def test_by_agent_they_are_the_whole_with_selection_apart(self):
        calls = calls_of(90)
        rows = summed(calls, "agent")
        assert set(rows) == {"", "PM", "Developer", "QA"}
        assert sum(row["n_tokens"] for row in rows.values()) == sum(item.usage.total for item in calls if item.usage)
        assert sum(row["n_calls"] for row in rows.values()) == len(calls)
        assert rows[""]["n_calls"] == 90

    def test_an_unknown_price_is_never_zero(self):
        row = summed(events_of(30), "model")["home"]
        assert math.isnan(row["cost_usd"])
        assert row["price"] == "unknown"
        assert row["n_unpriced"] > 0

    def test_a_local_model_is_free_on_purpose(self):
        row = summed(events_of(30), "model")["qwen3"]
        assert (row["cost_usd"], row["price"]) == (0.0, "free, local")

    def test_a_partly_known_cost_says_how_much_is_missing(self):
        row = summed([call(1, "PM"), call(2, "PM", price=UNKNOWN)], "agent")["PM"]
        assert (row["cost_usd"], row["price"]) == (0.01, "1 of 2 unknown")

    def test_free_calls_beside_unknown_ones_do_not_make_the_sum_known(self):
        row = summed([call(1, "PM", price=LOCAL), call(2, "PM", price=UNKNOWN)], "agent")["PM"]
        assert math.isnan(row["cost_usd"])

    def test_a_refused_call_makes_nothing_unknown(self):
        row = summed([call(1, "PM", outcome="refused", usage=None, price=UNKNOWN)], "agent")["PM"]
        assert (row["cost_usd"], row["price"], row["n_failed"]) == (0.0, "nothing used", 1)

    def test_a_server_that_did_not_count_leaves_the_tokens_unknown(self):
        assert summed([call(1, "PM", usage=None)], "agent")["PM"]["n_uncounted"] == 1

    def test_no_calls_give_no_rows(self):
        assert summed([], "agent") == {}


class TestTotalsFrame:
    @pytest.fixture
    def ledger(self, tmp_path):
        store = open_store(f"sqlite:///{tmp_path}/studio.db", tmp_path)
        store.chats.create("c1", events_of(40), client_id="1", team_id=None, revision=None, title="A chat")
        yield store.ledger
        store.close()

    @pytest.mark.parametrize("by", ["model", "agent", "purpose", "connection", "outcome", "turn"])
    def test_totals_of_the_ledger_are_the_sums_of_its_calls(self, ledger, by):
        by_call = summed(events_of(40), by)
        rows = totals_frame(ledger.totals_by(by)).to_dict("records")
        assert {row["key"] for row in rows} == by_call.keys()
        for row in rows:
            expected = by_call[row["key"]]
            assert row == {**expected, "cost_usd": pytest.approx(expected["cost_usd"], nan_ok=True)}

    def test_the_dearest_stand_first_and_what_is_free_or_unknown_by_its_tokens(self, ledger):
        models = [total.key for total in dearest_first(ledger.totals_by("model"))]
        assert models == ["gpt-4o-mini", "gpt-4o-nano", "qwen3", "home"]

    def test_days_are_split_by_team(self, ledger):
        frame = totals_frame(ledger.totals_by("day", split_by="team"))
        assert frame[["key", "part"]].to_numpy().tolist() == [["2026-03-02", "Product team"]]

    def test_an_empty_ledger_gives_no_rows(self):
        assert totals_frame([]).empty


class TestCumulative:
    def test_its_last_row_is_the_sum_by_agent(self):
        events = events_of(90)
        last = cumulative(totals_of(events, "turn", "agent"), "n_tokens").iloc[-1]
        assert last.to_dict() == {total.key: total.spend.n_tokens for total in totals_of(events, "agent")}

    def test_a_long_chat_keeps_exact_values_at_fewer_turns_and_the_last_one(self):
        totals = totals_of(events_of(2_000), "turn", "agent")
        every, some = cumulative(totals, "n_tokens", max_points=10_000), cumulative(totals, "n_tokens", max_points=100)
        assert len(some) <= 100
        assert some.index[-1] == every.index[-1] == 2_000
        assert some.equals(every.loc[some.index])

    def test_a_turn_that_only_one_agent_used_adds_nothing_to_others(self):
        totals = totals_of([call(1, "PM"), call(2, "QA", price=UNKNOWN)], "turn", "agent")
        assert cumulative(totals, "cost_usd")["PM"].tolist() == [0.01, 0.01]

    def test_no_calls_give_no_rows(self):
        assert cumulative([], "n_tokens").empty
