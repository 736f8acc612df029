"""A team of a coder and an executor, the chat's own workspace, and where its code really runs."""

from pathlib import Path
from typing import Any

from agents.chats import DecisionRequested
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.specs import SandboxSpec, TeamSpec, load_team
from agents.workspaces import Workspace
from tests.support.legs import begin, messages, play

TEAM = """
name: Coder and executor
agents:
  - {name: coder, prompt: You write code.}
  - {name: executor, role: executor, auto_reply: There is no code.}
initiator: executor
limits: {max_rounds: 3, when_reached: end, max_repeats: null}
"""
LEAVES_A_TRACE = 'with open("traces.txt", "a") as file:\n    file.write("ran\\n")\nprint("done")'
TRACE = f"```python\n{LEAVES_A_TRACE}\n```"


class Chat:
    """A chat's own workspace, and where its code runs: with the bare Python, or with `python`."""

    def __init__(self, home: Path, python: PythonEnvironment | None = None):
        self.files = Workspace(home, "c")
        sandbox = Bubblewrap(python.folder if python else None)
        self.code = CodeRunner(sandbox, self.files.run_folders(), SandboxSpec(), python)

    def play(self, model: Any, answer: Any, log: Any = None, **team: Any) -> Any:
        given: dict[str, Any] = {"tools": None, "code": self.code, "files": self.files}
        given |= {name: team.pop(name) for name in ("cut_after_each_event", "loses", "code") if name in team}
        return play(log or begin(pair(**team)), model, answer, **given)

    @property
    def traces(self) -> list[str]:
        """One line for each time the code ran."""
        file = self.files.files / "traces.txt"
        return file.read_text().splitlines() if file.exists() else []


def pair(**team: Any) -> TeamSpec:
    return TeamSpec.model_validate({**load_team(TEAM).model_dump(), **team})


def approves(request: DecisionRequested) -> dict[str, Any]:
    """A person to whom all is well, a run that was cut too."""
    return {"verdict": "retry" if request.payload.get("is_cut") else "approve"}


def report(log: Any) -> str:
    """What the executor said."""
    return str(messages(log)[2][1])
