"""Files of AutoGen Studio, CrewAI and OpenAI's Agents SDK, and files that hold no team but are often tried."""

import json
from pathlib import Path

import pytest

from agents.errors import SpecError
from agents.exchange import read
from tests.support.readings import told

FOLDER = Path(__file__).parent
FILES = sorted((FOLDER / "files").glob("*"))


def text_of(name: str) -> str:
    return (FOLDER / "files" / name).read_text(encoding="utf-8")


class TestFiles:
    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
    def test_all_that_it_says_comes_out_or_is_named(self, file: Path):
        expected = (FOLDER / "gives" / f"{file.name.partition('.')[0]}.txt").read_text(encoding="utf-8")
        assert told(read(file.read_text(encoding="utf-8"))) == expected

    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
    def test_a_key_in_it_goes_nowhere(self, file: Path):
        assert "sk-12345678" not in str(read(file.read_text(encoding="utf-8")))


class TestAutoGenStudio:
    def test_each_team_of_a_gallery_is_read(self):
        team = json.loads(text_of("studio_team.json"))
        other = json.loads(text_of("studio_team.json")) | {"label": "Other"}
        other["provider"] = "autogen_agentchat.teams.RoundRobinGroupChat"
        gallery = {"id": "g", "name": "Mine", "components": {"agents": [], "teams": [team, other]}}
        reading = read(json.dumps(gallery))
        assert reading.kind == "a gallery of AutoGen Studio"
        assert [(each.spec.name, each.spec.selection.method) for each in reading.teams] == [
            ("Desk", "auto"),
            ("Other", "round_robin"),
        ]

    def test_hand_offs_of_a_swarm_are_a_tool_and_who_may_follow_whom(self):
        team = json.loads(text_of("studio_team.json"))
        team["provider"] = "autogen_agentchat.teams.Swarm"
        team["config"]["participants"][0]["config"]["handoffs"] = ["runner", {"target": "you"}]
        spec = read(json.dumps(team)).teams[0].spec
        assert spec.agents[0].tools == ["add", "hand_to"]
        assert spec.selection.transitions == {"writer": ["runner", "you", "writer"]}

    def test_tools_of_a_workbench_are_found(self):
        team = json.loads(text_of("studio_team.json"))
        config = team["config"]["participants"][0]["config"]
        config["workbench"] = [{"provider": "StaticWorkbench", "config": {"tools": config.pop("tools")}}]
        (tool,) = read(json.dumps(team)).teams[0].tools
        assert "import os\nfrom typing import Any\n\ndef add(" in tool.source


class TestCrewAi:
    def test_an_agent_speaks_in_the_order_of_its_task(self):
        agents = "a: {role: A, goal: g, backstory: b}\nb: {role: B, goal: g, backstory: b}\n"
        tasks = "t: {description: d, expected_output: e, agent: b}\nu: {description: d, expected_output: e, agent: a}\n"
        assert [agent.name for agent in read(agents + tasks).teams[0].spec.agents] == ["You", "b", "a"]

    def test_a_person_sees_the_result_of_a_task_that_asks_for_it(self):
        _, researcher, analyst = read(text_of("crew.yaml")).teams[0].spec.agents
        assert (researcher.step_mode, analyst.step_mode) == (False, True)

    def test_tasks_alone_say_what_is_missing(self):
        with pytest.raises(SpecError, match=r"tasks\.yaml of CrewAI, and its agents are in agents\.yaml"):
            read("t: {description: d, expected_output: e, agent: b}")


class TestAgentsSdk:
    def test_agents_that_run_one_after_another_speak_so(self):
        script = (
            "from agents import Agent, Runner\n"
            "b = Agent(name='Second', instructions='Two.')\na = Agent(name='First', instructions='One.')\n"
            "r = Runner.run_sync(a, 'Begin')\nRunner.run_sync(b, r.final_output)\n"
        )
        spec = read(script).teams[0].spec
        assert [agent.name for agent in spec.agents] == ["You", "First", "Second"]
        assert (spec.selection.method, spec.termination.after_last) == ("round_robin", True)
        assert spec.example_tasks == ["Begin"]


class TestNoTeam:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ([{"model": "gpt-4", "api_key": "x"}], "It is a list of models (OAI_CONFIG_LIST)"),
            ({"config_list": [{"model": "gpt-4"}]}, "It holds settings of models (config_list)"),
            ({"mcpServers": {"files": {"command": "npx"}}}, "It is a list of MCP servers"),
            ([{"role": "user", "content": "x"}], "It is a list of messages"),
            ({"messages": []}, "It is a conversation"),
            (
                {"provider": "autogen_ext.models.OpenAI", "component_type": "model", "config": {}},
                "AutoGen Studio (model)",
            ),
            ({"name": "package", "version": "1"}, "It is no team that is known here"),
            ([1, 2], "It is no team that is known here"),
            ("words", "It is no team that is known here"),
        ],
        ids=lambda each: each if isinstance(each, str) else None,
    )
    def test_what_it_is_and_where_it_goes_is_said(self, value: object, said: str):
        with pytest.raises(SpecError) as caught:
            read(json.dumps(value) if not isinstance(value, str) else value)
        assert said in str(caught.value)
