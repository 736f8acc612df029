"""Who may speak after whom: the arrows that people are shown are those that AutoGen's choice keeps to."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from agents.engine.group_chat import build
from agents.specs import TeamSpec, team_from_dict
from agents.specs.conversation import Arrow, arrows, ends_after, is_open_to_all, next_speakers

NAMES = ["You", "Ada", "Bob", "Cleo"]
GRAPH = {"You": ["Ada", "Cleo"], "Ada": ["Bob", "You", "Ada"], "Bob": ["You"]}


def team(n: int = 4, **changes: Any) -> TeamSpec:
    agents = [{"name": name, "role": "human" if name == "You" else "assistant"} for name in NAMES[:n]]
    return team_from_dict({"name": "Team", "agents": agents, **changes})


def chosen_by_autogen(spec: TeamSpec, speaker: str) -> list[str]:
    """Whom the group chat of `spec` lets a method choose among after `speaker`; in turn, the one it chooses."""
    policy = MagicMock()
    policy.speakers.method = method = "round_robin" if len(spec.agents) == 2 else spec.selection.method
    chat = build(spec, policy).groupchat
    asked: list[list[str]] = []
    chat.manual_select_speaker = lambda agents=None: asked.append([a.name for a in agents or chat.agents])
    chat.speaker_selection_method = method if method == "round_robin" else "manual"
    one, candidates, _ = chat._prepare_and_select_agents(chat.agent_by_name(speaker))
    return [one.name] if one else asked[0] if asked else [agent.name for agent in candidates]


class TestNextSpeakers:
    @pytest.mark.parametrize("method", ["auto", "round_robin", "random", "manual"])
    @pytest.mark.parametrize("allow_repeat", [True, False])
    @pytest.mark.parametrize("graph", [None, GRAPH])
    @pytest.mark.parametrize("n", [2, 3, 4])
    def test_they_are_those_whom_autogen_chooses_among(self, n: int, method: str, allow_repeat: bool, graph: Any):
        if graph is not None and n < 4:
            graph = {"You": ["Ada"], "Ada": ["You", "Ada"]}
        spec = team(n, selection={"method": method, "allow_repeat": allow_repeat, "transitions": graph})
        for name in NAMES[:n]:
            if spec.followers(name):
                assert set(chosen_by_autogen(spec, name)) == set(next_speakers(spec, name)), name


class TestArrows:
    def test_in_turn_they_are_a_ring(self):
        spec = team(selection={"method": "round_robin"})
        assert arrows(spec) == [
            Arrow("You", "Ada"),
            Arrow("Ada", "Bob"),
            Arrow("Bob", "Cleo"),
            Arrow("Cleo", "You"),
        ]

    def test_who_may_be_named_or_handed_to_has_an_arrow_that_is_not_usual(self):
        spec = team(3, selection={"method": "round_robin", "named": True, "allow_repeat": False})
        assert [arrow for arrow in arrows(spec) if not arrow.is_usual] == [
            Arrow("You", "Bob", False),
            Arrow("Ada", "You", False),
            Arrow("Bob", "Ada", False),
        ]

    def test_the_one_who_answers_the_task_has_one_whatever_the_graph_says(self):
        spec = team(first_speaker="Bob", selection={"transitions": GRAPH})
        assert Arrow("You", "Bob", False) in arrows(spec)

    def test_after_whom_the_chat_ends_none_leads_on(self):
        spec = team(selection={"method": "round_robin"}, termination={"after_last": True})
        assert arrows(spec) == [Arrow("You", "Ada"), Arrow("Ada", "Bob"), Arrow("Bob", "Cleo")]
        assert [ends_after(spec, name) for name in NAMES] == [False, False, False, True]

    def test_who_gives_the_task_has_one_although_it_is_the_last_too(self):
        spec = team(3, initiator="Bob", selection={"method": "round_robin"}, termination={"after_last": True})
        assert arrows(spec) == [Arrow("You", "Ada"), Arrow("Ada", "Bob"), Arrow("Bob", "You")]

    def test_a_team_in_which_all_may_follow_all_is_told_from_one_with_limits(self):
        assert is_open_to_all(team())
        assert is_open_to_all(team(selection={"allow_repeat": False}))
        assert not is_open_to_all(team(2))
        assert not is_open_to_all(team(selection={"transitions": GRAPH}))
        assert not is_open_to_all(team(selection={"method": "round_robin"}))
