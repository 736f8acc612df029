"""What a script's calls took when they were recorded: in the turns and on their clock, and in no sum of what is
spent."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from agents.chats import ChatEnded, ModelCalled, SpeakerSelected, Spend, fold
from agents.insight.call_totals import totals_of
from agents.insight.frames import turns_frame
from agents.insight.turns import Turns
from tests.support.long_chat import MORNING, call
from tests.support.recorded_calls import STARTED, TOOK, Moment, line, log_of, posted

LATER = MORNING + timedelta(hours=9)

MOMENTS: list[Moment] = [
    (0, STARTED),
    (1, SpeakerSelected(turn=1, agent="PM", method="auto")),
    (2, line()),
    (3, posted()),
]
LOG = log_of(MOMENTS)


class TestSums:
    def test_a_call_with_a_recording_spends_nothing(self):
        spend = Spend.of(line())
        assert (spend.cost_usd, spend.n_tokens, spend.is_rehearsed, spend.is_free) == (0.0, 0, True, True)

    def test_no_limit_of_the_chat_is_used_by_it(self):
        state = fold(LOG)
        assert (state.spent.n_tokens, state.spent.cost_usd, state.work_s) == (0, 0.0, 0.0)

    def test_as_it_was_recorded_it_has_the_recordings_figures_and_place(self):
        took = line().as_recorded
        assert took is not None
        assert (took.model, took.usage, took.price, took.duration_s) == (TOOK.model, TOOK.usage, TOOK.price, 10.0)
        assert (took.agent, took.turn, took.connection) == ("PM", 1, "rehearsed")
        assert call(1, "PM").as_recorded is None

    def test_recorded_calls_are_summed_as_the_ledger_sums_those_that_are_stored(self):
        calls = [took for agent in ("PM", "QA", "PM") if (took := line(agent).as_recorded)]
        by_agent = {total.key: total.spend for total in totals_of(calls, "agent")}
        assert [(key, spend.n_calls, spend.cost_usd) for key, spend in by_agent.items()] == [
            ("PM", 2, 0.5),
            ("QA", 1, 0.25),
        ]
        [priced] = totals_of(calls, "price_source", "price_as_of")
        assert (priced.key, priced.part, priced.spend.n_tokens) == ("own price", "", 360)

    def test_a_log_without_recordings_is_written_as_before(self):
        assert "recording" not in call(1, "PM").model_dump(mode="json")
        written = line().model_dump_json()
        assert ModelCalled.model_validate_json(written) == line()


class TestTurns:
    def test_a_turn_has_what_was_recorded_and_says_so(self):
        turn = Turns().add(LOG).turns[-1]
        assert (turn.spend.n_tokens, turn.spend.cost_usd, turn.first_token_s) == (120, 0.25, 1.5)
        assert list(turns_frame([turn], LATER)["price"]) == ["as recorded"]
        worked_out = replace(turn, recording=TOOK.model_copy(update={"how": "Guessed."}))
        assert list(turns_frame([worked_out], LATER)["price"]) == ["worked out"]

    def test_the_clock_goes_on_as_if_the_call_had_taken_as_long(self):
        turns = Turns().add(LOG)
        span = next(span for span in turns.spans if span.kind == "reply")
        assert span.end is not None
        assert (span.end - span.start).total_seconds() == 10.0
        assert span.text == "From the script; as recorded with gpt-4.1-mini"
        assert turns.turns[-1].end == MORNING + timedelta(seconds=3 + 9.8)
        assert turns.clock(MORNING + timedelta(seconds=5)) == MORNING + timedelta(seconds=5 + 9.8)
        assert turns.totals(MORNING + timedelta(seconds=5)).total_s == 14.8
        assert turns.totals(LATER).model_s == 10.0

    def test_spans_follow_each_other_and_in_parts_they_are_the_same(self):
        again: list[Moment] = [
            (4, line(turn=2)),
            (4.5, line("QA", turn=2)),
            (6, posted(2)),
            (7, ChatEnded(reason="phrase", text="x")),
        ]
        log = log_of([*MOMENTS, *again])
        whole = Turns().add(log)
        assert all(before.end and before.end <= after.start for before, after in pairwise(whole.spans))
        for cut in range(len(log)):
            assert Turns().add(log[:cut]).add(log).spans == whole.spans

    def test_lines_without_figures_are_counted_and_a_model_beside_the_script_is_known(self):
        turns = Turns().add(log_of([*MOMENTS, (9, line(recording=None)), (9.5, line())]))
        assert (turns.n_unrecorded, turns.is_mixed, turns.recordings) == (1, False, [TOOK])
        assert len(turns.recorded_calls) == 2
        assert Turns().add(log_of([(0, STARTED), (2, line()), (5, call(1, "QA"))])).is_mixed
        assert Turns().add(log_of([(0, STARTED), (2, call(1, "QA"))])).recordings == []
