"""Step mode: what a person sees before the team does, and what becomes of it."""

from typing import Any

import pytest

from agents.chats import DecisionMade, DecisionRequested, MessagePosted, Person
from agents.chats.state import fold
from agents.specs import TeamSpec, load_team
from tests.support.legs import begin, four, kinds, last, messages, nobody, play, replies
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, approves, calling, pair_with_tools, requests

REFUSE = {"kind": "message", "name": "No long ones", "action": "refuse", "reason": "say it shorter"}


def steps(**team: Any) -> TeamSpec:
    """One assistant, whose one message a person sees first."""
    return pair_with_tools(step_mode=True, **team)


def posted(log: Any) -> MessagePosted:
    """The last message."""
    return [r.event for r in log if isinstance(r.event, MessagePosted)][-1]


def prompts(server: ScriptedServer) -> list[Any]:
    return [record.messages for record in server.records]


class TestAMessageInStepMode:
    def test_is_shown_to_a_person_and_to_nobody_else(self, model: Any) -> None:
        log = play(begin(steps()), model, nobody)
        (request,) = requests(log)
        assert (request.of, request.agent, kinds(log).count("MessagePosted")) == ("message", "Dev", 1)
        assert str(request.payload["content"]).startswith("scripted ")
        assert request.options == ["approve", "edit", "reject", "reply", "skip", "end"]

    @pytest.mark.parametrize("selection", ["{method: round_robin}", "{method: auto}"])
    def test_approved_each_time_gives_the_prompts_and_messages_of_an_ungated_chat(
        self, selection: str, model: Any, server: ScriptedServer
    ) -> None:
        ungated = play(begin(four(selection)), model, replies)
        expected = prompts(server)
        server.records.clear()
        team = four(selection).model_copy(update={"step_mode": True})
        gated = play(begin(team), model, lambda r: approves(r) if r.of == "message" else replies(r))
        assert prompts(server) == expected
        assert messages(gated) == messages(ungated)
        assert sum(request.of == "message" for request in requests(gated)) > 5

    def test_edited_is_what_the_team_reads(self, model: Any, server: ScriptedServer) -> None:
        def edit(request: DecisionRequested) -> dict[str, Any]:
            if request.of == "message" and request.agent == "PM":
                return {"verdict": "edit", "edit": {"content": "What Ann wrote."}}
            return approves(request)

        team = four("{method: round_robin}", max_rounds=3).model_copy(update={"step_mode": True})
        log = play(begin(team), model, edit)
        assert messages(log)[1] == ("PM", "What Ann wrote.")
        assert server.records[-1].messages[-1] == {"role": "user", "name": "PM", "content": "What Ann wrote."}
        by = next(r.event for r in log if isinstance(r.event, MessagePosted) and r.event.agent == "PM")
        assert (by.source, by.by) == ("model", Person())

    def test_rejected_is_written_anew_with_the_reason_before_the_models_eyes(
        self, model: Any, server: ScriptedServer
    ) -> None:
        server.script(["A long one", "Short."])
        log = play(
            begin(steps()), model,
            lambda r: approves(r) if r.payload["draft"] else {"verdict": "reject", "text": "too long"},
        )  # fmt: skip
        draft, rejection = server.records[-1].messages[-2:]
        assert draft == {"role": "assistant", "name": "Dev", "content": "A long one"}
        assert rejection["content"] == (
            "The reviewer rejected this message: too long. Nobody has read it. Write another; do not repeat it."
        )
        assert messages(log)[1:] == [("Dev", "Short.")]

    def test_rejected_is_read_by_nobody_in_later_turns(self, model: Any, server: ScriptedServer) -> None:
        server.script(lambda r: "A secret" if len(r.messages) == 2 else None)
        team = four("{method: round_robin}", max_rounds=4, mode="NEVER")
        pm = team.agents[1].model_copy(update={"step_mode": True})
        team = team.model_copy(update={"agents": [team.agents[0], pm, *team.agents[2:]]})
        play(begin(team), model, lambda r: approves(r) if r.payload["draft"] else {"verdict": "reject"})
        assert len(server.records) == 4
        assert all("A secret" not in str(prompt) for prompt in prompts(server)[2:])

    @pytest.mark.parametrize(
        ("fields", "source", "content", "by"),
        [
            ({"verdict": "reply", "text": "I say it."}, "human", "I say it.", Person()),
            ({"verdict": "skip"}, "auto", "", None),
        ],
    )
    def test_is_answered_or_left_out_in_the_agents_name(
        self, fields: Any, source: str, content: str, by: Any, model: Any
    ) -> None:
        log = play(begin(steps()), model, lambda request: fields)
        message = posted(log)
        assert (message.agent, message.source, message.content, message.by) == ("Dev", source, content, by)

    def test_ends_the_chat_when_the_person_does(self, model: Any) -> None:
        log = play(begin(steps()), model, lambda request: {"verdict": "end"})
        assert (last(log).reason, messages(log)[1:]) == ("person", [])

    def test_is_asked_about_for_the_agents_that_want_it_only(self, model: Any) -> None:
        team = four("{method: round_robin}", mode="NEVER", max_rounds=5)
        qa = team.agents[3].model_copy(update={"step_mode": True})
        log = play(begin(team.model_copy(update={"agents": [*team.agents[:3], qa]})), model, nobody)
        assert [request.agent for request in requests(log)] == ["QA"]

    def test_that_calls_tools_first_is_asked_about_once_it_is_a_message(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("look_up", {"word": "x"})), "Known."])
        log = play(begin(steps()), model, approves, tools=tools)
        assert [request.of for request in requests(log)] == ["tool_call", "message"]
        assert messages(log)[-1] == ("Dev", "Known.")


