"""Weak spots of a team that is valid: each is found, and a sound team has none."""

from typing import Any

import pytest

from agents.specs import team_from_dict
from agents.specs.team_warnings import warnings


def team(**changes: Any):
    writer = {"name": "Writer", "prompt": "Write. Reply TERMINATE when done.", "description": "writes"}
    critic = {"name": "Critic", "prompt": "Review.", "description": "reviews"}
    editor = {"name": "Editor", "prompt": "Edit.", "description": "edits"}
    return team_from_dict({"name": "Team", "agents": [writer, critic, editor], **changes})


def agents(**changes: Any) -> list[dict[str, Any]]:
    """Three sound agents, the first one changed."""
    writer = {"name": "Writer", "prompt": "Write. Reply TERMINATE when done.", "description": "writes"}
    others = [{"name": name, "prompt": "Review.", "description": "reviews"} for name in ("Critic", "Editor")]
    return [{**writer, **changes}, *others]


def paths(spec: Any, known: list[str] | None = None) -> list[str]:
    return [warning.path for warning in warnings(spec, known)]


NO_LIMITS = {"max_rounds": None, "max_repeats": None}
CHAIN = {"Writer": ["Critic"], "Critic": ["Writer"]}


class TestWarnings:
    def test_a_sound_team_has_none(self):
        assert warnings(team(), ["embedded"]) == []

    @pytest.mark.parametrize(
        ("changes", "path", "words"),
        [
            ({"limits": NO_LIMITS, "termination": {"phrases": []}}, "limits.max_rounds", "Nothing ends this chat"),
            ({"limits": NO_LIMITS}, "limits.max_rounds", "a model may never say it"),
            ({"limits": {"max_rounds": 1}}, "limits.max_rounds", "nobody answers it"),
            ({"termination": {"phrases": ["DONE"]}}, "termination.phrases", "'DONE'"),
            ({"agents": agents(role="human"), "termination": {"by": ["Writer"]}}, "termination.by", "assistant"),
            ({"selection": {"transitions": CHAIN}}, "agents.3", "'Editor' can never speak"),
            ({"selection": {"transitions": {**CHAIN, "Critic": ["Editor"]}}}, "selection.transitions", "ends after"),
            ({"selection": {"transitions": CHAIN}, "first_speaker": "Editor"}, "first_speaker", "may not follow"),
            ({"agents": agents(prompt=" ")}, "agents.1.prompt", "no prompt"),
            ({"agents": agents(description="")}, "agents.1.description", "only by name"),
            ({"agents": agents(role="human", human_input_mode="NEVER")}, "agents.1.human_input_mode", "never asked"),
            ({"agents": agents(role="human", model="gpt")}, "agents.1.connection", "No model speaks"),
            ({"agents": agents(display_name="Critic")}, "agents.1.display_name", "cannot tell"),
            ({"variables": {"city": "Oslo"}}, "variables.city", "No prompt uses {city}"),
            ({"agents": agents(prompt="{town} TERMINATE"), "variables": {"city": "x"}}, "agents.1.prompt", "{town}"),
        ],
    )
    def test_a_weak_spot_is_named_where_it_is(self, changes: dict[str, Any], path: str, words: str):
        found = [warning for warning in warnings(team(**changes)) if warning.path == path]
        assert found, paths(team(**changes))
        assert words in " ".join(warning.text for warning in found)

    def test_who_runs_code_is_told_why_it_does_not_run_here(self):
        spec = team(agents=agents(role="executor"))
        assert [warning.path for warning in warnings(spec) if "run code" in warning.text] == []
        (found,) = [each for each in warnings(spec, about_code="Code cannot run here.") if "run code" in each.text]
        assert (found.path, found.text) == ("agents.1.role", "'Writer' is to run code. Code cannot run here.")
        assert "run code" not in " ".join(each.text for each in warnings(team(), about_code="Code cannot run here."))

    def test_two_agents_do_not_use_a_selection(self):
        two = {"agents": agents()[:2], "selection": {"method": "manual"}}
        assert "selection.method" in paths(team(**two))
        assert paths(team(agents=agents()[:2])) == []

    def test_an_unknown_connection_is_named_at_every_place(self):
        spec = team(connection="ollama", selection={"connection": "cheap"}, agents=agents(connection="gone"))
        assert paths(spec, ["embedded"]) == ["connection", "selection.connection", "agents.1.connection"]
        assert paths(spec, ["ollama", "cheap", "gone"]) == []

    def test_a_person_who_gives_the_task_and_is_never_asked_again_is_mentioned(self):
        graph = {"Writer": ["Critic"], "Critic": ["Editor"], "Editor": ["Critic"]}
        spec = team(agents=agents(role="human"), selection={"transitions": graph})
        assert [w.path for w in warnings(spec) if "never asked again" in w.text] == ["agents.1"]


