"""Limits, loops and pauses: a person is warned, asked, and obeyed; nothing goes on for ever by itself."""

from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    Interjected,
    LimitNeared,
    MessagePosted,
    PauseAsked,
    Person,
    SpeakerSelected,
    fold,
)
from agents.chats.decisions import continued
from agents.engine.limits import repeats
from agents.specs import TeamSpec, load_team
from tests.support.legs import acts, begin, extended, kinds, last, messages, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, approves, calling, pair_with_tools, requests

ANN = Person(name="Ann")
ALIKE = [
    "I have now checked the whole of the plan again and it is fine, nothing more to do here at all.",
    "I have now checked the whole of the plan again and it is fine, nothing left to do here at all.",
]


def three(**limits: Any) -> TeamSpec:
    """Three assistants in turn."""
    team = load_team(
        "name: Three\nagents: [{name: PM, prompt: p}, {name: Dev, prompt: d}, {name: QA, prompt: q}]\n"
        "selection: {method: round_robin}"
    )
    limits = {"max_rounds": 6, "max_repeats": None, **limits}
    return TeamSpec.model_validate({**team.model_dump(), "limits": limits})


def asked(log: Any) -> Any:
    request = fold(log).request
    assert request is not None
    return request


def answered(log: Any, **fields: Any) -> Any:
    return extended(log, *acts(fold(log), asked(log), by=ANN, **fields))


def near(log: Any) -> list[tuple[str, float, float]]:
    return [(r.event.limit, r.event.used, r.event.allowed) for r in log if isinstance(r.event, LimitNeared)]


class TestALimitBetweenTurns:
    def test_asks_and_says_what_is_used_of_what(self, model: Any) -> None:
        log = play(begin(three()), model, nobody)
        assert (asked(log).of, asked(log).options) == ("limit", ["raise", "end"])
        assert asked(log).payload == {"limit": "max_rounds", "used": 6, "allowed": 6}
        assert asked(log).question == "The limit of 6 messages is reached."

    def test_raised_lets_the_chat_go_on_to_the_new_one_and_asks_again(self, model: Any) -> None:
        log = answered(play(begin(three()), model, nobody), verdict="raise", amount=8)
        log = play(log, model, nobody)
        assert (len(messages(log)), asked(log).payload["allowed"]) == (8, 8)

    @pytest.mark.parametrize("amount", [None, 6, 5.9, -1, float("inf"), float("nan")])
    def test_is_raised_to_more_than_is_used_or_not_at_all(self, amount: Any, model: Any) -> None:
        log = play(begin(three()), model, nobody)
        with pytest.raises(Exception, match="6 are used already; raise the limit to more"):
            answered(log, verdict="raise", amount=amount)

    def test_ends_the_chat_when_the_person_says_so(self, model: Any) -> None:
        log = answered(play(begin(three()), model, nobody), verdict="end")
        assert (last(log).reason, last(log).text) == ("person", "Ann ended the chat.")

    def test_counts_anew_after_the_chat_was_continued(self, model: Any) -> None:
        log = answered(play(begin(three()), model, nobody), verdict="raise", amount=7)
        log = answered(play(log, model, nobody), verdict="end")
        log = play(extended(log, ChatContinued(by=ANN)), model, nobody)
        assert (len(messages(log)), asked(log).payload) == (13, {"limit": "max_rounds", "used": 6, "allowed": 6})

    def test_ends_the_chat_at_once_where_the_team_wants_that(self, model: Any) -> None:
        log = play(begin(three(when_reached="end")), model, nobody)
        assert (last(log).reason, requests(log)) == ("max_rounds", [])

    def test_of_two_is_asked_about_one_after_the_other(self, model: Any) -> None:
        log = play(begin(three(max_rounds=2, max_tokens=5)), model, nobody)
        assert asked(log).payload["limit"] == "max_rounds"
        log = play(answered(log, verdict="raise", amount=9), model, nobody)
        assert asked(log).payload["limit"] == "max_tokens"


