"""What a person's act in a chat becomes, and what it may not be."""

from typing import Any

import pytest

from agents.chats import ChatContinued, ChatEnded, DecisionMade, MessagePosted, fold
from agents.chats.decisions import Answer, NotOpenError, continued, decided, stopped, why_not_open
from agents.errors import ConflictError, NotFoundError, StudioError
from tests.chats.a_chat import ANNA, BEN, recorded, request, started, waiting, whole


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
        with pytest.raises(StudioError, match=r"is empty|100,001 characters|half characters"):
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