CALLER = agents(tools=["send"])


class TestMembersThatAreTeams:
    def with_teams(self, *first: Any, **inner: Any) -> Any:
        """A team whose members are, behind `first`, two teams of a writer and a person, one after another."""
        person = {"name": "Boss", "role": "human", "human_input_mode": "TERMINATE"}
        own = {"name": "Own", "description": "Writes.", "agents": [person, agents(**inner)[0]]}
        teams = [{"name": name, "role": "team", "team": own} for name in ("One", "Two")]
        selection = {"method": "round_robin"}
        return team_from_dict(
            {"name": "P", "agents": [*first, *teams], "selection": selection, "termination": {"after_last": True}}
        )

    def test_one_after_another_have_none(self):
        person = {"name": "You", "role": "human"}
        assert warnings(self.with_teams(person), ["embedded"]) == []

    def test_have_their_own_told_where_they_are(self):
        person = {"name": "You", "role": "human"}
        assert "agents.2.team.agents.2.prompt" in paths(self.with_teams(person, prompt=""))
        assert "agents.3.team.agents.2.connection" in paths(self.with_teams(person, connection="gone"), ["embedded"])

    def test_are_told_of_when_one_of_them_would_give_the_task_and_not_work_on_it(self):
        assert "agents.1.role" in paths(self.with_teams())


class TestToolsAndPolicies:
    """Tools that are not there or nobody may call, rules that never decide, deadlines that do nothing."""

    def test_a_tool_that_is_not_there_is_named_with_those_that_are(self):
        (warning,) = warnings(team(agents=CALLER), known_tools=["now", "calculate"])
        assert warning.path == "agents.1.tools"
        assert "'send'" in warning.text
        assert "calculate, now" in warning.text
        assert warnings(team(agents=CALLER), known_tools=["send"]) == []

    @pytest.mark.parametrize(
        ("changes", "path", "words"),
        [
            ({"policies": [{"tool": "send", "action": "refuse"}]}, "agents.1.tools", "refuses every call"),
            ({"policies": [{"kind": "tool_call", "action": "refuse"}]}, "agents.1.tools", "refuses every call"),
            ({"policies": [{"agent": "Nobody*"}]}, "policies.1.agent", "nobody in this team"),
            ({"policies": [{"tool": "write_*"}]}, "policies.1.tool", "Nobody has a tool"),
            ({"policies": [{"kind": "message"}]}, "policies.1.kind", "step mode"),
            ({"policies": [{"kind": "any"}, {"tool": "send", "action": "approve"}]}, "policies.2", "Rule 1 decides"),
            ({"deadlines": [{"kind": "limit", "after_s": 9, "outcome": "reject"}]}, "deadlines.1.outcome", "rejected"),
            ({"deadlines": [{"kind": "pause", "after_s": 9, "outcome": "skip"}]}, "deadlines.1.outcome", "skipped"),
        ],
    )
    def test_what_can_never_do_anything_is_told(self, changes, path, words):
        (warning,) = warnings(team(agents=CALLER, **changes), known_tools=["send"])
        assert warning.path == path
        assert words in warning.text

    @pytest.mark.parametrize(
        "changes",
        [
            {"policies": [{"tool": "se*", "where": [{"argument": "to", "value": "x"}], "action": "refuse"}]},
            {"policies": [{"tool": "send", "action": "approve"}, {"kind": "any", "action": "refuse"}]},
            {"policies": [{"kind": "message"}], "step_mode": True},
            {
                "deadlines": [
                    {"kind": "tool_call", "after_s": 9, "outcome": "skip"},
                    {"after_s": 5, "outcome": "reject"},
                ]
            },
        ],
    )
    def test_what_may_decide_something_is_not(self, changes):
        assert warnings(team(agents=CALLER, **changes), known_tools=["send"]) == []

    def test_the_tools_of_somebody_without_a_model_are_called_by_nobody(self):
        human = {"name": "You", "role": "human", "description": "asks", "tools": ["send"]}
        found = warnings(team(agents=[human, *agents()]), known_tools=["send"])
        assert [(warning.path, "nobody may call" in warning.text) for warning in found] == [("agents.1.tools", True)]