class TestALimitWithinATurn:
    def within(self, model: Any, tools: Traces, server: ScriptedServer) -> Any:
        """A chat whose agent used up its tokens by a call, and must ask before its next reply."""
        server.script([calling(("look_up", {"word": "x"}), text="word " * 60), "It is known."])
        team = pair_with_tools(
            policies=[{"action": "approve"}], limits={"max_tokens": 50, "max_rounds": 4, "when_reached": "ask"}
        )
        return play(begin(team), model, nobody, tools=tools)

    def test_asks_before_the_next_reply(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        log = self.within(model, tools, server)
        assert (asked(log).options, len(server.records)) == (["raise", "finish", "end"], 1)
        assert asked(log).question.startswith("The limit of 50 tokens is reached: ")

    def test_raised_goes_on_where_it_stood(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        log = answered(self.within(model, tools, server), verdict="raise", amount=10_000)
        log = play(log, model, nobody, tools=tools)
        assert (messages(log)[1], len(tools.left)) == (("Dev", "It is known."), 1)
        assert asked(log).payload["limit"] == "max_rounds"

    def test_finished_lets_the_turn_end_and_then_the_chat(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        log = answered(self.within(model, tools, server), verdict="finish")
        log = play(log, model, nobody, tools=tools)
        assert messages(log)[1:] == [("Dev", "It is known.")]
        assert (last(log).reason, len(requests(log))) == ("limit", 2)  # the call's, and the limit's

    def test_ends_in_mid_turn_when_the_person_says_so(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        log = answered(self.within(model, tools, server), verdict="end")
        assert (last(log).reason, len(messages(log)), len(server.records)) == ("person", 1, 1)

    def test_of_messages_is_no_matter(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(("look_up", {"word": "x"})), "It is known."])
        team = pair_with_tools(policies=[{"action": "approve"}], limits={"max_rounds": 2, "when_reached": "ask"})
        log = play(begin(team), model, nobody, tools=tools)
        assert (messages(log)[-1], asked(log).options) == (("Dev", "It is known."), ["raise", "end"])


class TestTheWarning:
    def test_comes_once_when_four_fifths_are_used(self, model: Any) -> None:
        log = play(begin(three(max_rounds=10)), model, nobody)
        assert near(log) == [("max_rounds", 8, 10)]
        position = kinds(log).index("LimitNeared")
        assert kinds(log)[:position].count("MessagePosted") == 8

    def test_comes_once_in_a_leg_cut_everywhere_too(self, model: Any) -> None:
        log = play(begin(three(max_rounds=10)), model, nobody, cut_after_each_event=True)
        assert near(log) == [("max_rounds", 8, 10)]

    def test_comes_again_for_a_raised_limit_and_after_a_continuation(self, model: Any) -> None:
        log = answered(play(begin(three(max_rounds=5)), model, nobody), verdict="raise", amount=10)
        log = answered(play(log, model, nobody), verdict="end")
        log = play(extended(log, ChatContinued(by=ANN)), model, nobody)
        assert near(log) == [("max_rounds", 4, 5), ("max_rounds", 8, 10), ("max_rounds", 4, 5)]

    def test_does_not_come_for_a_limit_that_is_passed_in_one_go(self, model: Any) -> None:
        assert near(play(begin(three(max_tokens=5)), model, nobody)) == []


class TestALoop:
    @pytest.mark.parametrize(
        "said", [["the same"] * 2, ["The  same", "the same"], ALIKE], ids=["same", "space", "near"]
    )
    def test_asks_when_an_agent_says_the_same_or_nearly_so(
        self, said: list[str], model: Any, server: ScriptedServer
    ) -> None:
        turns = iter([said[0], said[1]])
        server.script(lambda r: next(turns, None) if r.messages[0]["content"] == "q" else None)
        log = play(begin(three(max_repeats=2, max_rounds=20)), model, nobody)
        assert (asked(log).of, asked(log).agent, asked(log).options) == ("loop", "QA", ["continue", "reply", "end"])
        assert asked(log).payload == {"agent": "QA", "times": 2, "content": said[1]}
        assert asked(log).question == "QA said the same 2 times in a row."

    @pytest.mark.parametrize(
        "said", [["Step 1 is done", "Step 2 is done"], [ALIKE[0], "No. " + ALIKE[0][:40] + " but the sums are wrong."]]
    )
    def test_is_none_where_the_words_differ(self, said: list[str], model: Any, server: ScriptedServer) -> None:
        turns = iter(said)
        server.script(lambda r: next(turns, None) if r.messages[0]["content"] == "q" else None)
        log = play(begin(three(max_repeats=2, max_rounds=9)), model, nobody)
        assert asked(log).of == "limit"

    def looping(self, model: Any, server: ScriptedServer) -> Any:
        server.script(lambda r: "the same" if r.messages[0]["content"] == "q" else None)
        return play(begin(three(max_repeats=2, max_rounds=30)), model, nobody)

    def test_that_is_no_matter_is_asked_about_anew_only_after_as_many_again(
        self, model: Any, server: ScriptedServer
    ) -> None:
        log = self.looping(model, server)
        n_before = len(messages(log))
        log = play(answered(log, verdict="continue"), model, nobody)
        assert (asked(log).of, len(messages(log)) - n_before) == ("loop", 6)

    def test_is_broken_by_what_a_person_says_in_the_next_turn(self, model: Any, server: ScriptedServer) -> None:
        log = self.looping(model, server)
        n_before = len(messages(log))
        log = play(answered(log, verdict="reply", text="Try another way."), model, nobody)
        message = [r.event for r in log if isinstance(r.event, MessagePosted)][n_before]
        assert (message.agent, message.content, message.source, message.by) == (
            "PM", "Try another way.", "human", ANN,
        )  # fmt: skip
        assert fold(log).said == ()

    def test_ends_the_chat_when_the_person_says_so(self, model: Any, server: ScriptedServer) -> None:
        assert last(answered(self.looping(model, server), verdict="end")).reason == "person"

    def test_ends_the_chat_at_once_where_the_team_wants_that(self, model: Any, server: ScriptedServer) -> None:
        server.script(lambda r: "the same")
        log = play(begin(three(max_repeats=3, max_rounds=30, when_reached="end")), model, nobody)
        assert (last(log).reason, last(log).text) == ("repeats", "Dev said the same 3 times in a row.")

    def test_is_none_of_people_and_automatic_replies(self, model: Any) -> None:
        log = play(begin(pair_with_tools(limits={"max_rounds": 9, "max_repeats": 2})), model, nobody)
        assert last(log).reason == "max_rounds"
        assert repeats(fold(log)) <= 1


class TestAPause:
    def paused(self, model: Any) -> Any:
        """A chat paused while its first turn runs."""
        log = extended(begin(three()), SpeakerSelected(turn=1, agent="Dev", method="round_robin"), PauseAsked(by=ANN))
        return play(log, model, nobody)

    def test_waits_once_the_turn_under_way_is_over(self, model: Any) -> None:
        log = self.paused(model)
        assert (asked(log).of, asked(log).options, len(messages(log))) == ("pause", ["continue", "reply", "end"], 2)
        assert asked(log).question == "Ann paused the chat. Go on?"

    def test_goes_on_when_the_person_does(self, model: Any) -> None:
        log = play(answered(self.paused(model), verdict="continue"), model, nobody)
        assert (asked(log).of, len(messages(log))) == ("limit", 6)

    def test_goes_on_with_what_the_person_says(self, model: Any) -> None:
        log = play(answered(self.paused(model), verdict="reply", text="Blue."), model, nobody)
        assert messages(log)[2] == ("PM", "Blue.")

    def test_ends_when_the_person_ends_it(self, model: Any) -> None:
        assert last(answered(self.paused(model), verdict="end")).reason == "person"

    def test_is_forgotten_when_the_chat_ends_first(self, model: Any, server: ScriptedServer) -> None:
        server.script(["TERMINATE"])
        log = self.paused(model)
        assert last(log).reason == "phrase"
        log = play(extended(log, ChatContinued(by=ANN)), model, nobody)
        assert asked(log).of == "limit"


class TestWhatAPersonSays:
    def saying(self, *texts: str, turn: SpeakerSelected | None = None) -> Any:
        log = begin(three())
        log = extended(log, turn) if turn else log
        return extended(log, *(Interjected(text=text, by=ANN) for text in texts))

    def test_is_the_next_turn_in_the_task_givers_name(self, model: Any, server: ScriptedServer) -> None:
        log = play(self.saying("Blue.", turn=SpeakerSelected(turn=1, agent="QA", method="auto")), model, nobody)
        assert [agent for agent, _ in messages(log)[:3]] == ["PM", "QA", "PM"]
        assert messages(log)[2] == ("PM", "Blue.")
        selected = [r.event for r in log if isinstance(r.event, SpeakerSelected)]
        assert [event.method for event in selected[:3]] == ["auto", "interjected", "round_robin"]
        assert server.records[1].messages[-1]["content"] == "Blue."

    def test_twice_is_two_turns_in_order(self, model: Any) -> None:
        log = play(self.saying("One.", "Two."), model, nobody)
        assert messages(log)[1:3] == [("PM", "One."), ("PM", "Two.")]

    def test_keeps_a_chat_from_ending_by_a_phrase(self, model: Any, server: ScriptedServer) -> None:
        server.script(["All done. TERMINATE", "More then.", "TERMINATE"])
        log = play(self.saying("Wait!", turn=SpeakerSelected(turn=1, agent="QA", method="auto")), model, nobody)
        assert [content for _, content in messages(log)[1:]] == [
            "All done. TERMINATE",
            "Wait!",
            "More then.",
            "TERMINATE",
        ]

    def test_is_the_same_in_a_leg_cut_everywhere(self, model: Any) -> None:
        log = self.saying("One.", "Two.", turn=SpeakerSelected(turn=1, agent="QA", method="auto"))
        assert messages(play(log, model, approves_until_end, cut_after_each_event=True)) == messages(
            play(log, model, approves_until_end)
        )

    def test_is_not_lost_when_the_chat_is_stopped_and_continued_with_other_words(self, model: Any) -> None:

        log = extended(self.saying("Blue."), SpeakerSelected(turn=1, agent="PM", method="interjected"))
        log = extended(log, ChatEnded(reason="stopped", text="Ann stopped the chat.", by=ANN))
        log = extended(log, *continued(fold(log), ANN, "Green."))
        assert [content for _, content in messages(play(log, model, nobody))[1:3]] == ["Green.", "Blue."]


def approves_until_end(request: Any) -> dict[str, Any]:
    return {"verdict": "end"} if request.of == "limit" else approves(request)
