"""The fold from log to state, and events on their way through JSON."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    ChatState,
    DecisionMade,
    Event,
    Interjected,
    LimitNeared,
    MessagePosted,
    PauseAsked,
    RuleAdded,
    SpeakerSelected,
    Spend,
    SubchatStarted,
    ToolReturned,
    ToolStarted,
    event_from_json,
    fold,
    model_messages,
    request_digest,
)
from tests.support.chat_log import ANNA, BEN, call, recorded, request, started, waiting, whole

LOG = recorded(whole())


class TestFold:
    @pytest.mark.parametrize("cut", range(len(LOG) + 1))
    def test_folding_a_log_in_two_parts_gives_what_folding_it_at_once_gives(self, cut: int):
        assert fold(LOG[cut:], fold(LOG[:cut])) == fold(LOG)

    def test_an_empty_log_is_a_chat_that_has_not_begun(self):
        assert fold([]) == ChatState()

    def test_a_started_chat_owes_its_first_turn(self):
        state = fold(recorded(started()))
        assert (state.status, state.turn, state.head) == ("running", 1, 2)

    def test_a_request_makes_it_wait_and_a_decision_makes_it_run(self):
        state = fold(recorded(waiting()))
        assert state.status == "waiting"
        assert state.request == request()
        assert fold(LOG[:9]).status == "running"
        assert [decision.text for _, decision in fold(LOG[:9]).answers] == ["Go on"]

    def test_only_good_calls_are_kept_for_replay_and_only_until_their_message(self):
        assert [call.outcome for call in fold(LOG[:5]).calls] == ["ok"]
        assert fold(LOG[:6]).calls == ()

    def test_every_call_is_spent_the_failed_ones_too(self):
        state = fold(LOG[:6])
        assert state.spent == Spend.of(call("timeout")) + Spend.of(call())
        assert (state.spent.n_tokens, state.spent.cost_usd) == (20, 1.0)
        assert (state.n_counted, state.work_s) == (2, 0.4)

    def test_a_call_of_unknown_price_or_usage_counts_nothing(self):
        events = [*started(), call(cost_usd=None).model_copy(update={"usage": None})]
        spent = fold(recorded(events)).spent
        assert (spent.n_tokens, spent.cost_usd) == (0, 0.0)

    def test_only_calls_are_work_whatever_the_clock_says(self):
        """Not a person's thinking, not a night without a worker, not a clock that is set back."""
        for hours in (15, -15):
            late = [replace(r, at=r.at + timedelta(hours=hours * (r.seq > 3))) for r in LOG[:9]]
            assert fold(late).work_s == 0.4

    def test_continuing_counts_anew(self):
        state = fold(LOG)
        assert (state.status, state.ended, state.n_counted, state.counted) == ("running", None, 0, ())
        assert (state.spent, state.work_s) == (Spend(), 0.0)
        assert state.spent_in_all == fold(LOG[:6]).spent
        assert len(state.messages) == 3

    def test_a_decision_on_nothing_is_a_loud_error(self):
        with pytest.raises(ValueError, match="answers no open request"):
            fold([LOG[0], LOG[8]])

    def test_models_read_the_messages_in_order(self):
        assert [(m["name"], m["content"]) for m in model_messages(fold(LOG))] == [
            ("User", "Write."),
            ("Writer", "Hi"),
            ("User", "Go on"),
        ]


def tool_log() -> list[Event]:
    """Two calls asked together, one decided, run and returned; a rule, a warning, words and a pause beside them."""
    first, second = (
        request("tool_call", request=name, payload={"call": call, "tool": "t", "arguments": {}})
        for name, call in (("r3", "0.0"), ("r4", "0.1"))
    )
    common: dict[str, Any] = {"turn": 1, "agent": "Writer", "call": "0.0", "tool": "t"}
    return [
        *started(),
        SpeakerSelected(turn=1, agent="Writer", method="auto"),
        first,
        second,
        DecisionMade(request="r4", digest=second.digest, verdict="reject", by=ANNA),
        RuleAdded(id="of-r3", rule={"action": "approve"}, by=ANNA),
        Interjected(text="Blue.", by=ANNA),
        PauseAsked(by=BEN),
        LimitNeared(limit="max_rounds", used=8, allowed=10),
        DecisionMade(request="r3", digest=first.digest, verdict="approve", by=ANNA),
        ToolStarted(**common, arguments={}),
        ToolReturned(**common, outcome="ok", text="4", duration_s=0.5),
        MessagePosted(turn=1, agent="Writer", content="Hi", source="model"),
    ]


