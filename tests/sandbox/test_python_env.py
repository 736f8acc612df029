"""The sandbox's Python is built once, by one process at a time, and what was half-built is built anew."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.sandbox.python_env import PACKAGES, PythonEnvironment, pinned

BUILD = """
import sys
from pathlib import Path
from agents.sandbox.python_env import PythonEnvironment
python = PythonEnvironment(Path(sys.argv[1]), {}, Path(sys.argv[2]))
building = python.build()
while True:
    try:
        said = next(building)
    except StopIteration as ended:
        print("ended:", ended.value, python.state)
        break
    if said:
        print(said, flush=True)
"""


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A list without packages: what is built of it is an environment all the same."""
    file = tmp_path / "packages.txt"
    file.write_text("# none\n")
    return file


def builder(home: Path, packages: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(home), str(packages)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    )


def drained(python: PythonEnvironment) -> str:
    building = python.build()
    while True:
        try:
            next(building)
        except StopIteration as ended:
            return str(ended.value)


class TestBuilding:
    def test_one_killed_in_the_middle_is_built_anew_and_of_two_processes_by_one(self, tmp_path: Path, few: Path):
        killed = builder(tmp_path, few)
        assert killed.stdout
        assert killed.stdout.readline() == "Making an environment\n"
        python = PythonEnvironment(tmp_path, {}, few)
        assert (python.state, python.is_ready) == ("building", False)
        assert python.progress == "Making an environment"
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        assert not python.is_ready
        both = [builder(tmp_path, few), builder(tmp_path, few)]
        said = [process.communicate(timeout=200)[0] for process in both]
        assert all(text.endswith("ended:  ready\n") for text in said)
        assert sorted("Making an environment" in text for text in said) == [False, True]
        assert PythonEnvironment(tmp_path, {}, few).is_ready
        assert drained(python) == ""
        assert subprocess.run([python.python, "-m", "pip", "--version"], capture_output=True).returncode == 0

    def test_why_it_could_not_be_built_is_kept_and_it_may_be_tried_again(self, tmp_path: Path, few: Path, monkeypatch):
        few.write_text("no-such-package-at-all==1\n")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        python = PythonEnvironment(tmp_path, {}, few)
        why = drained(python)
        assert "No matching distribution found for no-such-package-at-all==1" in why
        assert python.state == f"failed: {why}"
        assert not python.is_ready


class TestStates:
    def test_nothing_there_is_missing(self, tmp_path: Path):
        assert PythonEnvironment(tmp_path, {}).state == "missing"

    def test_a_named_one_is_used_as_it_is_and_never_built(self, tmp_path: Path, sandbox_python: PythonEnvironment):
        named = PythonEnvironment(tmp_path, {"STUDIO_SANDBOX_PYTHON": str(sandbox_python.folder)})
        assert (named.is_named, named.state, named.folder) == (True, "ready", sandbox_python.folder)
        assert not (tmp_path / "sandbox").exists()

    def test_a_named_one_that_is_not_there_says_so(self, tmp_path: Path):
        named = PythonEnvironment(tmp_path, {"STUDIO_SANDBOX_PYTHON": str(tmp_path / "gone")})
        assert named.state.startswith("failed: STUDIO_SANDBOX_PYTHON names")
        assert "no bin/python" in drained(named)

    def test_a_folder_that_cannot_be_made_is_an_error_as_a_value(self, tmp_path: Path):
        (tmp_path / "sandbox").write_text("in the way")
        assert "File exists" in drained(PythonEnvironment(tmp_path, {}))

    def test_every_package_is_pinned_and_it_holds_what_is_promised(self):
        promised = {"numpy", "pandas", "matplotlib", "plotly", "duckdb", "openpyxl", "fpdf2", "pytest"}
        assert promised <= pinned().keys()
        assert all(pinned().values())
        assert PACKAGES.read_text().count("==") == len(pinned())
