"""`doctor`: what works, what does not, and the exit code that says which."""

from pathlib import Path

import pytest

from agents.sandbox.python_env import PythonEnvironment
from tests.support.command_line import CommandLine, Done
from tests.support.scripted_server import ScriptedServer

pytestmark = pytest.mark.processes


def levels(done: Done) -> dict[str, str]:
    return {check["subject"]: check["level"] for check in done.events}


class TestDoctor:
    def test_a_studio_that_works_ends_with_0(
        self, agents: CommandLine, server: ScriptedServer, sandbox_python: PythonEnvironment
    ):
        agents.environ |= {"OPENAI_API_KEY": "sk-secret-4711", "OPENAI_BASE_URL": server.base_url, "OPENAI_MODEL": "m"}
        agents.environ["STUDIO_SANDBOX_PYTHON"] = str(sandbox_python.folder)
        done = agents("doctor")
        assert done.code == 0, done.out
        assert "(used) Code runs in bubblewrap" in done.out
        assert "sandbox docker      (not used)" in done.out
        assert "sandbox's Python    Ready in" in done.out
        assert "None runs now" in done.out
        assert "4711" not in done.out

    def test_each_check_is_a_json_line_and_off_is_no_failure_when_it_is_wanted(
        self, agents: CommandLine, server: ScriptedServer
    ):
        agents.environ |= {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.base_url, "OPENAI_MODEL": "m"}
        agents.environ["STUDIO_SANDBOX"] = "off"
        done = agents("doctor", "--json")
        assert (done.code, levels(done)["database"], levels(done)["sandbox"]) == (0, "ok", "ok")
        assert all(set(check) == {"subject", "level", "text", "notes"} for check in done.events)

    def test_what_fails_is_named_with_what_to_do_and_ends_with_1(self, agents: CommandLine, tmp_path: Path):
        agents.environ |= {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_MODEL": "m"}
        agents.environ |= {"STUDIO_SANDBOX_PYTHON": str(tmp_path / "gone"), "STUDIO_SANDBOX": "docker"}
        agents.environ["DOCKER_HOST"] = f"unix://{tmp_path}/none.sock"
        plugins = tmp_path / "home" / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "broken.py").write_text("1 / 0")
        (plugins / "whole.py").write_text(
            'def shout(text: str) -> str:\n    """Say it loud."""\n    return text.upper()\n'
        )
        done = agents("doctor", "--json")
        assert done.code == 1
        failed = {subject for subject, level in levels(done).items() if level == "failed"}
        assert {"model 'openai'", "sandbox docker", "sandbox's Python", "plugin broken.py"} <= failed
        assert "ZeroDivisionError" in done.out
        tools = next(check for check in done.events if check["subject"] == "tools")
        assert tools["level"] == "ok", "one bad plugin takes no other tool away"
        assert not any("whole.py" in check["text"] for check in done.events)

    def test_a_database_that_cannot_be_opened_is_a_check_like_the_others(self, tmp_path: Path):
        agents = CommandLine(tmp_path / "home")
        (tmp_path / "home").write_text("in the way")
        done = agents("doctor", "--json")
        assert (done.code, levels(done)) == (1, {"folder": "ok", "database": "failed"})
        assert "Traceback" not in done.err
