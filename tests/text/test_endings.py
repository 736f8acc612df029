"""When a chat ends, as one sentence."""

from typing import Any

import pytest

from agents.specs import team_from_dict
from agents.text.endings import ending_sentence

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