class TestRulesOnMessages:
    def test_let_short_ones_pass_unasked(self, model: Any, server: ScriptedServer) -> None:
        server.script(["Short."])
        log = play(begin(steps(policies=[{"kind": "message", "max_chars": 10, "action": "approve"}])), model, nobody)
        made = next(r.event for r in log if isinstance(r.event, DecisionMade))
        assert (made.rule, made.by) == ("approve messages, up to 10 characters", None)
        assert messages(log)[-1] == ("Dev", "Short.")

    def test_refuse_with_their_name_and_reason(self, model: Any, server: ScriptedServer) -> None:
        server.script(["A long one", "Short."])
        rules = [{"kind": "message", "max_chars": 6, "action": "approve"}, REFUSE]
        log = play(begin(steps(policies=rules)), model, nobody)
        assert messages(log)[-1] == ("Dev", "Short.")
        assert str(server.records[-1].messages[-1]["content"]).startswith(
            "The rule 'No long ones' rejected this message: say it shorter. Nobody has read it."
        )

    def test_that_refuse_for_ever_end_up_asking_a_person(self, model: Any, server: ScriptedServer) -> None:
        log = play(begin(steps(policies=[REFUSE])), model, nobody)
        assert fold(log).status == "waiting"
        assert [request.rule for request in requests(log)] == ["No long ones"] * 4
        assert (kinds(log).count("DecisionMade"), len(server.records)) == (3, 4)
        log = play(log, model, approves)
        assert last(log).reason == "max_rounds"

    def test_still_let_pass_what_they_approve_after_many_refusals_and_calls(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        looks = [calling(("look_up", {"word": word})) for word in "abcd"]
        server.script([*looks, "long one 1", "long one 2", "long one 3", "Short."])
        rules = [{"kind": "tool_call", "action": "approve"}, {"max_chars": 6, "action": "approve"}, REFUSE]
        log = play(begin(steps(policies=rules)), model, nobody, tools=tools)
        assert messages(log)[-1] == ("Dev", "Short.")
        assert last(log).reason == "max_rounds"

    def test_with_a_deadline_that_rejects_end_up_waiting_for_a_person(self, model: Any) -> None:
        deadline = {"kind": "message", "after_s": 60, "outcome": "reject"}
        log = play(
            begin(steps(deadlines=[deadline])),
            model,
            lambda r: {"verdict": "reject"} if r.overdue == "reject" else None,
        )
        assert [request.overdue for request in requests(log)] == ["reject"] * 3 + ["wait"]


class TestAMessageOfATeamFile:
    def test_step_mode_is_a_field_of_team_and_agent(self) -> None:
        team = load_team("name: T\nstep_mode: true\nagents: [{name: a, step_mode: true}, {name: b}]")
        assert (team.step_mode, team.agents[0].step_mode, team.agents[1].step_mode) == (True, True, False)
