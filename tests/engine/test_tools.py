"""What becomes of the tool calls of a turn: each decided, each at most once, and what the model reads of it."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from agents.chats import ChatContinued, ChatEnded, DecisionMade, DecisionRequested, Person, ToolReturned, ToolStarted
from agents.chats.state import fold
from agents.engine import Streamed, leg_events
from agents.errors import UsageError
from tests.support.legs import acts, begin, extended, facts, kinds, last, messages, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import (
    Traces,
    approves,
    calling,
    pair_with_tools,
    rejects,
    requests,
    returned,
    tool_results,
)

ANN = Person(name="Ann")
MAIL = ("send_mail", {"to": "bob"})
DELETE = ("delete_all", {"folder": "/"})


class TestACallThatIsApproved:
    def test_runs_once_and_its_result_is_read(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL), "It is sent."])
        log = play(begin(pair_with_tools()), model, approves, tools=tools)
        assert tools.left == ["mail to bob: Hello"]
        assert tool_results(server) == ["sent to bob"]
        assert messages(log)[-1] == ("Dev", "It is sent.")
        order = ["ModelCalled", "DecisionRequested", "DecisionMade", "ToolStarted", "ToolReturned", "ModelCalled"]
        assert kinds(log)[3:9] == order

    def test_leaves_what_was_said_with_it_a_paragraph_of_its_own_while_the_turn_is_written(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("look_up", {"word": "sea"}), text="I look it up."), "It is wet."])
        log = begin(pair_with_tools(policies=[{"action": "approve"}]))
        said = [item.text for item in leg_events(fold(log), model, tools) if isinstance(item, Streamed)]
        assert "".join(said) == "I look it up.\n\nIt is wet."

    def test_is_shown_in_full_before_anything_runs(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL)])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        (request,) = requests(log)
        assert request.payload == {"call": "0.0", "tool": "send_mail", "arguments": {"to": "bob"}}
        assert request.options == ["approve", "edit", "reject", "reply", "skip", "end"]
        assert (request.of, request.agent, tools.left) == ("tool_call", "Dev", [])

    def test_tells_the_model_of_its_tools_only(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        play(begin(pair_with_tools()), model, nobody, tools=tools)
        told = server.records[0].parameters["tools"]
        assert [entry["function"]["name"] for entry in told] == ["send_mail", "delete_all", "look_up", "fail"]

    def test_once_is_asked_again_in_the_next_turn(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL), "Sent.", calling(MAIL), "Sent again."])
        team = pair_with_tools(limits={"max_rounds": 4})
        approved = []

        def once(request: DecisionRequested) -> dict[str, Any] | None:
            approved.append(request)
            return {"verdict": "approve"} if len(approved) == 1 else None

        log = play(begin(team), model, once, tools=tools)
        assert fold(log).status == "waiting"
        assert [request.turn for request in requests(log)] == [1, 3]
        assert tools.left == ["mail to bob: Hello"]

    def test_once_is_asked_again_in_the_same_turn(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL), calling(MAIL)])
        log = play(
            begin(pair_with_tools()), model, lambda r: approves(r) if "0.0" in str(r.payload) else None, tools=tools
        )
        assert [request.payload["call"] for request in requests(log)] == ["0.0", "1.0"]
        assert tools.left == ["mail to bob: Hello"]

    def test_is_asked_again_after_a_stop_that_came_before_it_ran(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL)])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        log = extended(log, *acts(fold(log), requests(log)[0], verdict="approve"))
        log = extended(log, ChatEnded(reason="stopped", text="Ann stopped the chat."), ChatContinued(by=ANN))
        log = play(log, model, nobody, tools=tools)
        assert fold(log).status == "waiting"
        assert tools.left == []


class TestACallThatIsRejected:
    def test_never_runs_and_the_model_reads_why(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(DELETE), "Then not."])
        log = play(begin(pair_with_tools()), model, rejects, tools=tools)
        assert tools.left == []
        assert "ToolStarted" not in kinds(log)
        assert tool_results(server) == [
            "This call was not run. The reviewer rejected it: too dangerous. Do not repeat the call; find another way."
        ]
        assert returned(log)[0][0] == "rejected"
        assert messages(log)[-1] == ("Dev", "Then not.")

    def test_is_asked_about_again_when_the_model_insists(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(DELETE)] * 3 + ["Very well."])
        log = play(begin(pair_with_tools()), model, rejects, tools=tools)
        assert tools.left == []
        assert [outcome for outcome, _ in returned(log)] == ["rejected"] * 3

    @pytest.mark.parametrize(
        ("fields", "outcome", "text"),
        [
            (
                {"verdict": "reply", "text": "Bob knows."},
                "answered",
                "The reviewer answered in its place; do not repeat it: Bob",
            ),
            ({"verdict": "skip"}, "skipped", "It was skipped. Do not repeat it"),
        ],
    )
    def test_or_answered_or_skipped_does_not_run_either(
        self, fields: Any, outcome: str, text: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), "Well."])
        log = play(begin(pair_with_tools()), model, lambda request: fields, tools=tools)
        assert tools.left == []
        assert returned(log)[0][0] == outcome
        assert tool_results(server)[0].startswith("This call was not run. ")
        assert text in tool_results(server)[0]


class TestACallThatIsEdited:
    def edit(self, request: DecisionRequested) -> dict[str, Any]:
        return {"verdict": "edit", "edit": {"arguments": {"to": "carol", "text": "Bye"}}}

    def test_runs_once_as_edited_and_the_model_is_told_not_to_repeat_it(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), "Sent."])
        log = play(begin(pair_with_tools()), model, self.edit, tools=tools)
        assert tools.left == ["mail to carol: Bye"]
        assert 'to {"to": "carol", "text": "Bye"}. Do not repeat the call as it was.' in tool_results(server)[0]
        assert tool_results(server)[0].endswith("The result: sent to carol")
        started = next(r.event for r in log if isinstance(r.event, ToolStarted))
        assert (started.tool, started.arguments) == ("send_mail", {"to": "carol", "text": "Bye"})

    def test_and_issued_again_as_it_was_is_asked_again_and_runs_not(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), calling(MAIL)])
        log = play(
            begin(pair_with_tools()), model, lambda r: self.edit(r) if r.payload["call"] == "0.0" else None, tools=tools
        )
        assert fold(log).status == "waiting"
        assert tools.left == ["mail to carol: Bye"]

    @pytest.mark.parametrize(
        "edit",
        [
            {"arguments": {"folder": "/"}, "tool": "delete_all"},
            {"tool": "delete_all"},
            {"content": "x"},
            {},
            {"arguments": "delete_all"},
            {"arguments": {"to": "\ud800"}},
            {"arguments": {"to": float("nan")}},
        ],
    )
    def test_cannot_become_another_tool_or_anything_else(
        self, edit: dict[str, Any], model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL)])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        with pytest.raises(UsageError, match="Nothing was recorded"):
            acts(fold(log), requests(log)[0], verdict="edit", edit=edit)
        assert tools.left == []

    def test_with_arguments_that_the_tool_does_not_take_runs_nothing(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), "Well."])
        edit = {"verdict": "edit", "edit": {"arguments": {"folder": "/"}}}
        log = play(begin(pair_with_tools()), model, lambda request: edit, tools=tools)
        assert (tools.left, returned(log)[0][0]) == ([], "bad_arguments")


class TestTwoCallsInOneReply:
    @pytest.mark.parametrize("is_last_first", [False, True])
    def test_are_asked_together_and_decided_in_either_order(
        self, is_last_first: bool, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL, DELETE), "Done."])

        def decide(request: DecisionRequested) -> dict[str, Any]:
            return rejects(request) if request.payload["tool"] == "delete_all" else approves(request)

        waiting = play(begin(pair_with_tools()), model, nobody, tools=tools)
        assert len(fold(waiting).requests) == 2
        log = play(waiting, model, decide, tools=tools, is_last_first=is_last_first)
        assert tools.left == ["mail to bob: Hello"]
        assert [outcome for outcome, _ in returned(log)] == ["ok", "rejected"]
        assert [content.split(".")[0] for content in tool_results(server)] == ["sent to bob", "This call was not run"]
        assert last(log).reason == "max_rounds"

    def test_run_only_once_both_are_decided(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL, DELETE)])
        log = play(
            begin(pair_with_tools()), model, lambda r: approves(r) if r.payload["call"] == "0.0" else None, tools=tools
        )
        assert (fold(log).status, tools.left) == ("waiting", [])

    def test_the_same_ones_are_two_questions(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL, MAIL), "Done."])
        waiting = play(begin(pair_with_tools()), model, nobody, tools=tools)
        assert len({request.digest for request in fold(waiting).requests}) == 2
        play(waiting, model, lambda r: approves(r) if r.payload["call"] == "0.0" else rejects(r), tools=tools)
        assert tools.left == ["mail to bob: Hello"]

    def test_one_that_cannot_run_holds_the_other_not_up(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("nothing", {}), MAIL), "Done."])
        log = play(begin(pair_with_tools()), model, approves, tools=tools)
        assert [outcome for outcome, _ in returned(log)] == ["unknown_tool", "ok"]
        assert tool_results(server)[1] == "sent to bob"


class TestACallThatCannotRun:
    @pytest.mark.parametrize(
        "arguments",
        ["{not json", "[1]", '"x"', "1", '{"to": NaN}', '{"to": "\\ud800"}', '{"a":' * 60 + "1" + "}" * 60,
         '{"a":' * 9_000, '{"to": "' + "x" * 100_001 + '"}'],
        ids=["broken", "a list", "a text", "a number", "NaN", "half a character", "deep", "deeper", "long"],
    )  # fmt: skip
    def test_for_its_arguments_is_no_question_and_no_defect(
        self, arguments: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("send_mail", arguments)), "Sorry."])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        assert returned(log)[0][0] == "bad_arguments"
        assert "no JSON object that can be read" in tool_results(server)[0]
        assert (last(log).reason, tools.left) == ("max_rounds", [])
        assert all(r.event.model_dump_json() for r in log)

    def test_because_the_agent_may_not_use_it_is_not_asked_about(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("delete_all", {"folder": "/"}), ("now", {}), ("rm", {})), "Sorry."])
        team = pair_with_tools()
        dev = team.agents[1].model_copy(update={"tools": ["send_mail"]})
        log = play(begin(team.model_copy(update={"agents": [team.agents[0], dev]})), model, nobody, tools=tools)
        assert [outcome for outcome, _ in returned(log)] == ["unknown_tool"] * 3
        assert tool_results(server)[0] == "There is no tool 'delete_all' for you. There are: send_mail."
        assert tools.left == []

    def test_because_its_plugin_is_gone_says_so(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script([calling(MAIL), "Sorry."])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        (tools.plugins / "traces.py").unlink()
        log = play(log, model, approves, tools=tools)
        assert returned(log)[0][0] == "unknown_tool"

    def test_because_the_tool_fails_is_a_result_and_the_chat_goes_on(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("fail", {"how": "loudly"})), "Sorry."])
        log = play(begin(pair_with_tools()), model, approves, tools=tools)
        assert returned(log) == [("error", "fail failed: RuntimeError: loudly")]
        assert messages(log)[-1] == ("Dev", "Sorry.")

    def test_is_over_when_a_model_calls_for_ever(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        words = count()
        server.script(lambda r: calling(("look_up", {"word": str(next(words))})) if "tools" in r.body else "At last.")
        team = pair_with_tools(policies=[{"action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert len(tools.left) == 25
        assert messages(log)[-1] == ("Dev", "At last.")

    def test_is_over_soon_when_a_model_repeats_itself(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        server.script(lambda r: calling(("look_up", {"word": "x"})) if "tools" in r.body else "At last.")
        team = pair_with_tools(policies=[{"action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools)
        assert len(tools.left) == 3
        assert messages(log)[-1] == ("Dev", "At last.")


class TestDigests:
    def test_what_changed_after_it_was_approved_is_asked_again(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        """A log whose call is another than the one that was approved: the approval fits nothing and nothing runs."""
        server.script([calling(MAIL)])
        log = play(begin(pair_with_tools()), model, nobody, tools=tools)
        log = extended(log, *acts(fold(log), requests(log)[0], verdict="approve"))
        forged = []
        for recorded in log:
            event = recorded.event
            if event.kind == "ModelCalled" and event.tool_calls:
                event = event.model_copy(update={"tool_calls": calling(("send_mail", {"to": "eve"})).tool_calls})
            forged.append(replace(recorded, event=event))
        after = play(forged, model, nobody, tools=tools)
        assert [request.payload["arguments"] for request in requests(after)] == [{"to": "bob"}, {"to": "eve"}]
        assert (fold(after).status, tools.left) == ("waiting", [])


class TestTheLog:
    def test_tells_of_each_call_what_was_decided_before_it_ran(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL, ("look_up", {"word": "x"})), calling(DELETE), "Done."])
        log = play(begin(pair_with_tools()), model, approves, tools=tools)
        decided: set[str] = set()
        begun: set[str] = set()
        calls = {request.request: request.payload["call"] for request in requests(log)}
        for event in facts(log):
            if isinstance(event, DecisionMade):
                decided.add(str(calls[event.request]))
            if isinstance(event, ToolStarted):
                assert event.call in decided
                begun.add(event.call)
            if isinstance(event, ToolReturned):
                assert event.call in begun
        assert begun == {"0.0", "0.1", "1.0"}
