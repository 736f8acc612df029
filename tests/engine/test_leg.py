"""What a leg does at each fork: who is asked, what ends a chat, what a failure becomes."""

from itertools import pairwise
from typing import Any

import pytest

from agents.chats import ChatContinued, ChatEnded, ChatState, MessagePosted, ModelCalled, Person, SpeakerSelected, fold
from agents.engine import Streamed, leg_events
from agents.specs import TeamSpec, load_team
from tests.support.legs import (
    begin,
    decision,
    extended,
    facts,
    four,
    kinds,
    last,
    messages,
    nobody,
    play,
    replies,
    skips,
)
from tests.support.scripted_server import ScriptedServer


def pair(human: str = "{name: user, role: human}", **team: Any) -> TeamSpec:
    """A person and one assistant, who says TERMINATE when its script does."""
    spec = load_team(f"name: Pair\nagents: [{human}, {{name: coder, prompt: Write code.}}]")
    team["limits"] = {"when_reached": "end", **team.get("limits", {})}
    return TeamSpec.model_validate({**spec.model_dump(), **team})


def open_request(log: Any) -> Any:
    request = fold(log).request
    assert request is not None
    return request


class TestAPersonsTurn:
    def test_ends_the_leg_with_a_question_and_leaves_nothing_running(self, model: Any) -> None:
        log = play(begin(four("{method: round_robin}")), model, nobody)
        assert open_request(log).agent == "user"
        assert open_request(log).options == ["reply", "skip", "end"]
        assert messages(log)[-1][0] == "QA"

    def test_a_reply_is_posted_in_the_agents_name_with_who_wrote_it(self, model: Any) -> None:
        log = play(begin(four("{method: round_robin}")), model, nobody)
        by = Person(name="Ada")
        decided = decision(open_request(log), verdict="reply", text="exit").model_copy(update={"by": by})
        log = play(extended(log, decided), model, nobody)
        posted = [e for e in facts(log) if isinstance(e, MessagePosted) and e.source == "human"]
        assert [(e.agent, e.content, e.by) for e in posted] == [("user", "exit", by)]
        assert open_request(log).turn > posted[0].turn

    def test_a_skip_posts_the_agents_auto_reply(self, model: Any) -> None:
        team = pair("{name: user, role: human, auto_reply: Go on.}", limits={"max_rounds": 3})
        log = play(begin(team), model, skips)
        assert messages(log)[-1] == ("user", "Go on.")

    def test_a_skip_lets_an_assistant_with_a_person_behind_it_speak_by_itself(
        self, model: Any, server: ScriptedServer
    ) -> None:
        team = pair("{name: user, prompt: p, human_input_mode: ALWAYS}", limits={"max_rounds": 3})
        log = play(begin(team), model, skips)
        assert messages(log)[-1][1].startswith("scripted ")
        assert len(server.records) == 2

    def test_in_mode_terminate_is_asked_only_when_the_other_has_finished(
        self, model: Any, server: ScriptedServer
    ) -> None:
        server.script(["working", "working", "done TERMINATE"])
        log = play(begin(pair("{name: user, role: human, human_input_mode: TERMINATE}")), model, nobody)
        assert [content for _, content in messages(log)] == [
            "Build it.",
            "working",
            "",
            "working",
            "",
            "done TERMINATE",
        ]
        assert "said TERMINATE" in open_request(log).question
        ended = play(log, model, skips)
        assert last(ended).reason == "phrase"
        went_on = play(log, model, lambda r: {"verdict": "reply", "text": "More."} if r.turn == 6 else None)
        assert ("user", "More.") in messages(went_on)
        assert kinds(went_on).count("MessagePosted") > 7

    def test_in_mode_terminate_is_asked_after_its_most_automatic_replies(self, model: Any) -> None:
        human = "{name: user, role: human, human_input_mode: TERMINATE, max_consecutive_auto_reply: 2, auto_reply: Go.}"
        log = play(begin(pair(human)), model, nobody)
        assert [agent for agent, _ in messages(log)].count("user") == 3
        assert open_request(log).agent == "user"


