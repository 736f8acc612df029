"""The lesson's two systems on the model that comes with the studio, from the command line, with the lesson's tasks.

A model so small may write code that fails, or none; here it is shown that what it writes is run, and what is said of
that is true. With rehearsed words they succeed: test_lesson_rehearsed.py.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.specs import SelectionSpec, dump_team
from agents.specs.gallery import gallery
from tests.support.studio_process import ROOT, clean_environment

FIBONACCI = (
    "Write a Python script that calculates the first 10 numbers of the Fibonacci sequence and saves them to a file "
    "named fibonacci.txt."
)
TASK_MANAGER = "We need to build a simple command-line task manager application that saves tasks to a JSON file."
CODE = re.compile(r"```[ \t]*(\w+)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)
"""What AutoGen takes for a block of code."""
ENDED, WAITS = 0, 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lesson") / "home"


def run(home: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and events of `python -m agents`, which must not complain."""
    command = [sys.executable, "-m", "agents", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(home), capture_output=True, text=True, timeout=240)
    assert "Traceback" not in done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def brief(tmp_path: Path, name: str, max_tokens: int, max_rounds: int, **more: Any) -> str:
    """The gallery team as a file, its agents and chats kept brief, with `more` of its fields changed."""
    spec = next(team.spec for team in gallery() if team.name == name)
    more["limits"] = spec.limits.model_copy(update={"max_rounds": max_rounds})
    agents = [
        agent.model_copy(update={"parameters": {"max_tokens": max_tokens}}) if agent.has_model else agent
        for agent in spec.agents
    ]
    file = tmp_path / f"{name}.yaml"
    file.write_text(dump_team(spec.model_copy(update={"agents": agents, **more})), encoding="utf-8")
    return str(file)


def messages(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == "MessagePosted"]


def assert_real(events: list[dict[str, Any]]) -> None:
    """The embedded model answered, and what it said is in the messages."""
    calls = [event for event in events if event["kind"] == "ModelCalled"]
    assert calls
    assert {(call["connection"], call["outcome"]) for call in calls} == {("embedded", "ok")}
    assert all(call["usage"]["output"] > 0 and call["price"]["cost_usd"] == 0 for call in calls)
    spoken = [message for message in messages(events) if message["source"] == "model"]
    assert spoken
    assert all(message["content"].strip() for message in spoken)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


class TestCoderAndExecutor:
    def test_the_coder_writes_and_the_executor_runs_what_it_writes(self, home: Path):
        code, events = run(home, "run", "coder-and-executor", "--task", FIBONACCI)
        assert code in (ENDED, WAITS), "it waits where its code wants a package"
        assert_real(events)
        said = messages(events)
        assert (said[0]["agent"], said[0]["content"]) == ("executor_proxy", FIBONACCI)
        assert said[1]["agent"] == "programmer_assistant"
        returned = [event for event in events if event["kind"] == "CodeReturned"]
        for coder, executor in zip(said[1::2], said[2::2], strict=False):
            assert executor["source"] == ("code" if CODE.search(coder["content"]) else "auto")
            if executor["source"] == "code":
                mine = [event["text"] for event in returned if event["turn"] == executor["turn"]]
                assert executor["content"].startswith("\n\n".join(mine))
        assert events[-1]["kind"] in ("ChatEnded", "DecisionRequested")


class TestProductTeam:
    def test_the_team_works_on_the_task_until_a_person_is_asked_or_it_ends(self, home: Path, tmp_path: Path):
        code, events = run(home, "run", brief(tmp_path, "product-team", 40, max_rounds=6), "--task", TASK_MANAGER)
        assert code in (ENDED, WAITS)
        assert_real(events)
        said = messages(events)
        assert [message["agent"] for message in said[:2]] == ["user_proxy", "Product_Manager"]
        assert events[-1]["kind"] == ("DecisionRequested" if code == WAITS else "ChatEnded")
        assert len(said) <= 6
        selections = [event for event in events if event["kind"] == "ModelCalled" and event["purpose"] == "select"]
        assert selections, "a model decides who speaks next"

    def test_a_person_answers_on_the_command_line_and_the_team_goes_on(self, home: Path, tmp_path: Path):
        in_turn = brief(tmp_path, "product-team", 30, 12, selection=SelectionSpec(method="round_robin"))
        code, events = run(home, "run", in_turn, "--task", TASK_MANAGER)
        assert (code, events[-1]["kind"]) == (WAITS, "DecisionRequested")
        assert_real(events)
        others = ["Product_Manager", "Developer", "Executor", "QA_Engineer"]
        assert [message["agent"] for message in messages(events)] == ["user_proxy", *others]
        code, events = run(home, "answer", events[0]["chat"], "--text", "Use as little code as you can.")
        assert (code, events[-1]["kind"]) == (WAITS, "DecisionRequested")
        assert [message["agent"] for message in messages(events)] == ["user_proxy", *others]
        assert messages(events)[0]["content"] == "Use as little code as you can."
