"""Who is asked before a tool runs: the team's rules, what a person approved for the chat, and never a stranger."""

from typing import Any

from agents.chats import ChatContinued, DecisionMade, Person
from agents.chats.decisions import revoked, same_allowed
from agents.chats.state import fold
from tests.support.legs import acts, begin, extended, last, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, calling, pair_with_tools, requests, returned, tool_results

ANN = Person(name="Ann")
MAIL = ("send_mail", {"to": "bob"})
DELETE = ("delete_all", {"folder": "/"})


class TestApprovedForTheChat:
    def test_the_same_runs_unasked_until_the_rule_is_revoked(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script(lambda r: calling(MAIL) if r.messages[-1]["role"] != "tool" else f"Sent {len(r.messages)}.")
        team = pair_with_tools(limits={"max_rounds": 6})
        log = play(begin(team), model, nobody, tools=tools)
        state = fold(log)
        request = requests(log)[0]
        rule = same_allowed(state, request.request, ANN)
        log = extended(log, *acts(state, request, verdict="approve", by=ANN), rule)
        assert rule.rule == {"kind": "tool_call", "agent": "Dev", "tool": "send_mail", "action": "approve"}
        log = play(log, model, nobody, tools=tools)
        assert last(log).reason == "max_rounds"
        assert len(tools.left) == 3
        by_rule = [r.event for r in log if isinstance(r.event, DecisionMade) and r.event.by is None]
        assert [made.rule for made in by_rule] == ["approve tool send_mail of Dev"] * 2
        log = extended(log, ChatContinued(by=ANN))
        log = extended(log, *revoked(fold(log), rule.id, ANN))
        log = play(log, model, nobody, tools=tools)
        assert (fold(log).status, len(tools.left)) == ("waiting", 3)

    def test_opens_no_other_tool_agent_or_chat(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script(lambda r: calling(MAIL, DELETE))
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        log = extended(log, same_allowed(fold(log), requests(log)[0].request, ANN))
        log = play(log, model, nobody, tools=tools)
        assert len(fold(log).requests) == 2  # what was asked already is for a person
        other = play(begin(pair_with_tools()), model, nobody, tools=tools)
        assert len(fold(other).requests) == 2
        assert tools.left == []

    def test_does_not_open_what_the_team_refuses(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL), calling(("send_mail", {"to": "eve"})), "Done."])
        where = [{"argument": "to", "value": "eve"}]
        team = pair_with_tools(
            policies=[{"tool": "send_mail", "where": where, "action": "refuse", "reason": "not Eve"}]
        )
        log = play(begin(team), model, nobody, tools=tools)
        state = fold(log)
        rule = same_allowed(state, requests(log)[0].request, ANN)
        log = extended(log, *acts(state, requests(log)[0], verdict="approve"), rule)
        log = play(log, model, nobody, tools=tools)
        assert tools.left == ["mail to bob: Hello"]
        assert returned(log)[1][0] == "refused"


class TestRules:
    def test_that_approve_are_recorded_as_having_decided(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), "Sent."])
        team = pair_with_tools(policies=[{"name": "Mail is fine", "tool": "send_*", "action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        made = next(r.event for r in log if isinstance(r.event, DecisionMade))
        assert (made.verdict, made.by, made.rule, made.who) == (
            "approve", None, "Mail is fine", "The rule 'Mail is fine'",
        )  # fmt: skip
        assert requests(log)[0].rule == "Mail is fine"
        assert tools.left == ["mail to bob: Hello"]

    def test_that_are_for_small_calls_leave_large_ones_to_a_person(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL, ("send_mail", {"to": "bob", "text": "x" * 100}))])
        team = pair_with_tools(policies=[{"tool": "send_mail", "max_chars": 80, "action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert [request.payload["call"] for request in fold(log).requests] == ["0.1"]
        assert tools.left == []

    def test_that_decide_leave_no_deadline_behind(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL, DELETE)])
        rule = {"tool": "send_mail", "action": "approve"}
        team = pair_with_tools(policies=[rule], deadlines=[{"after_s": 60, "outcome": "reject"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert [(asked.deadline_s, asked.overdue) for asked in requests(log)] == [(None, "wait"), (60, "reject")]

    def test_that_refuse_tell_the_model_why(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(DELETE), "Then not."])
        rule = {"name": "Keep files", "tool": "delete_*", "action": "refuse", "reason": "files are kept here"}
        log = play(begin(pair_with_tools(policies=[rule])), model, nobody, tools=tools)
        assert (tools.left, last(log).reason) == ([], "max_rounds")
        assert (
            "The rule 'Keep files' rejected it: files are kept here. Do not repeat the call" in tool_results(server)[0]
        )

    def test_that_cannot_be_applied_ask_whatever_comes_after_them(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL)])
        broken = {
            "tool": "*",
            "where": [{"argument": "amount", "comparison": "above", "value": 5}],
            "action": "approve",
        }
        team = pair_with_tools(policies=[broken, {"action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert "it could not be applied" in requests(log)[0].rule
        assert (fold(log).status, tools.left) == ("waiting", [])

    def test_that_cannot_be_applied_ask_in_spite_of_what_was_approved_for_the_chat(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), calling(MAIL)])
        where = [{"argument": "amount", "comparison": "above", "value": 5}]
        team = pair_with_tools(policies=[{"where": where, "action": "refuse"}])
        log = play(begin(team), model, nobody, tools=tools)
        state, asked = fold(log), requests(log)[0]
        log = extended(log, *acts(state, asked, verdict="approve"), same_allowed(state, asked.request, ANN))
        log = play(log, model, nobody, tools=tools)
        assert (fold(log).status, len(requests(log)), len(tools.left)) == ("waiting", 2, 1)

    def test_leave_what_none_fits_to_a_person(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL)])
        team = pair_with_tools(policies=[{"tool": "look_up", "action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert (requests(log)[0].rule, fold(log).status) == ("", "waiting")