class TestTheNextSpeaker:
    def test_is_a_persons_choice_among_those_allowed(self, model: Any) -> None:
        team = four("{method: manual, transitions: {user: [PM, QA], PM: [user]}}")
        log = play(begin(team), model, nobody)
        assert open_request(log).payload == {"candidates": ["PM", "QA"]}
        log = play(log, model, lambda r: {"verdict": "choose", "choice": "QA"} if r.of == "next_speaker" else None)
        assert messages(log)[1][0] == "QA"

    def test_is_whom_the_team_names_for_the_first_turn(self, model: Any) -> None:
        team = four("{method: round_robin}").model_copy(update={"first_speaker": "QA"})
        log = play(begin(team), model, nobody)
        assert messages(log)[1][0] == "QA"

    def test_is_nobody_where_the_graph_ends_and_the_chat_says_so(self, model: Any) -> None:
        team = four("{method: round_robin, transitions: {user: [PM], PM: []}}")
        log = play(begin(team), model, replies)
        assert (last(log).reason, last(log).text) == ("no_speaker", "Nobody may speak after PM.")

    def test_follows_the_graph(self, model: Any) -> None:
        graph = {"user": ["PM"], "PM": ["Dev"], "Dev": ["QA", "PM"], "QA": ["user"]}
        team = four(f"{{method: random, transitions: {graph}}}", mode="NEVER")
        spoken = [agent for agent, _ in messages(play(begin(team), model, replies))]
        assert len(spoken) == 12
        assert all(follower in graph[speaker] for speaker, follower in pairwise(spoken))

    @pytest.mark.parametrize(
        ("said", "agent"), [("QA", "QA"), ("QA-Lead", "QA-Lead"), ("QA Bot.", "QA_Bot"), (r"**QA\_Bot**", "QA_Bot")]
    )
    def test_may_have_a_name_that_holds_anothers(
        self, said: str, agent: str, model: Any, server: ScriptedServer
    ) -> None:
        agents = "{name: user, role: human}, {name: QA}, {name: QA-Lead}, {name: QA_Bot}, {name: Bot}"
        server.script(lambda request: said, of="select")
        log = play(begin(load_team(f"name: T\nagents: [{agents}]\nlimits: {{max_rounds: 2}}")), model, nobody)
        selected = next(e for e in facts(log) if isinstance(e, SpeakerSelected))
        assert (selected.agent, selected.method) == (agent, "auto")

    def test_is_the_next_in_the_list_when_the_model_names_nobody_three_times(
        self, model: Any, server: ScriptedServer
    ) -> None:
        server.script(lambda request: "no idea", of="select")
        log = play(begin(four("{method: auto}", mode="NEVER", max_rounds=2)), model, replies)
        selected = next(e for e in facts(log) if isinstance(e, SpeakerSelected))
        assert (selected.agent, selected.method) == ("PM", "fallback")
        assert sum(record.is_selection for record in server.records) == 3


class TestTheEnd:
    @pytest.mark.parametrize(
        ("termination", "text", "reason"),
        [
            ({}, "All done. TERMINATE\n", "phrase"),
            ({"match": "contains", "phrases": ["DONE"]}, "It is DONE now", "phrase"),
            ({"match": "equals"}, "TERMINATE soon", "max_rounds"),
            ({"by": ["user"]}, "TERMINATE", "max_rounds"),
            ({"phrases": []}, "TERMINATE", "max_rounds"),
        ],
    )
    def test_comes_with_the_phrase_as_the_team_says(
        self, termination: Any, text: str, reason: str, model: Any, server: ScriptedServer
    ) -> None:
        server.script(lambda request: text)
        limits = {"max_rounds": 4, "max_repeats": None}
        team = pair("{name: user, role: executor}", termination=termination, limits=limits)
        assert last(play(begin(team), model, nobody)).reason == reason

    def test_comes_with_the_phrase_of_a_person_too(self, model: Any, server: ScriptedServer) -> None:
        says = {"verdict": "reply", "text": "That will do. TERMINATE"}
        log = play(begin(four("{method: round_robin}")), model, lambda request: says, cut_after_each_event=True)
        assert (last(log).reason, last(log).text) == ("phrase", "user said TERMINATE.")
        assert [agent for agent, _ in messages(log)] == ["user", "PM", "Dev", "QA", "user"]

    def test_does_not_come_with_a_task_that_holds_the_phrase(self, model: Any) -> None:
        log = play(begin(four("{method: round_robin}"), "Say when it is time to TERMINATE"), model, nobody)
        assert len(messages(log)) == 4

    @pytest.mark.parametrize(
        ("limits", "reason", "text"),
        [
            ({"max_rounds": 3}, "max_rounds", "The limit of 3 messages is reached."),
            ({"max_tokens": 30}, "max_tokens", "The limit of 30 tokens is reached: "),
            ({"max_work_s": 1e-6}, "max_work", "s of work is reached."),
            ({"max_repeats": 2}, "repeats", "said the same 2 times in a row."),
        ],
    )
    def test_comes_with_each_limit_and_says_which(
        self, limits: Any, reason: str, text: str, model: Any, server: ScriptedServer
    ) -> None:
        server.script(lambda request: "the same again")
        team = four("{method: round_robin}", mode="NEVER").model_copy(
            update={
                "limits": load_team(
                    "name: x\nagents: [{name: a},{name: b}]\nlimits: {when_reached: end}"
                ).limits.model_copy(update=limits)
            }
        )
        ended = last(play(begin(team), model, replies))
        assert ended.reason == reason
        assert text in ended.text

    def test_comes_with_the_cost_where_it_is_priced(self, priced_model: Any) -> None:
        team = four("{method: round_robin}", mode="NEVER")
        limits = team.limits.model_copy(update={"max_cost_usd": 0.05})
        ended = last(play(begin(team.model_copy(update={"limits": limits})), priced_model, replies))
        assert ended.reason == "max_cost"

    def test_of_an_executor_that_answered_long_enough(self, model: Any) -> None:
        team = pair("{name: user, role: executor, max_consecutive_auto_reply: 2, auto_reply: Go on.}")
        log = play(begin(team), model, nobody)
        assert last(log).reason == "auto_replies"
        assert [agent for agent, _ in messages(log)].count("user") == 3
        assert last(log).text == "user has answered 2 times in a row without a person."

    def test_of_one_message_says_so_in_the_singular(self, model: Any) -> None:
        assert last(play(begin(pair(limits={"max_rounds": 1, "when_reached": "end"})), model, nobody)).text == (
            "The limit of 1 message is reached."
        )
        team = pair("{name: user, role: executor, max_consecutive_auto_reply: 1, auto_reply: Go on.}")
        assert "has answered 1 time in a row" in last(play(begin(team), model, nobody)).text

    def test_is_not_the_end_once_a_person_continues(self, model: Any, server: ScriptedServer) -> None:
        server.script(["done TERMINATE"])
        log = play(begin(four("{method: round_robin}", max_rounds=4)), model, nobody)
        assert last(log).reason == "phrase"
        log = play(extended(log, ChatContinued(by=Person())), model, replies)
        assert last(log).reason == "max_rounds"
        assert kinds(log).count("MessagePosted") == 2 + 4

    def test_does_not_swallow_what_a_person_said_just_before_it(self, model: Any) -> None:
        log = play(begin(four("{method: round_robin}"), "Build it."), model, nobody)
        log = extended(log, decision(last(log), verdict="reply", text="Blue, please."))
        log = extended(log, ChatEnded(reason="stopped", text="You stopped the chat."), ChatContinued(by=Person()))
        assert ("user", "Blue, please.") in messages(play(log, model, nobody))


