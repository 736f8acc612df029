"""Runs a team's Python script as people do: a process of its own, the scripted server, and a person at its terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from agents.exchange import team_script
from agents.specs import TeamSpec
from tests.support.scripted_server import ScriptedServer

MESSAGE = re.compile(r"^([\w-]+) \(to [\w-]+\):\n\n(.*?)\n\n-{80}$", re.DOTALL | re.MULTILINE)
"""As AutoGen prints one."""
COLOURS = re.compile(r"\x1b\[\d+m")
WITHIN_S = 120


def run_script(
    team: TeamSpec, server: ScriptedServer, folder: Path, task: str, typed: str = ""
) -> list[tuple[str, str]]:
    """Return (agent, content) of the messages that the team's script prints, with `typed` at its terminal."""
    script = folder / "team.py"
    script.write_text(team_script(team), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "SYSTEMROOT")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), task],
        cwd=folder,
        env={**kept, "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test", "OPENAI_MODEL": "scripted"},
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return MESSAGE.findall(COLOURS.sub("", done.stdout))


def requests_of(server: ScriptedServer) -> list[dict[str, Any]]:
    """What the server was asked, in order, without how the answer was to be sent: the studio reads streams, and tells a
    server which names a choice of speaker is among."""
    how = ("stream", "stream_options", "response_format")
    return [
        {
            "messages": record.messages,
            "model": record.model,
            **{name: value for name, value in record.parameters.items() if name not in how},
        }
        for record in server.records
    ]
