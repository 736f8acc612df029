"""The sandbox's Python is built once, by one process at a time, and what was half-built is built anew."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agents.sandbox import python_env
from agents.sandbox.python_env import AT_ONCE, PACKAGES, PythonEnvironment, pinned
from agents.settings import Settings
from agents.worker.sandbox_python import keep_python
from tests.support.package_index import served
from tests.support.waiting import allowed_s

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
        python.want()
        assert not python.is_wanted, "it failed just now"
        monkeypatch.setattr(python_env, "AGAIN_S", 0.0)
        python.want()
        assert python.is_wanted


class TestFetching:
    def test_one_killed_while_it_fetches_goes_on_with_what_is_not_here_yet(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        names = [f"leaf{number}" for number in range(AT_ONCE * 2)]
        packages = tmp_path / "packages.txt"
        packages.write_text("".join(f"{name}==1.0  # why\n" for name in names))
        with served(monkeypatch) as index:
            for name in names:
                index.add(name)
            killed = builder(tmp_path, packages)
            assert killed.stdout
            n_names = len(names)
            for line in ("Making an environment", f"Fetching its packages: {n_names} of {n_names} to go",
                         f"Fetching its packages: {AT_ONCE} of {n_names} to go"):  # fmt: skip
                assert killed.stdout.readline() == f"{line}\n"
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
            killed.stdout.close()
            python = PythonEnvironment(tmp_path, {}, packages)
            assert (python.is_wanted, python.is_ready) == (True, False)
            (half,) = tmp_path.glob(f"sandbox/*.wheels/{names[0]}*")
            half.write_bytes(half.read_bytes()[:-30])  # as if it was killed while this one was written
            index.fetched.clear()
            both = [builder(tmp_path, packages), builder(tmp_path, packages)]
            said = [process.communicate(timeout=200)[0] for process in both]
            assert all(text.endswith("ended:  ready\n") for text in said)
            fetched = {name.partition("-")[0] for name in index.fetched}
            assert (names[0] in fetched, names[1] in fetched, names[-1] in fetched) == (True, False, True)
        assert subprocess.run([python.python, "-c", f"import {', '.join(names)}"]).returncode == 0
        assert not list(tmp_path.glob("sandbox/*.wheels"))
        assert not python.is_wanted

    def test_a_worker_builds_it_once_somebody_will_need_it(self, tmp_path: Path, few: Path):
        python, stopping = PythonEnvironment(tmp_path, {}, few), threading.Event()
        settings = Settings.from_env({"STUDIO_HOME": str(tmp_path), "STUDIO_SANDBOX": "host-without-isolation"})
        keeper = keep_python(settings, stopping, python)
        python.want()
        keeper.join(allowed_s(60))
        assert python.is_ready
        assert not python.is_wanted


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
