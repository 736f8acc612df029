"""Weak spots of a team that is valid: each is found, and a sound team has none."""

from typing import Any

import pytest

from agents.specs import team_from_dict
from agents.specs.warnings import warnings


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
            ({"agents": agents(role="executor")}, "agents.1.role", "not run yet"),
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
