"""One-click cures of weak spots: each takes its warning away, and what comes out is a valid team."""

from typing import Any

import pytest

from agents.specs import TeamSpec, dump_team, load_team, team_from_dict
from agents.specs.gallery import gallery
from agents.specs.team_fixes import TeamWarning
from agents.specs.team_validation import checked_name, free_name
from agents.specs.team_warnings import warnings
from tests.specs.test_team_warnings import CALLER, CHAIN, NO_LIMITS, agents, team

YOU = {"name": "You", "role": "human", "description": "asks"}
RUNNER = {"name": "Runner", "role": "executor", "description": "runs code"}
APPROVED = [{"kind": "code_block", "action": "approve"}]


def found(spec: TeamSpec) -> list[TeamWarning]:
    return warnings(spec, ["embedded"], ["now", "send", "http_get", "hand_to"], "Code cannot run here.", {})


CASES: list[tuple[dict[str, Any], str]] = [
    ({"limits": NO_LIMITS, "termination": {"phrases": []}}, "Limit it to 12 messages"),
    ({"limits": NO_LIMITS}, "Limit it to 12 messages"),
    ({"limits": NO_LIMITS, "agents": [YOU, *agents()]}, "Limit it to 12 messages"),
    ({"limits": {"max_rounds": 1}}, "Allow 12 messages"),
    ({"termination": {"phrases": ["DONE"]}}, "End when Editor says DONE"),
    (
        {"termination": {"phrases": ["DONE"]}, "agents": [{**YOU, "human_input_mode": "TERMINATE"}, *agents()]},
        "End when Editor says DONE",
    ),
    ({"agents": agents(role="human"), "termination": {"by": ["Writer"]}}, "End when Editor says TERMINATE"),
    ({"agents": agents()[:2], "selection": {"method": "manual"}}, "Let them take turns"),
    ({"selection": {"transitions": CHAIN}}, "Let Editor speak after everybody"),
    ({"selection": {"transitions": {"Critic": ["Writer"]}}}, "Let Editor speak after everybody"),
    ({"selection": {"transitions": {**CHAIN, "Critic": ["Editor"]}}}, "Let everybody speak after Editor"),
    ({"selection": {"transitions": CHAIN}, "first_speaker": "Editor"}, "Let Editor speak after Writer"),
    (
        {
            "agents": agents(role="human"),
            "selection": {"transitions": {"Writer": ["Critic"], "Critic": ["Editor"], "Editor": ["Critic"]}},
        },
        "Let Writer speak after everybody",
    ),
    ({"agents": [*agents(), RUNNER]}, "Make Runner a person"),
    ({"agents": [*agents(), RUNNER], "sandbox": {"network": "all"}, "policies": APPROVED}, "No network for code"),
    ({"agents": agents(prompt=" ")}, "Write it from the description"),
    ({"agents": agents(description="")}, "Take it from the prompt"),
    ({"agents": agents(role="human", human_input_mode="NEVER")}, "Ask at every turn"),
    ({"agents": agents(role="human", model="gpt")}, "Clear both"),
    ({"agents": agents(role="human", tools=["send"])}, "Clear its tools"),
    ({"agents": agents(display_name="Critic")}, "Show their agent names"),
    ({"variables": {"city": "Oslo"}}, "Remove the variable city"),
    ({"agents": agents(prompt="{town} TERMINATE"), "variables": {"city": "x"}}, "Add the variable town"),
    ({"connection": "gone"}, "Use the studio's default"),
    ({"selection": {"connection": "gone"}}, "Use the team's connection"),
    ({"context": {"connection": "gone"}}, "Use the team's connection"),
    ({"summary": {"connection": "gone"}}, "Use the team's connection"),
    ({"agents": agents(connection="gone")}, "Use the team's connection"),
    ({"agents": agents(tools=["gone", "now"], tool_choice="required")}, "Take gone from Writer"),
    (
        {"agents": agents(tools=["hand_to"]), "selection": {"transitions": {"Critic": ["Writer"]}}},
        "Take hand_to from Writer",
    ),
    ({"selection": {"function": "gone"}}, "Use no function"),
    ({"termination": {"function": "gone"}}, "Use no function"),
    ({"sandbox": {"allowed_hosts": ["example.com"]}}, "Clear the hosts"),
    ({"agents": agents(tools=["http_get"], tool_choice="required")}, "Take http_get away"),
    ({"agents": CALLER, "policies": [{"tool": "send", "action": "refuse"}]}, "Take send from Writer"),
    ({"policies": [{"agent": "Nobody*"}]}, "Remove rule 1"),
    ({"policies": [{"tool": "write_*"}]}, "Remove rule 1"),
    ({"policies": [{"kind": "message"}]}, "Switch step mode on"),
    (
        {"agents": CALLER, "policies": [{"kind": "any"}, {"tool": "send", "action": "approve"}]},
        "Move it before rule 1",
    ),
    ({"agents": CALLER, "policies": [{"kind": "any"}, {"kind": "any"}]}, "Remove rule 2"),
    ({"deadlines": [{"kind": "limit", "after_s": 9, "outcome": "reject"}]}, "Remove deadline 1"),
]


