"""Files that code leaves behind, and names of processes, that must not break the studio."""

from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.values import RunFolders
from agents.specs.team_parts import SandboxSpec

DEEP = """
import os
open('kept.txt', 'w').write('kept')
for n in range(3000):
    os.mkdir('d')
    os.chdir('d')
open('hidden.bin', 'w').write('x')
os.chmod('.', 0)
"""
NAMELESS = """
import ctypes, time
ctypes.CDLL(None).prctl(15, b'\\xff\\xfe) 1 (', 0, 0, 0)
time.sleep(0.5)
print('done')
"""


@pytest.fixture(params=[True, False], ids=["groups", "no groups"])
def runner(request: pytest.FixtureRequest, sandbox_python: PythonEnvironment, tmp_path: Path) -> CodeRunner:
    (tmp_path / "files").mkdir()
    sandbox = Bubblewrap(sandbox_python.folder, may_use_groups=request.param)
    return CodeRunner(sandbox, RunFolders(tmp_path / "files"), SandboxSpec(timeout_s=20))


def test_folders_deeper_than_any_path_are_over_a_limit_and_break_nothing(runner: CodeRunner):
    result = drain(runner.run("python", DEEP))
    assert result.outcome == "disk"
    assert "100 deep" in result.text
    assert [file.name for file in runner.run_folders.files.iterdir()] == ["kept.txt"]
    assert drain(runner.run("python", "print(open('kept.txt').read())")).text.endswith("kept")


def test_a_process_whose_name_is_no_text_is_counted_like_others(runner: CodeRunner):
    assert drain(runner.run("python", NAMELESS)).text.endswith("done")
