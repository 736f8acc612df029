"""The command line as people use it, on a studio folder of its own: in this process, which is quick, or in another."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from unittest.mock import patch

from agents.__main__ import main
from tests.support.scripted_server import ScriptedServer
from tests.support.studio import LOCAL_MODEL, OUTSIDE

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 240.0
"""What a command may take, also where other programs use the processors."""


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
        self.environ = {name: value for name, value in os.environ.items() if name not in (*OUTSIDE, "STUDIO_DB")}
        self.environ |= {"STUDIO_HOME": str(home), "STUDIO_LOCAL_MODEL": LOCAL_MODEL}

    def __call__(self, *arguments: str, given: bytes = b"", environ: Mapping[str, str] | None = None) -> Done:
        """Run the command to its end in this process, `given` on standard input."""
        out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
        with (
            typed(given),
            patch.dict(os.environ, {**self.environ, **(environ or {})}, clear=True),
            patch.multiple(sys, stdout=out, stderr=err),
        ):
            try:
                code = main(list(arguments))
            except SystemExit as left:  # bad usage, as argparse ends a process
                code = int(left.code or 0)
        return Done(code, *(_written(stream) for stream in (out, err)))

    def process(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
        """Run the command to its end in a process of its own."""
        command = [sys.executable, "-m", "agents", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environ, **(environ or {})}, capture_output=True, timeout=WITHIN_S
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a process, and leave it to the test to end it."""
        return subprocess.Popen(
            [sys.executable, "-m", "agents", *arguments],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heeds_ctrl_c,
        )


@contextmanager
def typed(given: bytes) -> Iterator[None]:
    """Lets this process read `given` from its standard input."""
    before = os.dup(0)
    with TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        os.dup2(file.fileno(), 0)
        try:
            yield
        finally:
            os.dup2(before, 0)
            os.close(before)


def _written(stream: TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()


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
