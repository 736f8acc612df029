"""A block of code is run as it was shown, whatever earlier blocks have laid in its way."""

from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.values import RunFolders
from agents.specs.team_parts import SandboxSpec

LAID = [
    "import os; os.symlink('/dev/null', 'main.py')",
    "import os; os.mkfifo('main.py')",
    "import os; os.symlink('/proc/self/comm', 'main.py')",
    "import os; open('other.txt', 'w').write('other'); os.link('other.txt', 'main.py')",
    "import os; open('main.py', 'w').write('evil'); os.chmod('main.py', 0o444)",
    "import socket; socket.socket(socket.AF_UNIX).bind('main.py')",
]


@pytest.fixture
def runner(sandbox_python: PythonEnvironment, tmp_path: Path) -> CodeRunner:
    (tmp_path / "files").mkdir()
    return CodeRunner(Bubblewrap(sandbox_python.folder), RunFolders(tmp_path / "files"), SandboxSpec(timeout_s=20))


@pytest.mark.parametrize("laid", LAID)
def test_what_has_its_name_gives_way_and_it_runs(runner: CodeRunner, laid: str):
    assert drain(runner.run("python", laid)).outcome == "ok"
    result = drain(runner.run("python", "# filename: main.py\nprint('as shown')"))
    assert (result.outcome, result.text.splitlines()[-1]) == ("ok", "Code output: as shown")
    main, other = runner.run_folders.files / "main.py", runner.run_folders.files / "other.txt"
    assert main.is_file()
    assert not main.is_symlink()
    assert not other.exists() or other.read_text() == "other"


def test_where_a_folder_has_its_name_nothing_runs_and_the_folder_stays(runner: CodeRunner):
    drain(runner.run("sh", "mkdir -p main.py && echo kept > main.py/x"))
    assert drain(runner.run("python", "# filename: main.py\nprint('as shown')")).outcome == "failed"
    assert (runner.run_folders.files / "main.py" / "x").read_text() == "kept\n"
