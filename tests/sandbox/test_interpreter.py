"""Which folders a sandbox shows so that a Python runs in it, and which it never shows."""

import os
import sys
import venv
from pathlib import Path

import pytest

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.bwrap_arguments import SYSTEM, interpreter
from agents.sandbox.values import Order
from tests.support.run_folders import new_run_folders
from tests.support.sandbox import ended


class TestInterpreter:
    def test_an_environment_is_shown_with_what_its_links_lead_through(self, tmp_path: Path):
        environment = tmp_path / "environment"
        venv.create(environment, symlinks=True)
        found = interpreter(environment)
        assert found is not None
        assert found.executable == environment / "bin" / "python"
        base = Path(sys.base_prefix)
        is_shown_anyway = any(base.is_relative_to(system) for system in SYSTEM)
        assert environment in found.folders
        assert is_shown_anyway or base.resolve() in [folder.resolve() for folder in found.folders]

    def test_code_runs_in_that_environment_with_its_packages(self, tmp_path: Path):
        environment = tmp_path / "environment"
        venv.create(environment, symlinks=True)
        for folder in [environment, *environment.parents]:
            if folder.stat().st_uid == os.geteuid() and folder.is_relative_to(tmp_path):
                folder.chmod(0o755)
        site = next(environment.glob("lib/python*/site-packages"))
        (site / "of_the_environment.py").write_text("VALUE = 7\n")
        code = "import sys, of_the_environment as m; print(m.VALUE, sys.prefix)"
        with new_run_folders() as run_folders:
            result = ended(Bubblewrap(environment).run(Order(["python", "-c", code], run_folders)))
        assert result.output == f"7 {environment}\n"

    def test_without_one_it_is_this_process_s_python_without_its_packages(self):
        found = interpreter(None)
        assert found is not None
        assert found.executable.resolve().is_relative_to(Path(sys.base_prefix).resolve())
        assert Path(sys.prefix) not in found.folders or sys.prefix == sys.base_prefix

    def test_an_environment_that_is_not_there_is_none(self, tmp_path: Path):
        assert interpreter(tmp_path) is None

    @pytest.mark.parametrize("deep", [False, True], ids=["the home folder", "a folder above it"])
    def test_a_home_folder_is_never_shown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deep: bool):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python").touch()
        (tmp_path / "me").mkdir()
        monkeypatch.setenv("HOME", str(tmp_path / "me" if deep else tmp_path))
        assert interpreter(tmp_path) is None
