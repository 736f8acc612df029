"""Tools from the command line: what they print spoils no JSON, and the built-in ones work on the chat's files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine, at, team
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

PLUGIN = '''
import subprocess
print("loud at import")

def shout(text: str) -> str:
    """Shout."""
    print(f"shouting {text}")
    subprocess.run(["echo", "from a child"], check=True)
    return text.upper()

def doze() -> str:
    """Take a moment."""
    import time
    time.sleep(0.6)
    return "rested"
'''


def calling(name: str, **arguments: Any) -> Reply:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return Reply(
        text=None, tool_calls=[{"id": "1", "type": "function", "function": function}], finish_reason="tool_calls"
    )


@pytest.fixture
def clerk(tmp_path: Path) -> str:
    """A team file: a boss and a clerk with tools that nobody is asked about."""
    plugins = tmp_path / "home" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "loud.py").write_text(PLUGIN)
    tools = ["shout", "doze", "write_file", "list_files", "read_file"]
    members = [{"name": "Boss", "role": "human", "human_input_mode": "NEVER"}, {"name": "Clerk", "tools": tools}]
    return team(tmp_path, "clerks", agents=members, policies=[{"action": "approve"}])


class TestAToolThatPrints:
    def test_spoils_no_json_and_is_found_in_the_log(
        self, agents: CommandLine, server: ScriptedServer, clerk: str, tmp_path: Path
    ):
        server.script([calling("shout", text="hey"), "Done. TERMINATE"])
        done = agents.process("run", clerk, "--task", "Shout", "--json", *at(server))
        assert done.code == 0, done.err
        assert [event["text"] for event in done.events if event["kind"] == "ToolReturned"] == ["HEY"]
        assert "from a child" in done.err
        log = (tmp_path / "home" / "command-line.log").read_text()
        assert "loud.py printed: loud at import" in log
        assert "shout printed: shouting hey" in log


class TestAToolThatTakesAMoment:
    def test_begins_no_message_while_nothing_is_said(self, agents: CommandLine, server: ScriptedServer, clerk: str):
        server.script([calling("doze"), "Done. TERMINATE"])
        done = agents("run", clerk, "--task", "Rest", *at(server))
        assert done.code == 0, done.err
        assert [line for line in done.out.splitlines() if line.startswith("Clerk:")] == ["Clerk: Done. TERMINATE"]


class TestFilesOfAChat:
    def test_are_written_listed_and_read_by_its_agents(
        self, agents: CommandLine, server: ScriptedServer, clerk: str, tmp_path: Path
    ):
        server.script(
            [
                calling("write_file", path="notes/a.txt", text="kept"),
                calling("list_files"),
                calling("read_file", path="/workspace/notes/a.txt"),
                "Done. TERMINATE",
            ]
        )
        done = agents("run", clerk, "--task", "Write", "--json", *at(server))
        assert done.code == 0, done.err
        said = [event["text"] for event in done.events if event["kind"] == "ToolReturned"]
        assert said == ["notes/a.txt is written (4 bytes).", "notes/a.txt (4 bytes)", "kept"]
        ((change,),) = [event["changes"] for event in done.events if event["kind"] == "FilesChanged"]
        assert (change["path"], change["change"], change["size"]) == ("notes/a.txt", "added", 4)
        files = tmp_path / "home" / "workspaces" / done.chat / "files"
        assert (files / "notes" / "a.txt").read_text() == "kept"
