"""A leg cut after every event, with tools, approvals, edits, rejections, step mode, limits and loops: the same
transcript, the same prompts, and every effect once; where nobody can know, a person is asked."""

from typing import Any

import pytest

from agents.chats import ChatContinued, DecisionMade, DecisionRequested, Person, ToolReturned, ToolStarted, fold
from agents.chats.decisions import NotOpenError, stopped
from agents.errors import ConflictError, UsageError
from agents.specs import TeamSpec, load_team
from tests.support.legs import acts, begin, extended, facts, kinds, last, messages, nobody, play
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import TOOLS, Traces, approves, calling, pair_with_tools, rejects, returned

MAIL = ("send_mail", {"to": "bob"})
LOOK = ("look_up", {"word": "x"})
DELETE = ("delete_all", {"folder": "/"})

EVERYTHING = f"""
name: Everything
agents:
  - {{name: user, role: human}}
  - {{name: PM, prompt: You specify., description: Specifies., step_mode: true}}
  - {{name: Dev, prompt: You act., description: Acts., tools: {TOOLS}}}
  - {{name: QA, prompt: You review., description: Reviews.}}
selection: {{method: %s}}
policies:
  - {{name: Words, tool: look_up, action: approve}}
  - {{name: Keep, tool: delete_all, where: [{{argument: folder, value: /etc}}], action: refuse, reason: never}}
limits: {{max_rounds: 11, max_tokens: 400, max_repeats: 2}}
"""


def speaks(request: Request) -> Reply | str | None:
    """Dev calls tools and then speaks; QA always says the same; a function of the prompt alone."""
    system = str(request.messages[0]["content"])
    n_results = sum(message["role"] == "tool" for message in request.messages)
    n_rejected = sum(message.get("name") == "reviewer" for message in request.messages)
    if system.startswith("You act."):
        steps = [calling(MAIL, ("send_mail", {"to": "carol"}), text="Two mails."), calling(LOOK, DELETE, ("rm", {}))]
        steps += [calling(("delete_all", {"folder": "/etc"}))]
        ordinal = {0: 0, 2: 1, 5: 2}.get(n_results)
        return steps[ordinal] if ordinal is not None else f"Dev is done after {len(request.messages)} messages."
    if system.startswith("You review."):
        return "I have looked at all of it and there is nothing at all that I would change."
    return f"Draft {n_rejected} on {len(request.messages)} messages."


def decides(request: DecisionRequested) -> dict[str, Any] | None:
    """A person who does everything that can be done, by what is asked alone."""
    match request.of:
        case "tool_call" if request.payload.get("is_cut"):
            return {"verdict": "retry"}
        case "tool_call" if request.payload["tool"] == "delete_all":
            return {"verdict": "reject", "text": "keep it"}
        case "tool_call" if request.payload["arguments"] == {"to": "carol"}:
            return {"verdict": "edit", "edit": {"arguments": {"to": "dave", "text": "Edited"}}}
        case "message" if str(request.payload["content"]).startswith("Draft 0"):
            return {"verdict": "reject", "text": "shorter"}
        case "message" if request.turn > 4:
            return {"verdict": "edit", "edit": {"content": f"What Ann wrote on turn {request.turn}."}}
        case "limit" if request.payload["limit"] == "max_rounds":
            return {"verdict": "end"}
        case "loop" if request.turn < 10:
            return {"verdict": "reply", "text": "Say something else."}
        case _:
            return approves(request)


def everything(method: str = "round_robin") -> TeamSpec:
    return load_team(EVERYTHING % method)


class TestALegCutAfterEveryEvent:
    @pytest.mark.parametrize("method", ["round_robin", "auto"])
    @pytest.mark.parametrize("is_last_first", [False, True])
    def test_has_the_transcript_the_prompts_and_the_effects_of_an_uninterrupted_run(
        self, method: str, is_last_first: bool, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script(speaks)
        options: Any = {"tools": tools, "is_last_first": is_last_first}
        whole = play(begin(everything(method)), model, decides, **options)
        asked = [record.messages for record in server.records]
        effects = tools.left
        server.records.clear()
        cut = play(
            begin(everything(method)), model, decides, cut_after_each_event=True, spared=(ToolStarted,), **options
        )
        assert facts(cut) == facts(whole)
        assert [record.messages for record in server.records] == asked
        assert tools.left == effects * 2
        happened = {
            (r.event.of, m.event.verdict, m.event.by is None)
            for r in whole if isinstance(r.event, DecisionRequested)
            for m in whole if isinstance(m.event, DecisionMade) and m.event.request == r.event.request
        }  # fmt: skip
        assert {("message", "reject", False), ("message", "approve", False), ("limit", "raise", False)} <= happened
        if method == "round_robin":
            assert happened >= {
                ("tool_call", "approve", False), ("tool_call", "edit", False), ("tool_call", "reject", False),
                ("tool_call", "approve", True), ("tool_call", "reject", True), ("loop", "reply", False),
                ("message", "edit", False), ("limit", "end", False), ("human_turn", "reply", False),
            }  # fmt: skip
            assert "LimitNeared" in kinds(whole)

    def test_runs_a_tool_that_may_run_twice_again_and_asks_nobody(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(LOOK), "Known."] * 2)
        team = pair_with_tools(policies=[{"action": "approve"}])
        whole = play(begin(team), model, nobody, tools=tools)
        cut = play(begin(team), model, nobody, tools=tools, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert kinds(cut).count("ToolStarted") == 1

    def test_makes_each_effect_once_whatever_is_decided(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL, ("send_mail", {"to": "carol"})), calling(MAIL), "Done."])
        log = play(begin(pair_with_tools()), model, approves, tools=tools, cut_after_each_event=True)
        assert tools.left == ["mail to bob: Hello", "mail to carol: Hello", "mail to bob: Hello"]
        cut = [r.event for r in log if isinstance(r.event, DecisionRequested) and r.event.payload.get("is_cut")]
        assert [request.payload["call"] for request in cut] == ["0.0", "0.1", "1.0"]


