"""An agent hands over: whom it chooses speaks next, within the transitions, and no selection is asked of anybody."""

from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    DecisionMade,
    DecisionRequested,
    Interjected,
    Person,
    RequestRow,
    SpeakerSelected,
    ToolReturned,
    fold,
)
from agents.chats.decisions import stopped
from agents.insight.audit import audit_rows
from agents.specs import TeamSpec, load_team
from agents.specs.team_warnings import warnings
from agents.store.inbox import requests_of
from agents.text.actions import tool_outcome
from agents.text.states import chosen_line, decision_line
from agents.tools import ChatTools, ToolRegistry
from tests.support.legs import begin, extended, facts, messages, nobody, play
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import calling, requests, returned

TEAM = """
name: Desk
agents:
  - {name: user, role: human, human_input_mode: NEVER, auto_reply: Go on.}
  - {name: Triage, prompt: You route., description: Routes., tools: [hand_to]}
  - {name: Billing, display_name: Invoices, prompt: You bill., description: Bills., tools: [hand_to]}
  - {name: Tech_Support, prompt: You repair., description: Repairs., tools: [hand_to]}
selection: %s
first_speaker: Triage
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""


def team(selection: str = "{method: auto}", max_rounds: int = 3, **more: Any) -> TeamSpec:
    return TeamSpec.model_validate({**load_team(TEAM % (selection, max_rounds)).model_dump(), **more})


def to(agent: str, reason: str = "It is theirs.") -> Reply:
    return calling(("hand_to", {"agent": agent, "reason": reason}))


def speakers(log: Any) -> list[tuple[str, str]]:
    return [(event.agent, event.method) for event in facts(log) if isinstance(event, SpeakerSelected)]


@pytest.fixture
def tools() -> ChatTools:
    return ToolRegistry().for_chat(None)


class TestHandingOver:
    @pytest.mark.parametrize("said", ["Billing", "Invoices", " billing "])
    @pytest.mark.parametrize("method", ["auto", "round_robin", "random", "manual"])
    def test_makes_the_chosen_member_speak_next_and_asks_nobody(
        self, method: str, said: str, model: Any, tools: Any, server: ScriptedServer
    ) -> None:
        server.script([to(said), "This is about an invoice.", "Here it is."])
        log = play(begin(team(f"{{method: {method}}}")), model, nobody, tools=tools)
        assert messages(log)[1:] == [("Triage", "This is about an invoice."), ("Billing", "Here it is.")]
        assert speakers(log) == [("Triage", "first"), ("Billing", "handed_over")]
        assert not any(record.is_selection for record in server.records)
        assert fold(log).handed_to == ""

    def test_offers_the_names_that_may_follow_with_what_they_do(
        self, model: Any, tools: Any, server: ScriptedServer
    ) -> None:
        graph = "{method: auto, transitions: {user: [Triage], Triage: [Billing, Tech_Support], Billing: [Triage]}}"
        play(begin(team(graph, max_rounds=2)), model, nobody, tools=tools)
        (offered,) = server.records[0].parameters["tools"]
        assert offered["function"]["parameters"]["properties"]["agent"]["enum"] == ["Billing", "Tech_Support"]
        assert "Billing: Bills.\nTech_Support: Repairs." in offered["function"]["description"]

    @pytest.mark.parametrize(
        ("arguments", "outcome", "text"),
        [
            ({"agent": "user"}, "bad_arguments", "'user' may not speak after you; choose one of Billing."),
            ({"agent": "Triage"}, "bad_arguments", "'Triage' may not speak after you; choose one of Billing."),
            ({"agent": "Nobody\x00"}, "bad_arguments", "may not speak after you"),
            ({"agent": 5}, "bad_arguments", "`agent` is missing. Name one of Billing."),
            ({}, "bad_arguments", "`agent` is missing"),
            ("no JSON", "bad_arguments", "no JSON object"),
        ],
    )
    def test_to_somebody_who_may_not_follow_is_refused_in_words(
        self, arguments: Any, outcome: str, text: str, model: Any, tools: Any, server: ScriptedServer
    ) -> None:
        server.script([calling(("hand_to", arguments)), "Well."])
        graph = "{method: round_robin, transitions: {user: [Triage], Triage: [Billing], Billing: [Triage]}}"
        log = play(begin(team(graph)), model, nobody, tools=tools)
        (result,) = returned(log)
        assert result[0] == outcome
        assert text in result[1]
        assert [method for _, method in speakers(log)] == ["first", "round_robin"]

    def test_twice_counts_the_last(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script(
            [calling(("hand_to", {"agent": "Billing"}), ("hand_to", {"agent": "Tech_Support"})), "So.", "Ok."]
        )
        log = play(begin(team()), model, nobody, tools=tools)
        assert speakers(log)[1] == ("Tech_Support", "handed_over")

    def test_of_an_agent_without_the_tool_changes_nothing(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        spec = team("{method: round_robin}").model_dump()
        spec["agents"][1]["tools"] = ["now"]
        server.script([to("Tech_Support"), "Well.", "Fine."])
        log = play(begin(TeamSpec.model_validate(spec)), model, nobody, tools=tools)
        assert returned(log)[0][0] == "unknown_tool"
        assert speakers(log)[1] == ("Billing", "round_robin")

    def test_waits_for_what_a_person_said_meanwhile(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        log = begin(team(max_rounds=4))
        log = extended(log, SpeakerSelected(turn=1, agent="Triage", method="first"))
        log = extended(log, Interjected(text="My number is 42.", by=Person()))
        log = play(log, model, nobody, tools=tools)
        assert speakers(log)[1:] == [("user", "interjected"), ("Billing", "handed_over")]

    def test_outlives_a_stop_in_mid_turn(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        log = play(begin(team()), model, nobody, tools=tools)
        n_before = next(n for n, r in enumerate(log) if r.event.kind == "ToolReturned") + 1
        log = log[:n_before]
        log = extended(log, *stopped(fold(log), Person()), ChatContinued(by=Person()))
        server.script(["Over.", "Here."])
        log = play(log, model, nobody, tools=tools)
        assert speakers(log)[1] == ("Billing", "handed_over")

    def test_says_so_in_the_transcript_and_to_the_model(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        log = play(begin(team()), model, nobody, tools=tools)
        assert returned(log) == [("ok", "Invoices (Billing) speaks after you. Now write your message.")]
        selected = [event for event in facts(log) if isinstance(event, SpeakerSelected)][1]
        assert chosen_line(selected) == "was handed the turn"
        made = next(r.event for r in log if isinstance(r.event, DecisionMade))
        assert decision_line(made, requests(log)[0], {}) == ""
        ended = next(r.event for r in log if isinstance(r.event, ToolReturned))
        assert tool_outcome(ended, {"Billing": "Invoices"}) == "Invoices speaks next"


class TestRules:
    def test_are_not_needed_and_the_audit_tells_of_it(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        log = play(begin(team()), model, nobody, tools=tools)
        (request,) = requests(log)
        made = next(r.event for r in log if isinstance(r.event, DecisionMade))
        assert (request.payload["tool"], made.verdict) == ("hand_to", "approve")

        (columns,) = requests_of(log, "Desk").values()
        (row,) = audit_rows([(RequestRow(chat="c", title="Desk", **columns), request, made)])
        assert (row["tool"], row["decided_by"], row["rule"]) == ("hand_to", "rule", "Members may hand over")

    @pytest.mark.parametrize("rule", [{"tool": "hand_to"}, {"tool": "*"}, {"tool": "hand_*", "agent": "Triage"}])
    def test_of_the_team_may_refuse_it(self, rule: Any, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Well.", "Fine."])
        spec = team("{method: round_robin}", policies=[{**rule, "action": "refuse", "reason": "Stay."}])
        log = play(begin(spec), model, nobody, tools=tools)
        assert returned(log)[0][0] == "refused"
        assert speakers(log)[1] == ("Billing", "round_robin")

    def test_of_the_team_may_ask_a_person_who_may_choose_another(
        self, model: Any, tools: Any, server: ScriptedServer
    ) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        spec = team(policies=[{"tool": "hand_to", "action": "ask"}])
        log = play(begin(spec), model, nobody, tools=tools)
        assert fold(log).status == "waiting"

        def decides(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "edit", "edit": {"arguments": {"agent": "Tech_Support"}}}

        log = play(log, model, decides, tools=tools)
        assert speakers(log)[1] == ("Tech_Support", "handed_over")

    def test_of_the_team_let_a_person_choose_nobody(self, model: Any, tools: Any, server: ScriptedServer) -> None:
        server.script([to("Billing"), "Over.", "Here."])
        spec = team("{method: round_robin}", policies=[{"tool": "hand_to", "action": "ask"}])

        def decides(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "edit", "edit": {"arguments": {"agent": "Ghost"}}}

        log = play(begin(spec), model, decides, tools=tools)
        assert returned(log)[0][0] == "bad_arguments"
        assert speakers(log)[1] == ("Billing", "round_robin")


class TestALegCutAfterEveryEvent:
    @pytest.mark.parametrize("policies", [[], [{"tool": "hand_to", "action": "ask"}]])
    def test_hands_over_once_and_asks_the_same(
        self, policies: Any, model: Any, tools: Any, server: ScriptedServer
    ) -> None:
        def speaks(request: Request) -> Reply | str | None:
            has_result = request.messages[-1]["role"] == "tool"
            system = str(request.messages[0]["content"])
            if "route" in system:
                return "This is for Billing." if has_result else to("Billing")
            if "bill" in system:
                return "Nothing broken here, see Tech." if has_result else to("Tech_Support")
            return "Repaired."

        def approves(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "approve"}

        server.script(speaks)
        server.script(lambda request: "Triage", of="select")
        spec = team(max_rounds=6, policies=policies)
        whole = play(begin(spec), model, approves, tools=tools)
        asked = [record.messages for record in server.records]
        server.records.clear()
        cut = play(begin(spec), model, approves, tools=tools, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert [record.messages for record in server.records] == asked
        assert speakers(whole)[:4] == [
            ("Triage", "first"), ("Billing", "handed_over"), ("Tech_Support", "handed_over"), ("Triage", "auto"),
        ]  # fmt: skip


class TestWarnings:
    def test_say_where_there_is_nobody_to_hand_over_to(self) -> None:
        graph = "{method: auto, transitions: {user: [Triage], Triage: [Billing], Billing: [Triage], Tech_Support: []}}"
        found = [weak.text for weak in warnings(team(graph)) if "hand_to" in weak.text]
        assert found == ["Nobody may speak after 'Tech_Support', so 'hand_to' has nobody to choose. Take it away."]