class TestFixes:
    @pytest.mark.parametrize(("changes", "label"), CASES, ids=[f"{n}: {label}" for n, (_, label) in enumerate(CASES)])
    def test_a_cure_takes_its_warning_away_and_leaves_a_valid_team(self, changes: dict[str, Any], label: str):
        spec = team(**changes)
        warning = next(each for each in found(spec) if each.fix is not None and each.fix.label == label)
        assert warning.fix is not None
        cured = warning.fix(spec)
        assert warning not in found(cured)
        assert load_team(dump_team(cured)) == cured
        assert team(**changes) == spec

    @pytest.mark.parametrize("changes", [changes for changes, _ in CASES])
    def test_pressing_every_cure_leaves_nothing_to_cure(self, changes: dict[str, Any]):
        spec = team(**changes)
        for _ in range(12):
            fix = next((each.fix for each in found(spec) if each.fix is not None), None)
            if fix is None:
                break
            spec = fix(spec)
        assert [each.fix.label for each in found(spec) if each.fix is not None] == []

    def test_who_is_to_end_the_chat_is_told_so_in_its_prompt(self):
        spec = team(termination={"phrases": ["DONE"]})
        (warning,) = found(spec)
        assert warning.fix is not None
        cured = warning.fix(spec)
        assert cured.agent("Editor").prompt == "Edit.\n\nWhen the task is done, reply with DONE."
        assert warning.fix.means == "Its prompt then ends: “When the task is done, reply with DONE.”"

    def test_a_prompt_that_is_full_is_not_made_longer_than_it_may_be(self):
        spec = team(agents=[*agents()[:2], {"name": "Long", "prompt": "x" * 100_000, "description": "y"}])
        spec = team_from_dict({**spec.model_dump(), "termination": {"phrases": ["DONE"]}})
        (warning,) = found(spec)
        assert warning.fix is not None
        assert warning.fix(spec).agent("Long").prompt == "x" * 100_000

    def test_the_ready_teams_need_none(self):
        assert [each.fix for ready in gallery() for each in warnings(ready.spec, ["embedded"]) if each.fix] == []


class TestTheLessonsMistakes:
    def test_a_person_in_the_team_does_not_hide_that_nothing_ends_it(self):
        spec = team(agents=[YOU, *agents(prompt="Write.")], limits=NO_LIMITS)
        assert [each.path for each in found(spec)] == ["limits.max_rounds", "termination.phrases"]

    def test_a_person_who_is_asked_only_at_the_end_is_never_asked_where_no_prompt_says_how_to_finish(self):
        person = {**YOU, "human_input_mode": "TERMINATE"}
        (warning,) = found(team(agents=[person, *agents(prompt="Write.")]))
        assert warning.path == "termination.phrases"

    def test_a_person_who_speaks_in_a_limited_chat_ends_it(self):
        assert found(team(agents=[YOU, *agents(prompt="Write.")])) == []

    def test_a_person_who_is_asked_in_every_round_can_end_it(self):
        assert found(team(agents=[YOU, agents(prompt="Write.")[0]], limits=NO_LIMITS)) == []
        in_turn = {"selection": {"method": "round_robin"}, "limits": NO_LIMITS}
        assert found(team(agents=[YOU, *agents(prompt="Write.")], **in_turn)) == []


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("Bill ing", "Bill_ing"),
            ("Köln 2", "Koln_2"),
            ("2nd reader", "Agent_2nd_reader"),
            ("审核", "Agent"),
            ("", "Agent"),
            ("Ada", "Ada_2"),
            ("x" * 90, "x" * 60),
        ],
    )
    def test_a_name_that_models_accept_is_made_of_what_was_typed(self, typed: str, name: str):
        assert free_name(typed, ["Ada", "Bob"]) == name
        assert checked_name(name) == name
