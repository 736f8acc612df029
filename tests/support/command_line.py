"""The command line as people use it: a process of its own, on a studio folder of its own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.scripted_server import ScriptedServer

ROOT = Path(__file__).resolve().parents[2]


def heeds_ctrl_c() -> None:
    """For `preexec_fn`: what is started in the background of a script, these tests with it, ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; fails when a line is none."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def chat(self) -> str:
        """The chat's id, from JSON lines or from a transcript's first line."""
        is_json = self.out.startswith("{")
        return str(self.events[0]["chat"]) if is_json else self.out.splitlines()[0].rpartition("chat ")[2]


class CommandLine:
    """`python -m agents`, on the studio in `home`."""

    def __init__(self, home: Path):
        outside = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "STUDIO_DB", "STUDIO_SECRET_KEY")
        self.environ = {name: value for name, value in os.environ.items() if name not in outside}
        self.environ["STUDIO_HOME"] = str(home)

    def __call__(self, *arguments: str, given: bytes | None = None, environ: dict[str, str] | None = None) -> Done:
        """Run to the end, `given` on standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "agents", *arguments],
            cwd=ROOT,
            env={**self.environ, **(environ or {})},
            capture_output=True,
            input=given,
            timeout=240,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start, and leave it to the test to end it."""
        return subprocess.Popen(
            [sys.executable, "-m", "agents", *arguments],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heeds_ctrl_c,
        )


def at(server: ScriptedServer, model: str = "scripted-1") -> list[str]:
    """The options that let a command ask that server."""
    return ["--base-url", server.base_url, "--model", model]


def team(folder: Path, name: str, **fields: Any) -> str:
    """The name of a new team file of that name in `folder`."""
    file = folder / f"{name}.json"
    agents = [{"prompt": "Say TERMINATE when done.", **agent} for agent in fields.pop("agents")]
    agents = [agent if agent.get("role") != "executor" else {**agent, "prompt": ""} for agent in agents]
    file.write_text(json.dumps({"name": name.title(), "agents": agents, "limits": {"max_rounds": 8}, **fields}))
    return str(file)
