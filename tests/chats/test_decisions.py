"""What a person's act in a chat becomes, and what it may not be."""

from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    DecisionMade,
    Interjected,
    MessagePosted,
    PauseAsked,
    RuleRevoked,
    fold,
)
from agents.chats.decisions import (
    Answer,
    NotOpenError,
    continued,
    decided,
    interjected,
    overdue,
    paused,
    revoked,
    same_allowed,
    stopped,
    why_not_open,
)
from agents.errors import ConflictError, NotFoundError, StudioError, UsageError
from tests.support.chat_log import ANNA, BEN, recorded, request, started, waiting, whole


def answer(**changes: Any) -> Answer:
    asked = request(changes.pop("of", "human_turn"), payload=changes.pop("payload", {}))
    fields: dict[str, Any] = {"request": "r5", "digest": asked.digest, "verdict": "reply", "text": "Go on", **changes}
    return Answer(**fields)


def events(given: Answer, asked=None) -> list[Any]:
    return decided(fold(recorded(waiting(asked))), given, BEN, {"embedded", "openai"})


class TestDecided:
    def test_a_reply_becomes_one_decision_in_the_persons_name(self):
        asked = request()
        assert events(answer()) == [
            DecisionMade(request="r5", digest=asked.digest, verdict="reply", text="Go on", by=BEN)
        ]

    def test_end_ends_the_chat_in_the_same_breath(self):
        decision, ended = events(answer(verdict="end"))
        assert decision.verdict == "end"
        assert ended == ChatEnded(reason="person", text="Ben ended the chat.", by=BEN)

    def test_what_was_not_shown_is_not_answered(self):
        with pytest.raises(ConflictError, match=r"changed since it was shown\. Now it is: 'It is your turn.'"):
            events(answer(digest="0" * 64))
        with pytest.raises(ConflictError, match="changed"):
            events(answer(digest=""))

    @pytest.mark.parametrize("verdict", ["choose", "retry", "change_model", "approve", ""])
    def test_a_verdict_that_was_not_offered_is_refused(self, verdict: Any):
        with pytest.raises(StudioError, match="choose one of reply, skip, end"):
            events(answer(verdict=verdict))

    @pytest.mark.parametrize("text", ["", "  \n", "x" * 100_001, "half a \ud83d"])
    def test_a_reply_says_something_of_a_bounded_length(self, text: str):
        with pytest.raises(StudioError, match=r"is empty|100,001 characters|invalid characters"):
            events(answer(text=text))

    def test_only_a_candidate_can_speak_next(self):
        payload = {"candidates": ["Writer", "Critic"]}
        asked = request("next_speaker", payload=payload)
        given = {"of": "next_speaker", "payload": payload, "verdict": "choose"}
        assert events(answer(**given, choice="Critic"), asked)[0].choice == "Critic"
        with pytest.raises(StudioError, match="choose one of Writer, Critic"):
            events(answer(**given, choice="Bob"), asked)

    def test_a_model_changes_only_to_a_known_connection(self):
        asked = request("model_failure")
        given = {"of": "model_failure", "verdict": "change_model"}
        assert events(answer(**given, choice="openai", model="m"), asked)[0].model == "m"
        with pytest.raises(StudioError, match="no connection named 'gone'; choose one of embedded, openai"):
            events(answer(**given, choice="gone"), asked)

    def test_another_request_than_the_open_one_is_not_open(self):
        with pytest.raises(NotOpenError):
            events(answer(request="r1"))


class TestWhyNotOpen:
    def test_it_tells_who_decided_what_and_when(self):
        text = str(why_not_open(recorded(whole()), "r5"))
        assert "Anna has already answered this (reply: 'Go on') on 2026-01-01 at 12:00:09 UTC" in text

    def test_it_tells_that_the_chat_ended_before(self):
        log = recorded([*waiting(), ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA)])
        error = why_not_open(log, "r5")
        assert isinstance(error, ConflictError)
        assert "Anna stopped the chat." in str(error)

    def test_a_request_that_never_was_is_not_found(self):
        assert isinstance(why_not_open(recorded(whole()), "r99"), NotFoundError)


class TestStopAndContinue:
    def test_a_chat_is_stopped_once(self):
        ended = ChatEnded(reason="stopped", text="Ben stopped the chat.", by=BEN)
        assert stopped(fold(recorded(started())), BEN) == [ended]
        with pytest.raises(ConflictError, match="already ended: Anna stopped"):
            stopped(fold(recorded(whole()[:11])), BEN)

    def test_an_ended_chat_continues_with_the_persons_words_in_the_task_givers_place(self):
        state = fold(recorded(whole()[:11]))
        assert [event.kind for event in continued(state, BEN, "")] == ["ChatContinued"]
        message = MessagePosted(turn=3, agent="User", content="And now?", source="human", by=BEN)
        assert continued(state, BEN, "And now?") == [ChatContinued(by=BEN), message]

    def test_a_chat_that_runs_is_not_continued(self):
        with pytest.raises(ConflictError, match="not ended"):
            continued(fold(recorded(started())), BEN, "")


def tool_request(**changes: Any) -> Any:
    payload = {"call": "0.0", "tool": "send*mail", "arguments": {"to": "bob"}}
    options: Any = ["approve", "edit", "reject", "reply", "skip", "end"]
    return request("tool_call", payload=changes.pop("payload", payload), options=options, **changes)


def state_of(asked: Any) -> Any:
    return fold(recorded(waiting(asked)))


def given(asked: Any, **fields: Any) -> list[Any]:
    return decided(state_of(asked), Answer(asked.request, asked.digest, **fields), BEN, set())


