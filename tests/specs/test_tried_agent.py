"""The team in which one agent is tried: valid for every member of every ready team, and quiet but for that member."""

import pytest

from agents.specs import TeamSpec, active_team, evaluate_team, team_from_dict
from agents.specs.approval_rules import MAX_RULES, ActionRequest
from agents.specs.gallery import gallery
from agents.specs.library import library, message_to_try
from agents.specs.tried_agent import team_to_try

MEMBERS = [
    pytest.param(ready.spec, agent.name, id=f"{ready.name}-{agent.name}")
    for ready in gallery()
    for agent in ready.spec.agents
    if agent.has_model
]


class TestTheTeam:
    @pytest.mark.parametrize(("team", "name"), MEMBERS)
    def test_is_valid_and_everybody_else_stands_by(self, team: TeamSpec, name: str):
        tried = team_to_try(team, name)
        assert team_from_dict(tried.model_dump(mode="json")) == tried
        assert [agent.name for agent in tried.agents if agent.has_model] == [name]
        assert {agent.name for agent in tried.agents} >= {agent.name for agent in active_team(team).agents}
        assert [agent.name for agent in tried.agents if agent.asks_human != "NEVER"] == []
        assert tried.task_giver != name == tried.first_speaker == tried.agents[-1].name

    def test_has_somebody_to_give_the_task_where_all_others_are_switched_off(self):
        off = team_from_dict({"name": "Two", "agents": [{"name": "A"}, {"name": "B"}, {"name": "C", "is_off": True}]})
        others_off = off.model_copy(
            update={"agents": [agent.model_copy(update={"is_off": True}) for agent in off.agents]}
        )
        assert [agent.name for agent in team_to_try(others_off, "C").agents] == ["Person", "C"]


def rules(*given: dict, tool: str):
    team = team_from_dict({"name": "T", "agents": [{"name": "You", "role": "human"}, {"name": "A"}], "policies": given})
    asked = ActionRequest("tool_call", "A", tool=tool)
    return evaluate_team(team_to_try(team, "A").policies, asked).action


class TestRules:
    def test_let_no_tool_run_unasked(self):
        assert rules({"tool": "read_*", "action": "approve"}, tool="read_file") == "ask"
        assert rules({"action": "approve"}, tool="sql") == "ask"
        assert rules(tool="sql") == "ask"

    def test_refuse_as_they_did_in_their_order(self):
        assert rules({"tool": "sql", "action": "approve"}, {"action": "refuse"}, tool="sql") == "ask"
        assert rules({"tool": "sql", "action": "approve"}, {"action": "refuse"}, tool="run") == "refuse"

    def test_let_members_hand_over_as_they_did(self):
        assert rules(tool="hand_to") == "approve"
        assert rules({"action": "approve"}, tool="hand_to") == "approve"
        assert rules({"tool": "hand_to", "action": "ask"}, {"action": "approve"}, tool="hand_to") == "ask"

    def test_are_not_more_than_a_team_may_have(self):
        many = [{"tool": f"t{n}", "action": "approve"} for n in range(MAX_RULES - 1)] + [{"action": "refuse"}]
        assert rules(*many, tool="else") == "refuse"


class TestTheMessage:
    def test_is_the_library_s_for_every_ready_agent_and_its_copies(self):
        for each in library():
            assert message_to_try(each.agent.name, library()) == each.try_with != ""
            assert message_to_try(f"{each.agent.name}_2", library()) == each.try_with

    def test_is_none_for_a_member_of_another_name(self):
        assert message_to_try("Nobody_of_that_name", library()) == ""
