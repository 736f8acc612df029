"""The fold from log to turns: every second and every token of the log is in exactly one turn."""

import itertools
from datetime import timedelta

import pytest

from agents.chats import (
    RESULT,
    SELECTION,
    ChatContinued,
    ChatEnded,
    ChatStarted,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    MessagePosted,
    ModelCalled,
    Recorded,
    SpeakerSelected,
    Spend,
    ToolReturned,
    Usage,
)
from agents.insight.frames import spans_frame
from agents.insight.palette import colors_for
from agents.insight.timeline_chart import gantt
from agents.insight.turns import Turns
from tests.support.long_chat import ANNA, MORNING, TEAM, UNKNOWN, call, human_request, log_of

LATER = MORNING + timedelta(hours=9)


def recorded(*moments) -> list[Recorded]:
    """(seconds after the morning, event) pairs as a log."""
    return [
        Recorded(chat="c1", seq=seq, at=MORNING + timedelta(seconds=at_s), event=event)
        for seq, (at_s, event) in enumerate(moments, start=1)
    ]


START = (0, ChatStarted(team=TEAM.model_dump(mode="json"), task="Go.", by=ANNA))


class TestTurns:
    def test_each_message_is_a_turn_of_its_speaker(self):
        turns = Turns().add(log_of(12)).turns
        assert [turn.turn for turn in turns] == list(range(13))
        assert [turn.agent for turn in turns[:4]] == ["User", "Developer", "QA", "PM"]
        assert [turn.outcome for turn in (turns[0], turns[1], turns[8])] == ["task", "message", "human"]
        assert all(turn.end for turn in turns)

    def test_the_call_that_sums_up_the_chat_is_told_with_its_last_turn_in_a_lane_of_its_own(self):
        log, n_turns = log_of(4), 4
        turn = n_turns + 1
        result = call(turn, RESULT, purpose="result")
        ended = ChatEnded(reason="phrase", text="QA said TERMINATE.")
        at, seq = log[-1].at + timedelta(seconds=5), log[-1].seq
        log += [Recorded("c1", seq + 1, at, result), Recorded("c1", seq + 2, at, ended)]
        turns = Turns().add(log)
        assert [each.turn for each in turns.turns] == list(range(n_turns + 1))
        assert all(each.end for each in turns.turns)
        assert (turns.spans[-1].lane, turns.spans[-1].turn) == (RESULT, n_turns)
        labels = {**{agent.name: agent.label for agent in TEAM.agents}, SELECTION: "Speakers", RESULT: "Summary"}
        figure = gantt(spans_frame(turns.spans, at), labels=labels, colors=colors_for(labels))
        assert list(figure.layout.yaxis.ticktext)[-1] == "Summary"

    def test_adding_a_log_in_two_parts_gives_what_adding_it_at_once_gives(self):
        log = log_of(12)
        at_once = Turns().add(log)
        for cut in range(len(log) + 1):
            in_parts = Turns().add(log[:cut]).add(log)
            assert in_parts.turns == at_once.turns, cut
            assert in_parts.spans == at_once.spans, cut
            assert in_parts.totals(LATER) == at_once.totals(LATER), cut

    def test_tokens_and_known_costs_sum_to_those_of_the_calls(self):
        log = log_of(100)
        calls = [item.event for item in log if isinstance(item.event, ModelCalled)]
        turns = Turns().add(log).turns
        spend = sum((turn.spend for turn in turns), Spend())
        assert spend.usage == sum((item.usage for item in calls if item.usage), Usage())
        assert spend.cost_usd == pytest.approx(sum(item.price.cost_usd or 0 for item in calls))
        assert spend.n_calls == len(calls)
        assert spend.duration_s == pytest.approx(sum(item.duration_s for item in calls))

    def test_spans_follow_one_another_without_overlap(self):
        spans = Turns().add(log_of(60)).spans
        assert all(before.end and before.end <= after.start for before, after in itertools.pairwise(spans))

    def test_a_call_begins_its_duration_before_it_was_recorded(self):
        turns = Turns().add(recorded(START, (10, call(1, "PM", duration_s=4))))
        assert turns.spans[-1].start == MORNING + timedelta(seconds=6)

    def test_a_failed_call_is_marked_with_its_error_and_counted(self):
        turns = Turns().add(log_of(11))
        failed = [span for span in turns.spans if span.kind == "failed"]
        assert [(span.turn, span.lane) for span in failed] == [(11, "QA")]
        assert "429" in failed[0].text
        assert turns.turns[11].failures == ["rate_limited"]

    def test_a_call_that_never_reached_a_model_is_not_unpriced(self):
        refused = call(1, "PM", outcome="refused", usage=None, price=UNKNOWN)
        turn = Turns().add(recorded(START, (1, refused))).turns[-1]
        assert (turn.spend.n_calls, turn.spend.n_unpriced, turn.spend.n_uncounted) == (1, 0, 0)
        assert turn.spend.known_cost_usd == 0.0

    def test_a_turn_whose_only_price_is_unknown_has_no_cost(self):
        turn = Turns().add(recorded(START, (1, call(1, "QA", price=UNKNOWN)))).turns[-1]
        assert (turn.spend.known_cost_usd, turn.spend.n_unpriced) == (None, 1)