class TestFoldingDecisions:
    @pytest.mark.parametrize("cut", range(15))
    def test_folding_in_two_parts_gives_what_folding_at_once_gives(self, cut: int):
        log = recorded(tool_log())
        assert fold(log[cut:], fold(log[:cut])) == fold(log)

    def test_a_chat_waits_until_the_last_of_its_requests_is_decided(self):
        log = recorded(tool_log())
        assert [len(fold(log[:n]).requests) for n in (4, 5, 6, 11)] == [1, 2, 1, 0]
        assert [fold(log[:n]).status for n in (4, 5, 6, 11)] == ["waiting"] * 3 + ["running"]

    def test_what_began_and_what_returned_is_kept_until_the_turn_is_over(self):
        log = recorded(tool_log())
        assert [len(fold(log[:n]).begun.get("0.0", ())) for n in (11, 12, 13, 14)] == [0, 1, 1, 0]
        assert fold(log[:13]).returned["0.0"].text == "4"
        assert (fold(log).returned, fold(log).answers) == ({}, ())

    def test_words_pause_rules_and_warnings_outlive_the_turn(self):
        state = fold(recorded(tool_log()))
        assert [said.text for said in state.said] == ["Blue."]
        assert state.pause == PauseAsked(by=BEN)
        assert [rule.id for rule in state.rules] == ["of-r3"]
        assert state.neared == {("max_rounds", 10)}

    def test_a_tools_time_is_work(self):
        assert fold(recorded(tool_log())).work_s == 0.5

    def test_what_was_allowed_before_an_end_is_asked_again_after_it(self):
        log = [*tool_log()[:11], ChatEnded(reason="stopped", text="Stopped."), ChatContinued(by=ANNA)]
        state = fold(recorded(log))
        assert (state.answers, state.pause, len(state.said)) == ((), None, 1)


class TestEvents:
    @pytest.mark.parametrize("item", [*LOG, *recorded(tool_log())], ids=lambda item: f"{item.seq}-{item.event.kind}")
    def test_an_event_survives_json(self, item):
        assert event_from_json(item.event.model_dump_json(), schema=1, chat="c1", seq=item.seq) == item.event

    def test_a_recorded_event_is_flat_json_with_chat_seq_time_and_kind(self):
        flat = LOG[1].to_json()
        assert {"chat", "seq", "at", "kind", "agent", "content"} <= flat.keys()
        assert (flat["chat"], flat["seq"], flat["kind"]) == ("c1", 2, "MessagePosted")

    def test_the_chat_of_a_team_does_not_stand_for_the_chat_of_the_log(self):
        (item,) = recorded([SubchatStarted(turn=1, agent="Desk", chat="c1-1")])
        assert (item.to_json()["chat"], item.to_json()["subchat"]) == ("c1", "c1-1")

    def test_a_call_in_a_log_of_the_first_version_reads_as_before(self):
        body = (
            '{"kind":"ModelCalled","turn":1,"agent":"Writer","purpose":"reply","connection":"c","model":"m",'
            '"outcome":"ok","reply":"Hi","tool_calls":[],"finish_reason":"stop","usage":{"input_uncached":3,'
            '"input_cached":2,"output":4,"reasoning":1},"usage_raw":{"prompt_tokens":5},"price":{"cost_usd":0.5,'
            '"source":"own price","as_of":""},"prompt_sha256":"00","started_at":"2026-01-01T12:00:00Z",'
            '"first_token_s":0.1,"duration_s":0.2,"error":""}'
        )
        more = {"finish_reason": "stop", "usage_raw": {"prompt_tokens": 5}, "prompt_sha256": "00"}
        expected = call().model_copy(update=more)
        assert event_from_json(body, schema=1, chat="c1", seq=4) == expected
        written = json.loads(expected.model_dump_json())
        assert written.pop("usage").items() >= json.loads(body)["usage"].items()
        new = {"reasoning": "", "context_window": None, "prompt_bytes": 0}
        assert {name: written.pop(name) for name in new} == new
        assert written == {name: value for name, value in json.loads(body).items() if name != "usage"}

    def test_an_unknown_kind_is_a_loud_error_naming_kind_and_seq(self):
        with pytest.raises(ValueError, match=r"event 7 of chat c1 .*'Sung'"):
            event_from_json('{"kind": "Sung"}', schema=1, chat="c1", seq=7)

    def test_an_event_of_a_newer_version_is_refused(self):
        with pytest.raises(ValueError, match="newer version"):
            event_from_json('{"kind": "ChatContinued"}', schema=2, chat="c1", seq=7)


class TestDigests:
    def test_a_digest_binds_to_every_part_of_what_is_shown(self):
        shown = request_digest("next_speaker", "A", 2, {"candidates": ["B", "C"]})
        others = {
            request_digest("human_turn", "A", 2, {"candidates": ["B", "C"]}),
            request_digest("next_speaker", "B", 2, {"candidates": ["B", "C"]}),
            request_digest("next_speaker", "A", 3, {"candidates": ["B", "C"]}),
            request_digest("next_speaker", "A", 2, {"candidates": ["C", "B"]}),
        }
        assert len(others) == 4
        assert shown not in others

    def test_a_digest_does_not_depend_on_the_order_of_keys(self):
        one = request_digest("model_failure", "A", 1, {"error": "x", "model": "m"})
        assert one == request_digest("model_failure", "A", 1, {"model": "m", "error": "x"})