def cut_in_mid_run(model: Any, tools: Traces, server: ScriptedServer, answer: Any = approves) -> Any:
    """A chat whose mail went out, and whose process died before it could say so."""
    server.script([calling(MAIL), "Well."])
    log = play(begin(pair_with_tools()), model, lambda r: None if r.payload.get("is_cut") else answer(r),
               tools=tools, loses=ToolReturned)  # fmt: skip
    assert len(tools.left) == 1
    return log


class TestACallCutInMidRun:
    def test_is_asked_about_and_never_runs_by_itself(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        log = cut_in_mid_run(model, tools, server)
        request = fold(log).request
        assert request is not None
        assert request.options == ["retry", "reply", "skip", "end"]
        assert request.payload == {
            "call": "0.0", "tool": "send_mail", "arguments": {"to": "bob"}, "is_cut": True, "attempt": 1,
        }  # fmt: skip
        assert "nobody knows whether it had its effect" in request.question

    def test_is_not_run_again_by_a_rule_that_approves_it(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL)])
        team = pair_with_tools(policies=[{"action": "approve"}])
        log = play(begin(team), model, nobody, tools=tools, loses=ToolReturned)
        assert (fold(log).status, len(tools.left)) == ("waiting", 1)

    @pytest.mark.parametrize(
        ("fields", "n_mails", "outcome", "text"),
        [
            ({"verdict": "retry"}, 2, "ok", "sent to bob"),
            (
                {"verdict": "reply", "text": "It went out."},
                1,
                "answered",
                "is not known. The reviewer answered in its place",
            ),
            ({"verdict": "skip"}, 1, "skipped", "whether it had its effect is not known"),
        ],
    )
    def test_goes_on_as_the_person_says(
        self, fields: Any, n_mails: int, outcome: str, text: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        log = play(cut_in_mid_run(model, tools, server), model, lambda request: fields, tools=tools)
        assert len(tools.left) == n_mails
        assert returned(log)[0][0] == outcome
        assert text in returned(log)[0][1]
        assert messages(log)[-1] == ("Dev", "Well.")

    def test_and_cut_again_is_asked_about_again(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        retried = []

        def retry_once(request: DecisionRequested) -> dict[str, Any] | None:
            retried.append(request.payload["attempt"])
            return {"verdict": "retry"} if len(retried) == 1 else None

        log = cut_in_mid_run(model, tools, server)
        log = play(log, model, retry_once, tools=tools, loses=ToolReturned)
        assert (retried, len(tools.left), fold(log).status) == ([1, 2], 2, "waiting")

    def test_is_retried_as_it_was_edited_and_never_as_the_model_wanted_it(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        edit = {"verdict": "edit", "edit": {"arguments": {"to": "carol"}}}
        log = cut_in_mid_run(model, tools, server, lambda request: edit)
        request = fold(log).request
        assert request is not None
        assert request.payload["arguments"] == {"to": "carol"}
        log = play(log, model, approves, tools=tools)
        assert tools.left == ["mail to carol: Hello"] * 2
        assert "A reviewer changed the arguments" in returned(log)[0][1]

    def test_takes_no_approval_that_was_meant_for_its_first_run(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        log = cut_in_mid_run(model, tools, server)
        state = fold(log)
        asked, again = (r.event for r in log if isinstance(r.event, DecisionRequested))
        with pytest.raises(UsageError, match="choose one of retry, reply, skip, end"):
            acts(state, again, verdict="approve")
        with pytest.raises(ConflictError, match="has changed since it was shown"):
            acts(state, again, verdict="retry", digest=asked.digest)
        with pytest.raises(NotOpenError):
            acts(state, asked, verdict="approve")

    def test_that_was_rejected_before_it_began_stays_so(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(MAIL), "Well."])
        log = play(begin(pair_with_tools()), model, rejects, tools=tools, cut_after_each_event=True)
        assert (tools.left, returned(log)[0][0], last(log).reason) == ([], "rejected", "max_rounds")

    def test_is_still_asked_about_after_a_stop(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        log = cut_in_mid_run(model, tools, server)
        log = extended(log, *stopped(fold(log), Person()), ChatContinued(by=Person()))
        log = play(log, model, nobody, tools=tools)
        request = fold(log).request
        assert request is not None
        assert request.payload["is_cut"]
        log = extended(log, *acts(fold(log), request, verdict="skip"))
        play(log, model, nobody, tools=tools)
        assert len(tools.left) == 1