class TestAFailedCall:
    def test_becomes_a_question_with_its_cause_and_the_chat_goes_on_after_retry(
        self, model: Any, server: ScriptedServer
    ) -> None:
        server.script(["fault-500"])
        log = play(begin(four("{method: round_robin}")), model, nobody)
        request = open_request(log)
        assert (request.of, request.agent, request.options) == ("model_failure", "PM", ["retry", "change_model", "end"])
        assert request.payload["outcome"] == "server_error"
        log = play(extended(log, decision(request, verdict="retry")), model, nobody)
        assert [agent for agent, _ in messages(log)] == ["user", "PM", "Dev", "QA"]

    def test_of_the_selection_is_asked_about_too(self, model: Any, server: ScriptedServer) -> None:
        server.script(["fault-401"], of="select")
        log = play(begin(four("{method: auto}")), model, nobody)
        assert open_request(log).payload["purpose"] == "select"
        log = play(extended(log, decision(open_request(log), verdict="retry")), model, replies)
        assert last(log).reason == "max_rounds"

    def test_goes_on_with_another_model_for_the_rest_of_the_chat(self, model: Any, server: ScriptedServer) -> None:
        server.script(["fault-404"])
        log = play(begin(four("{method: round_robin}", max_rounds=9)), model, nobody)
        changed = decision(open_request(log), verdict="change_model", choice="other", model="better")
        log = play(extended(log, changed), model, replies)
        models = {
            (e.agent, e.connection, e.model) for e in facts(log) if isinstance(e, ModelCalled) and e.outcome == "ok"
        }
        assert models == {("PM", "other", "better"), ("Dev", "scripted", "scripted"), ("QA", "scripted", "scripted")}


class TestALeg:
    def test_streams_each_reply_before_it_is_posted(self, model: Any) -> None:
        pieces: list[str] = []
        together: tuple[Any, ...] = ()
        for item in leg_events(fold(begin(four("{method: round_robin}"))), model):
            if isinstance(item, Streamed):
                pieces.append(item.text)
            elif isinstance(item, tuple):
                together = item
                break
        called, posted = together
        assert isinstance(called, ModelCalled)
        assert isinstance(posted, MessagePosted)
        assert len(pieces) > 3
        assert "".join(pieces) == called.reply == posted.content

    def test_closed_in_mid_stream_hangs_up_on_the_model(self, model: Any, server: ScriptedServer) -> None:
        server.piece_ms = 50
        leg = leg_events(fold(begin(four("{method: round_robin}"))), model)
        assert isinstance(next(item for item in leg if isinstance(item, Streamed)), Streamed)
        leg.close()
        server.wait_for(lambda records: records[-1].outcome == "closed by client")

    def test_says_that_code_is_off_instead_of_running_it(self, model: Any, server: ScriptedServer) -> None:
        server.script(["```python\nopen('/tmp/never', 'w')\n```", "Then I am done. TERMINATE"])
        log = play(begin(pair("{name: user, role: executor}")), model, nobody)
        assert messages(log)[2][1].startswith("Code execution is off in this chat")
        assert last(log).text == "coder said TERMINATE."

    def test_refuses_a_chat_that_is_not_running(self, model: Any) -> None:
        with pytest.raises(ValueError, match="running chat"):
            next(leg_events(ChatState(status="ended"), model))
