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

COLOURS = re.compile(r"\x1b\[\d+m")
WITHIN_S = 600
"""Of a script; a busy machine takes minutes to import AutoGen."""


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
    # AutoGen prints a message behind its question to a person, on the same line.
    names = "|".join(re.escape(agent.name) for agent in team.agents)
    message = rf"({names}) \(to [\w-]+\):\n\n(.*?)\n\n-{{80}}\n"
    said = re.findall(message, COLOURS.sub("", done.stdout), re.DOTALL)
    return [(agent, content.rstrip()) for agent, content in said]


def requests_of(server: ScriptedServer) -> list[dict[str, Any]]:
    """What the server was asked, in order, without how the answer was to be sent: the studio reads streams, and tells
    a server which names a choice of speaker is among. Nor with what is white at a message's end: AutoGen keeps the line
    feed behind what code printed."""
    how = ("stream", "stream_options", "response_format")
    return [
        {
            "messages": [{**message, "content": str(message["content"]).rstrip()} for message in record.messages],
            "model": record.model,
            **{name: value for name, value in record.parameters.items() if name not in how},
        }
        for record in server.records
    ]