class TestDecidingACall:
    def test_an_edit_keeps_the_tool_and_changes_its_arguments(self):
        (made,) = given(tool_request(), verdict="edit", edit={"arguments": {"to": "eve"}})
        assert (made.verdict, made.edit) == ("edit", {"arguments": {"to": "eve"}})

    @pytest.mark.parametrize(
        ("edit", "said"),
        [
            ({"arguments": {}, "tool": "rm"}, "gives 'arguments' and nothing else; found arguments, tool"),
            ({"content": "x"}, "found content"),
            ({}, "found nothing"),
            ({"arguments": [1]}, "are a JSON object"),
            ({"arguments": {"x": float("inf")}}, "a value that JSON does not have"),
            ({"arguments": {"x": "\ud800"}}, "invalid characters"),
            ({"arguments": {"x": "x" * 100_001}}, "at most 100,000"),
        ],
    )
    def test_an_edit_is_nothing_else(self, edit: Any, said: str):
        with pytest.raises(UsageError, match=said):
            given(tool_request(), verdict="edit", edit=edit)

    def test_an_edit_that_nests_without_end_is_refused(self):
        deep: dict[str, Any] = {}
        for _ in range(5_000):
            deep = {"x": deep}
        with pytest.raises(UsageError, match="more than 50 deep"):
            given(tool_request(), verdict="edit", edit={"arguments": deep})

    def test_a_rejection_needs_no_reason_but_a_bounded_one(self):
        assert given(tool_request(), verdict="reject")[0].text == ""
        with pytest.raises(UsageError, match="The reason has 100,001 characters"):
            given(tool_request(), verdict="reject", text="x" * 100_001)


class TestApprovingForTheChat:
    def test_names_the_tool_and_the_agent_and_no_pattern_that_fits_others(self):
        rule = same_allowed(state_of(tool_request()), "r5", BEN)
        assert rule.rule == {"kind": "tool_call", "agent": "User", "tool": "send[*]mail", "action": "approve"}
        assert (rule.by, rule.id) == (BEN, "of-r5")

    def test_is_for_calls_code_and_messages_only(self):
        with pytest.raises(UsageError, match="Only tool calls, code and messages"):
            same_allowed(state_of(request()), "r5", BEN)
        code = request("code_block", payload={"block": "0", "language": "", "code": "x"})
        with pytest.raises(UsageError, match="Code without a language"):
            same_allowed(state_of(code), "r5", BEN)

    def test_is_taken_back_once(self):
        rule = same_allowed(state_of(tool_request()), "r5", BEN)
        log = [*waiting(tool_request()), rule]
        assert [r.id for r in fold(recorded(log)).rules] == ["of-r5"]
        assert revoked(fold(recorded(log)), "of-r5", ANNA) == [RuleRevoked(id="of-r5", by=ANNA)]
        log.append(RuleRevoked(id="of-r5", by=ANNA))
        assert fold(recorded(log)).rules == ()
        assert revoked(fold(recorded(log)), "of-r5", ANNA) == []


class TestDeadlines:
    @pytest.mark.parametrize("outcome", ["reject", "skip", "end"])
    def test_bring_what_they_say_and_nobodys_name(self, outcome: Any):
        made, *rest = overdue(state_of(tool_request(deadline_s=5.0, overdue=outcome)), "r5")
        assert isinstance(made, DecisionMade)
        assert (made.verdict, made.by, made.who) == (outcome, None, "The deadline")
        assert [event.kind for event in rest] == (["ChatEnded"] if outcome == "end" else [])

    @pytest.mark.parametrize("changes", [{}, {"deadline_s": 5.0}, {"deadline_s": 5.0, "overdue": "wait"}])
    def test_bring_nothing_where_the_request_waits(self, changes: Any):
        assert overdue(state_of(tool_request(**changes)), "r5") == []

    def test_are_too_late_once_somebody_decided(self):
        asked = tool_request(deadline_s=5.0, overdue="reject")
        log = [*waiting(asked), *given(asked, verdict="approve")]
        with pytest.raises(NotOpenError):
            overdue(fold(recorded(log)), "r5")

    def test_are_named_to_whoever_answers_after_them(self):
        asked = tool_request(deadline_s=5.0, overdue="reject")
        log = recorded([*waiting(asked), *overdue(state_of(asked), "r5")])
        assert "The deadline has already answered this (reject: 'nobody answered in time')" in str(
            why_not_open(log, "r5")
        )


class TestInterjecting:
    def test_is_said_in_a_running_and_in_a_waiting_chat(self):
        for log in (started(), waiting()):
            assert interjected(fold(recorded(log)), BEN, "Blue.") == [Interjected(text="Blue.", by=BEN)]

    def test_is_not_said_in_an_ended_chat(self):
        with pytest.raises(ConflictError, match=r"Anna stopped the chat\. Press Continue"):
            interjected(fold(recorded(whole()[:11])), BEN, "Blue.")

    @pytest.mark.parametrize("text", ["", " ", "x" * 100_001])
    def test_says_something_of_a_bounded_length(self, text: str):
        with pytest.raises(UsageError):
            interjected(fold(recorded(started())), BEN, text)


class TestPausing:
    def test_is_asked_for_once(self):
        assert paused(fold(recorded(started())), BEN) == [PauseAsked(by=BEN)]
        assert paused(fold(recorded([*started(), PauseAsked(by=BEN)])), ANNA) == []

    @pytest.mark.parametrize(
        ("log", "said"), [(waiting(), "waits for a person already"), (whole()[:11], "already ended")]
    )
    def test_is_for_chats_that_run(self, log: Any, said: str):
        with pytest.raises(ConflictError, match=said):
            paused(fold(recorded(log)), BEN)