class TestWaits:
    def test_an_open_wait_counts_up_to_now(self):
        turns = Turns().add(recorded(START, (5, human_request(1))))
        totals = turns.totals(MORNING + timedelta(seconds=65))
        assert (totals.human_s, totals.total_s) == (60, 65)
        assert turns.turns[-1].outcome == "waiting"
        assert (turns.spans[-1].lane, turns.spans[-1].end) == ("User", None)

    def test_an_answered_wait_is_its_turns_human_time(self):
        turns = Turns().add(log_of(8)).turns
        assert turns[8].human_s == 40
        assert turns[7].human_s == 0

    def test_tool_calls_asked_for_together_are_one_wait_until_all_are_decided(self):
        requests = [
            human_request(1).model_copy(update={"agent": "PM", "request": name, "of": "tool_call"})
            for name in ("a", "b")
        ]
        made = [DecisionMade(request=name, digest="", verdict="approve", by=ANNA) for name in ("a", "b")]
        ran = ToolReturned(turn=1, agent="PM", call="0.0", tool="now", outcome="ok", text="noon", duration_s=3)
        log = [START, (1, SpeakerSelected(turn=1, agent="PM", method="first"))]
        log += [(2, requests[0]), (2, requests[1]), (5, made[0]), (9, made[1]), (12, ran)]
        turns = Turns().add(recorded(*log))
        assert turns.turns[-1].human_s == 7
        lasted = [(span.kind, (span.end - span.start).seconds) for span in turns.spans if span.end]
        assert lasted == [("wait", 7), ("tool", 3)]

    def test_a_limit_reached_between_turns_begins_no_turn(self):
        posted = MessagePosted(turn=0, agent="User", content="Go.", source="task", by=ANNA)
        asked = human_request(1).model_copy(update={"agent": "", "of": "limit"})
        ended = ChatEnded(reason="person", text="Anna ended the chat.", by=ANNA)
        turns = Turns().add(recorded(START, (0, posted), (1, asked), (4, ended)))
        assert [turn.outcome for turn in turns.turns] == ["task"]
        assert [span.lane for span in turns.spans if span.kind == "wait"] == ["User"]
        assert turns.totals(LATER).human_s == 3

    def test_stopping_a_waiting_chat_ends_the_wait(self):
        stop = ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA)
        turns = Turns().add(recorded(START, (5, human_request(1)), (25, stop)))
        assert turns.totals(LATER).human_s == 20
        assert turns.turns[-1].outcome == "cut off"

    def test_time_between_an_end_and_a_continuation_is_nobodys(self):
        turns = Turns().add(
            recorded(
                START,
                (1, SpeakerSelected(turn=1, agent="PM", method="auto")),
                (10, ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA)),
                (1_000, ChatContinued(by=ANNA)),
                (1_005, call(1, "PM", duration_s=5)),
            )
        )
        totals = turns.totals(MORNING + timedelta(seconds=1_010))
        assert (totals.total_s, totals.model_s, totals.human_s) == (20, 5, 0)
        assert turns.turns[-1].outcome == "under way"
        assert turns.turns[-1].idle_s == 990

    def test_a_chat_without_events_took_no_time(self):
        assert Turns().totals(LATER).total_s == 0


class TestUnderWay:
    def test_a_chosen_speaker_is_at_work_since_the_last_event(self):
        turns = Turns().add(log_of(5)[:-3])
        going_on = turns.under_way()
        assert going_on
        assert (going_on.turn, going_on.lane, going_on.start, going_on.end) == (5, "QA", turns.last_at, None)

    def test_after_a_message_the_next_speaker_is_being_chosen(self):
        going_on = Turns().add(log_of(5)[:-1]).under_way()
        assert going_on
        assert (going_on.turn, going_on.lane) == (6, SELECTION)

    def test_nothing_goes_on_while_a_person_is_waited_for_or_when_it_is_over(self):
        assert Turns().add(log_of(8)[:-3]).under_way() is None
        assert Turns().add(log_of(8)).under_way() is None


class TestCode:
    def test_code_that_ran_is_work_of_its_turn_and_code_that_did_not_is_none(self):
        code = {"turn": 1, "agent": "Developer", "block": "b0"}
        log = recorded(
            START,
            (1, SpeakerSelected(turn=1, agent="Developer", method="round_robin")),
            (2, CodeStarted(**code, language="python", code="1 / 0")),
            (5, CodeReturned(**code, outcome="failed", exit_code=1, text="", duration_s=3)),
            (6, CodeReturned(**{**code, "block": "b1"}, outcome="skipped", text="")),
            (7, MessagePosted(turn=1, agent="Developer", content="exitcode: 1", source="code")),
        )
        found = Turns().add(log)
        (span,) = found.spans
        assert (span.lane, span.kind, span.text) == ("Developer", "code", "Code: failed")
        assert span.end == span.start + timedelta(seconds=3)
        assert found.turns[-1].outcome == "code"
