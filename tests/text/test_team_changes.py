"""What differs between two versions of a team, in the words of the screen."""

from typing import Any

import pytest

from agents.specs import TeamSpec, team_from_dict
from agents.text.team_changes import FIELD_LABELS, team_changes

DEV, QA, PM = {"name": "Dev"}, {"name": "QA", "display_name": "QA engineer"}, {"name": "PM"}
DESK = {"name": "Desk", "role": "team"}
LONG = "\n".join(f"Line {number} of a prompt that is rather long." for number in range(5))


def team(**changes: Any) -> TeamSpec:
    return team_from_dict({"name": "Team", "agents": [DEV, QA, PM], **changes})


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({}, {}, []),
        ({}, {"name": "Ours"}, ["Name: Team → Ours"]),
        ({}, {"description": "What for."}, ["Purpose: none → What for."]),
        ({}, {"agents": [DEV, QA, PM, {"name": "Ops"}]}, ["Ops was added."]),
        ({}, {"agents": [DEV, QA]}, ["PM was removed."]),
        ({}, {"agents": [{"name": "Developer"}, QA, PM]}, ["Dev is now called Developer."]),
        ({}, {"agents": [QA, DEV, PM]}, ["The order of the agents was changed."]),
        (
            {"agents": [{**DEV, "prompt": LONG}, QA, PM]},
            {"agents": [{**DEV, "prompt": f"{LONG}\nOne more."}, {**QA, "tools": ["sql"], "temperature": 0.2}, PM]},
            [
                "Dev: prompt: changed, 1 line new, 0 gone",
                "QA engineer: temperature: none → 0.2",
                "QA engineer: tools: sql added",
            ],
        ),
        (
            {"limits": {"max_cost_usd": 0.5}},
            {"limits": {"max_rounds": 1_000, "when_reached": "end"}},
            ["When a limit is reached: ask → end", "Messages: 12 → 1,000", "Cost in dollars: 0.5 → none"],
        ),
        ({}, {"termination": {"by": ["QA"]}}, ["Who can end it: QA engineer added"]),
        ({}, {"selection": {"transitions": {"Dev": ["QA"]}}}, ["Who may speak after whom: limited"]),
        (
            {"selection": {"transitions": {"Dev": ["QA"], "QA": ["PM"]}}},
            {"selection": {"transitions": {"Dev": ["QA", "PM"]}}},
            ["After Dev: PM added", "After QA engineer: PM removed"],
        ),
        ({}, {"policies": [{"action": "approve"}]}, ["Rules: changed, 0 → 1"]),
        (
            {},
            {"step_mode": True, "first_speaker": "QA"},
            ["Who speaks first: none → QA engineer", "Step mode: off → on"],
        ),
        ({"variables": {"a": "1"}}, {"variables": {"a": "2"}}, ["Variables: changed"]),
        (
            {"agents": [DEV, QA, {**DESK, "team": {"name": "Clerks", "agents": [DEV, QA]}}]},
            {"agents": [DEV, QA, {**DESK, "team": "gallery:support-desk"}], "termination": {"after_last": True}},
            [
                "Desk: team: Clerks → gallery:support-desk",
                "The chat ends once the last of its members has spoken: off → on",
            ],
        ),
        (
            {"agents": [DEV, QA, {**DESK, "team": {"name": "Clerks", "agents": [DEV, QA]}}]},
            {"agents": [DEV, QA, {**DESK, "team": {"name": "Clerks", "agents": [DEV, PM]}}]},
            ["Desk: team: changed"],
        ),
    ],
)
def test_each_change_is_a_line(before: dict[str, Any], after: dict[str, Any], lines: list[str]):
    assert team_changes(team(**before), team(**after)) == lines


def test_a_line_is_one_line_whatever_was_written():
    spec = team(name="A\nB\x1b[31m")
    (line,) = team_changes(team(), spec)
    assert "\n" not in line
    assert "\x1b" not in line


def test_every_labelled_field_exists():
    fields = set(TeamSpec.model_fields) | set(type(team().agents[0]).model_fields)
    for part in ("selection", "termination", "limits", "context", "summary", "sandbox"):
        fields |= set(type(getattr(team(), part)).model_fields)
    assert {name.rpartition(".")[2] for name in FIELD_LABELS} <= fields
