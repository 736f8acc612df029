"""Which sandbox is used: what is set, or the first that works; the host never by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import StudioError
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import choose, probes
from agents.sandbox.values import Limits, Order, RunFolders, RunResult, Sandbox
from agents.settings import SANDBOXES, Settings


def said_by(sandbox: Sandbox, folder: Path, script: str) -> RunResult:
    running = sandbox.run(Order(["python", "-c", script], RunFolders(folder), Limits(wall_s=20)))
    while True:
        try:
            next(running)
        except StopIteration as ended:
            result: RunResult = ended.value
            return result


class TestChoosing:
    def test_auto_takes_what_works_here_and_never_the_host(self, tmp_path: Path):
        assert choose("auto", tmp_path).name == "bubblewrap"
        assert choose("auto", tmp_path).probe().is_working

    def test_auto_is_off_where_nothing_works(self, tmp_path: Path):
        """A process that finds no program for it."""
        code = "from pathlib import Path\nfrom agents.sandbox.selection import choose\n"
        code += "print(choose('auto', Path('.')).name)"
        said = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout == "off\n"

    @pytest.mark.parametrize(
        ("name", "is_called"),
        [("bubblewrap", "bubblewrap"), ("docker", "docker"), ("off", "off"), ("host-without-isolation", "host")],
    )
    def test_what_is_set_is_used_whether_it_works_or_not(self, tmp_path: Path, name: str, is_called: str):
        assert choose(name, tmp_path).name == is_called
        assert probes(name, tmp_path)[0].name == is_called

    def test_off_says_that_it_was_wanted(self, tmp_path: Path):
        result = said_by(choose("off", tmp_path), tmp_path, "print(1)")
        assert result.outcome == "unavailable"
        assert "STUDIO_SANDBOX is 'off'" in result.text

    def test_each_is_listed_once_with_why(self, tmp_path: Path):
        listed = probes("auto", tmp_path)
        assert sorted(probe.name for probe in listed) == ["bubblewrap", "docker"]
        assert all(probe.text for probe in listed)

    def test_the_sandboxs_python_is_used_from_the_moment_that_it_is_there(
        self, tmp_path: Path, sandbox_python: PythonEnvironment, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delenv("STUDIO_SANDBOX_PYTHON")
        (tmp_path / "files").mkdir()
        sandbox = choose("bubblewrap", tmp_path)
        script = "import importlib.util; print(importlib.util.find_spec('duckdb') is not None)"
        assert said_by(sandbox, tmp_path / "files", script).output == "False\n"
        monkeypatch.setenv("STUDIO_SANDBOX_PYTHON", str(sandbox_python.folder))
        assert said_by(sandbox, tmp_path / "files", script).output == "True\n"


class TestTheSetting:
    def test_it_is_auto_unless_it_is_set(self, tmp_path: Path):
        assert Settings.from_env({"STUDIO_HOME": str(tmp_path)}).sandbox == "auto"
        assert [Settings.from_env({"STUDIO_SANDBOX": name}).sandbox for name in SANDBOXES] == list(SANDBOXES)

    @pytest.mark.parametrize("text", ["host", "none", "Docker", "bwrap"])
    def test_another_word_is_refused_with_those_there_are(self, text: str):
        with pytest.raises(StudioError, match="host-without-isolation"):
            Settings.from_env({"STUDIO_SANDBOX": text})
