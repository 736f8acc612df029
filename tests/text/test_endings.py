"""When a chat ends, as one sentence."""

from itertools import pairwise
from typing import Any

import pytest

from agents.specs import team_from_dict
from agents.text.endings import ending_parts, ending_sentence

AGENTS = [
    {"name": "Dev"},
    {"name": "QA", "display_name": "QA engineer"},
    {"name": "PM"},
    {"name": "Ops"},
    {"name": "X"},
]
QA = {"phrases": ["TERMINATE"], "by": ["QA"]}
NONE = {"max_rounds": None, "max_repeats": None}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"termination": QA, "limits": {"max_cost_usd": 0.5, "max_repeats": None}},
            "Ends when QA engineer says TERMINATE. Asks you after 12 messages, or at $0.50.",
        ),
        (
            {},
            "Ends when somebody says TERMINATE. Asks you after 12 messages, or when somebody says the same 3 times.",
        ),
        (
            {"termination": QA, "limits": {"when_reached": "end", "max_repeats": None}},
            "Ends when QA engineer says TERMINATE, or after 12 messages.",
        ),
        ({"limits": NONE, "termination": {"phrases": []}}, "Ends when you press End."),
        (
            {"limits": {**NONE, "max_rounds": 12}, "termination": {"phrases": []}},
            "Ends when you press End. Asks you after 12 messages.",
        ),
        (
            {"limits": NONE, "termination": {"phrases": ["DONE", "FIN"], "match": "equals", "function": "stop"}},
            "Ends when somebody says only DONE or FIN, or when the function stop says so.",
        ),
        (
            {"limits": {**NONE, "max_tokens": 20_000, "max_work_s": 90, "max_cost_usd": 0.05}},
            "Ends when somebody says TERMINATE. Asks you at $0.05, at 20,000 tokens, or after 1 min 30 s of work.",
        ),
        (
            {"limits": NONE, "termination": {"by": ["Dev", "QA", "PM", "Ops"]}},
            "Ends when Dev, QA engineer, PM or another says TERMINATE.",
        ),
        (
            {"limits": NONE, "selection": {"transitions": {n["name"]: ["QA"] for n in AGENTS if n["name"] != "QA"}}},
            "Ends when somebody says TERMINATE, or after QA engineer has spoken.",
        ),
        (
            {"limits": NONE, "termination": {"phrases": [], "after_last": True}},
            "Ends after X has spoken.",
        ),
    ],
)
def test_it_says_what_ends_the_chat_and_what_asks(changes: dict[str, Any], sentence: str):
    assert ending_sentence(team_from_dict({"name": "Team", "agents": AGENTS, **changes})) == sentence


def test_a_last_member_who_is_off_is_not_the_last_to_speak():
    agents = [*AGENTS[:-1], {**AGENTS[-1], "is_off": True}]
    team = {"name": "Team", "agents": agents, "limits": NONE, "termination": {"phrases": [], "after_last": True}}
    assert ending_sentence(team_from_dict(team)) == "Ends after Ops has spoken."


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"termination": QA, "limits": {"max_cost_usd": 0.5, "max_repeats": None}},
            {
                "termination.by": "QA engineer",
                "termination.phrases": "TERMINATE",
                "limits.when_reached": "Asks you",
                "limits.max_rounds": "12 messages",
                "limits.max_cost_usd": "$0.50",
            },
        ),
        (
            {"termination": {"phrases": ["DONE"], "match": "equals", "function": "stop"}, "limits": NONE},
            {
                "termination.by": "somebody",
                "termination.match": "only",
                "termination.phrases": "DONE",
                "termination.function": "stop",
            },
        ),
        (
            {"termination": {"phrases": []}, "limits": {**NONE, "max_tokens": 9, "when_reached": "end"}},
            {"limits.when_reached": "Ends", "limits.max_tokens": "9 tokens"},
        ),
        ({"termination": {"phrases": []}, "limits": NONE}, {"termination.phrases": "when you press End"}),
        (
            {"termination": {"phrases": [], "after_last": True}, "limits": {**NONE, "max_work_s": 90}},
            {
                "termination.after_last": "X has spoken",
                "limits.when_reached": "Asks you",
                "limits.max_work_s": "1 min 30 s of work",
            },
        ),
    ],
)
def test_each_part_names_the_field_that_it_says(changes: dict[str, Any], fields: dict[str, str]):
    team = team_from_dict({"name": "Team", "agents": AGENTS, **changes})
    parts = ending_parts(team)
    assert {part.field: part.text for part in parts if part.field} == fields
    assert "".join(part.text for part in parts) == ending_sentence(team)
    between = [not part.field for part in parts]
    assert (True, True) not in pairwise(between)
