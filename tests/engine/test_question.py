"""An agent asks a person: once, however often the leg is cut; the filled-in form is the result of the call."""

import json
from typing import Any

import pytest

from agents.chats import ChatContinued, DecisionMade, DecisionRequested, Person, ToolStarted, fold
from agents.chats.decisions import overdue, stopped
from agents.chats.requests import QuestionRequest
from agents.errors import UsageError
from agents.specs import TeamSpec
from tests.support.legs import acts, begin, extended, facts, kinds, messages, nobody, play
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, approves, calling, pair_with_tools, requests, returned, tool_results

FORM = {
    "type": "object",
    "properties": {"city": {"type": "string", "title": "City"}, "days": {"type": "integer", "title": "Days"}},
    "required": ["city"],
}
ASK = ("ask_person", {"question": "Which city?", "form": FORM})
MAIL = ("send_mail", {"to": "bob"})
ANSWER: dict[str, Any] = {"verdict": "reply", "text": '{"city": "Bonn", "days": 2}'}


def asking_team(**team: Any) -> TeamSpec:
    spec = pair_with_tools(**team)
    dev = spec.agents[1].model_copy(update={"tools": ["ask_person", "send_mail"]})
    return spec.model_copy(update={"agents": [spec.agents[0], dev]})


def answers(request: DecisionRequested) -> dict[str, Any]:
    return ANSWER if request.of == "question" else approves(request)


def twice_and_a_mail(request: Request) -> Reply | str:
    """Two questions and a mail at once, then a question, then words."""
    n_results = sum(message["role"] == "tool" for message in request.messages)
    return {0: calling(ASK, MAIL, ASK), 3: calling(ASK)}.get(n_results, f"Done after {n_results}.")


class TestAsking:
    def test_puts_the_question_and_gives_the_model_what_was_filled_in(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK), "Bonn it is."])
        log = play(begin(asking_team()), model, nobody, tools=tools)
        (asked,) = requests(log)
        assert isinstance(asked.asked, QuestionRequest)
        assert (asked.of, asked.agent, asked.question) == ("question", "Dev", "Dev asks: Which city?")
        assert asked.options == ["reply", "reject", "skip", "end"]
        log = play(log, model, answers, tools=tools)
        assert tool_results(server) == ['{"city": "Bonn", "days": 2}']
        assert returned(log) == [("ok", ANSWER["text"])]
        assert ToolStarted not in {type(recorded.event) for recorded in log}

    @pytest.mark.parametrize("is_last_first", [False, True])
    def test_asks_once_wherever_a_leg_is_cut(
        self, is_last_first: bool, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script(twice_and_a_mail)
        how: Any = {"tools": tools, "is_last_first": is_last_first}
        whole = play(begin(asking_team()), model, answers, **how)
        prompts = [record.messages for record in server.records]
        server.records.clear()
        cut = play(begin(asking_team()), model, answers, cut_after_each_event=True, spared=(ToolStarted,), **how)
        assert (messages(cut), facts(cut)) == (messages(whole), facts(whole))
        assert [record.messages for record in server.records] == prompts
        assert [request.of for request in requests(cut)].count("question") == 3
        assert tools.left == ["mail to bob: Hello"] * 2  # one for each of the two runs

    def test_a_reply_that_does_not_fit_the_form_is_refused(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK)])
        log = play(begin(asking_team()), model, nobody, tools=tools)
        for text, said in (('{"days": 2}', "“City” is missing"), ('{"city": "B", "days": "x"}', "“Days” must be")):
            with pytest.raises(UsageError, match=said):
                acts(fold(log), requests(log)[0], verdict="reply", text=text)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"question": "Well?", "form": {"type": "object"}}, "with at least one field"),
            ({"question": " ", "form": FORM}, "The question needs 1 to 2,000 characters"),
            ({"question": "Well?"}, "form: "),
        ],
    )
    def test_a_form_that_is_none_is_told_to_the_model_and_nobody_is_asked(
        self, arguments: dict[str, Any], said: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("ask_person", arguments)), "Never mind."])
        log = play(begin(asking_team()), model, nobody, tools=tools)
        assert (requests(log), kinds(log)[-1]) == ([], "ChatEnded")
        assert said in tool_results(server)[0]

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            ({"verdict": "skip"}, "The question was not answered. It was skipped."),
            ({"verdict": "reject", "text": "decide yourself"}, "The reviewer rejected it: decide yourself."),
        ],
    )
    def test_may_stay_unanswered(
        self, answer: dict[str, Any], told: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK), "Then Bonn."])
        play(begin(asking_team()), model, lambda request: answer, tools=tools)
        assert told in tool_results(server)[0]

    def test_a_reply_outlives_the_chats_end(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(ASK), "Bonn it is."])
        log = play(begin(asking_team()), model, nobody, tools=tools)
        log = extended(log, *acts(fold(log), requests(log)[0], **ANSWER))
        log = extended(log, *stopped(fold(log), Person()), ChatContinued(by=Person()))
        log = play(log, model, nobody, tools=tools)
        assert (len(requests(log)), tool_results(server)) == (1, [ANSWER["text"]])


class TestRules:
    def test_that_refuse_leave_nobody_asked_and_tell_the_model(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK), "Then not."])
        rule = {"name": "No questions", "tool": "ask_person", "action": "refuse", "reason": "work alone"}
        log = play(begin(asking_team(policies=[rule])), model, nobody, tools=tools)
        (made,) = [recorded.event for recorded in log if isinstance(recorded.event, DecisionMade)]
        assert (made.verdict, made.rule, kinds(log)[-1]) == ("reject", "No questions", "ChatEnded")
        assert "The rule 'No questions' rejected it: work alone." in tool_results(server)[0]

    @pytest.mark.parametrize("rule", [{"action": "approve"}, {"tool": "ask_person", "action": "approve"}])
    def test_that_approve_ask_all_the_same(
        self, rule: dict[str, Any], model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK, MAIL)])
        log = play(begin(asking_team(policies=[rule])), model, nobody, tools=tools)
        assert fold(log).requests[0].of == "question"

    @pytest.mark.parametrize("outcome", ["skip", "reject", "end"])
    def test_a_deadline_brings_what_it_says(
        self, outcome: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(ASK), "Then Bonn."])
        team = asking_team(deadlines=[{"kind": "question", "after_s": 5, "outcome": outcome}])
        log = play(begin(TeamSpec.model_validate(json.loads(team.model_dump_json()))), model, nobody, tools=tools)
        (asked,) = fold(log).requests
        assert (asked.deadline_s, asked.overdue) == (5, outcome)
        log = play(extended(log, *overdue(fold(log), asked.request)), model, nobody, tools=tools)
        assert fold(log).status == "ended"
