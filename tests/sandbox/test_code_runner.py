"""A chat's workbench, in a real sandbox with the sandbox's Python: what runs, what is kept, what is missing."""

import os
import select
import socket
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import MAX_TEXT_CHARS, CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import Off
from agents.sandbox.values import CodeResult, RunFolders, Sandbox
from agents.specs.team_parts import SandboxSpec
from tests.support.package_index import forget
from tests.support.waiting import allowed_s


@pytest.fixture(scope="module")
def sandbox(sandbox_python: PythonEnvironment) -> Sandbox:
    return Bubblewrap(sandbox_python.folder)


@pytest.fixture
def run_folders(tmp_path: Path) -> RunFolders:
    (tmp_path / "files").mkdir()
    return RunFolders(tmp_path / "files", tmp_path / "packages")


@pytest.fixture
def runner(sandbox: Sandbox, run_folders: RunFolders, sandbox_python: PythonEnvironment) -> CodeRunner:
    return CodeRunner(sandbox, run_folders, SandboxSpec(), sandbox_python)


def has_come(server: socket.socket) -> bool:
    """Whether somebody has connected."""
    return bool(select.select([server], [], [], 0)[0])


def done(running: Generator[str, None, CodeResult]) -> tuple[CodeResult, str]:
    """(what it came to, what it said on the way)."""
    said = ""
    while True:
        try:
            said += next(running)
        except StopIteration as ended:
            result: CodeResult = ended.value
            return result, said


def names(run_folders: RunFolders) -> list[str]:
    return sorted(os.listdir(run_folders.files))


class TestRunning:
    def test_what_it_printed_is_told_as_autogen_tells_it(self, runner: CodeRunner, run_folders: RunFolders):
        result, said = done(runner.run("python", "print('hello')"))
        assert result.text == "exitcode: 0 (execution succeeded)\nCode output: hello"
        assert (result.outcome, result.exit_code, said) == ("ok", 0, "hello\n")
        assert names(run_folders) == []

    def test_a_failure_has_its_traceback_with_the_line(self, runner: CodeRunner):
        result, _ = done(runner.run("py", "x = 1\n1 / 0"))
        assert result.text.startswith("exitcode: 1 (execution failed)\nCode output: Traceback")
        assert "1 / 0" in result.text
        assert (result.outcome, result.exit_code) == ("failed", 1)

    def test_a_named_block_is_kept_and_the_next_one_imports_it(self, runner: CodeRunner, run_folders: RunFolders):
        done(runner.run("python", "# filename: tasks.py\ndef add(): return 42\n"))
        assert names(run_folders) == ["tasks.py"]
        assert (run_folders.files / "tasks.py").read_text() == "# filename: tasks.py\ndef add(): return 42\n"
        assert "42" in done(runner.run("python", "import tasks; print(tasks.add())"))[0].text
        assert names(run_folders) == ["tasks.py"]

    def test_a_name_in_a_folder_makes_the_folder(self, runner: CodeRunner, run_folders: RunFolders):
        result, _ = done(runner.run("python", "# filename: shop/cart.py\nprint(__file__)"))
        assert "/shop/cart.py" in result.text
        assert (run_folders.files / "shop" / "cart.py").exists()

    @pytest.mark.parametrize("name", ["../../escaped.py", "/etc/escaped.py", "shop/../../escaped.py"])
    def test_a_name_that_leads_out_runs_nothing(self, runner: CodeRunner, run_folders: RunFolders, name: str):
        result, _ = done(runner.run("python", f"# filename: {name}\nopen('ran', 'w')"))
        assert (result.outcome, result.exit_code) == ("failed", None)
        assert "leads out of the workspace" in result.text
        assert names(run_folders) == []

    def test_a_link_in_the_workspace_leads_no_write_out(
        self, runner: CodeRunner, run_folders: RunFolders, tmp_path: Path
    ):
        victim = tmp_path / "victim.py"
        victim.write_text("untouched")
        (run_folders.files / "out.py").symlink_to(victim)
        (run_folders.files / "folder").symlink_to(tmp_path)
        done(runner.run("python", "# filename: out.py\nprint('mine')"))
        done(runner.run("python", "# filename: folder/new.py\nprint('mine')"))
        assert victim.read_text() == "untouched"
        assert not (tmp_path / "new.py").exists()

    def test_shell_blocks_run_in_the_workspace_with_the_same_python(self, runner: CodeRunner, run_folders: RunFolders):
        result, _ = done(runner.run("bash", "echo $((6*7)) > n.txt\npython -c 'import numpy; print(numpy.__name__)'"))
        assert result.text.endswith("numpy")
        assert (run_folders.files / "n.txt").read_text() == "42\n"

    def test_a_page_is_kept_and_not_run(self, runner: CodeRunner, run_folders: RunFolders):
        result, _ = done(runner.run("html", "<!-- filename: page.html -->\n<b>hi</b>"))
        assert "Saved as page.html" in result.text
        assert (run_folders.files / "page.html").read_text().endswith("<b>hi</b>\n")

    def test_a_chart_is_drawn_without_a_screen(self, runner: CodeRunner, run_folders: RunFolders):
        code = (
            "import pandas as pd\nimport matplotlib.pyplot as plt\npd.Series([1, 2]).plot()\nplt.savefig('chart.png')"
        )
        result, _ = done(runner.run("python", code))
        assert result.text == "exitcode: 0 (execution succeeded)\nCode output: "
        assert (run_folders.files / "chart.png").read_bytes().startswith(b"\x89PNG")

    def test_a_limit_that_struck_is_the_last_thing_said(self, sandbox: Sandbox, run_folders: RunFolders):
        runner = CodeRunner(sandbox, run_folders, SandboxSpec(timeout_s=0.5))
        result, _ = done(runner.run("python", "print('begun')\nwhile True: pass"))
        assert (result.outcome, result.exit_code) == ("timeout", None)
        assert result.text.startswith("exitcode: 124 (execution failed)\nCode output: begun\nThe code was stopped")

    def test_long_output_is_shortened_in_its_middle(self, runner: CodeRunner):
        result, said = done(runner.run("python", "print('a' * 30_000 + 'b' * 30_000)"))
        assert len(result.text) < MAX_TEXT_CHARS + 200
        assert "characters left out" in result.text
        assert result.text.endswith("b")
        assert len(said) == 60_001

    def test_input_is_at_its_end(self, runner: CodeRunner):
        assert "EOFError" in done(runner.run("python", "input()"))[0].text

    def test_a_block_without_a_name_that_was_left_behind_is_swept(self, runner: CodeRunner, run_folders: RunFolders):
        (run_folders.files / ".code-12345678.py").write_text("left by a process that was killed")
        done(runner.run("sh", "true"))
        assert names(run_folders) == []

    def test_closing_it_ends_the_run(self, runner: CodeRunner, run_folders: RunFolders):
        running = runner.run("python", "print('begun')\nimport time\nwhile True: time.sleep(0.01)")
        while "begun" not in next(running):
            continue
        running.close()
        assert names(run_folders) == []


CONNECTS = "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=5)\nprint('reached')"


class TestTheNetwork:
    @pytest.fixture
    def connects(self) -> Iterator[str]:
        """Code that reaches a server of this machine."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield CONNECTS.format(port=server.getsockname()[1])

    def test_is_closed_to_code_unless_the_team_opens_it(self, sandbox: Sandbox, run_folders: RunFolders, connects: str):
        closed, opened = (CodeRunner(sandbox, run_folders, SandboxSpec(network=network)) for network in ("none", "all"))
        assert done(closed.run("python", connects))[0].outcome == "failed"
        assert done(opened.run("python", connects))[0].text.endswith("reached")

    def test_is_closed_to_scripts_of_ours_whatever_the_team_says(
        self, sandbox: Sandbox, run_folders: RunFolders, connects: str
    ):
        runner = CodeRunner(sandbox, run_folders, SandboxSpec(network="all"))
        result = drain(runner.python(connects))
        assert (result.outcome, "reached" in result.output) == ("failed", False)


class TestTheTeamsLimits:
    def test_hold_for_memory(self, sandbox: Sandbox, run_folders: RunFolders):
        code = "block = bytearray(300 * 1024 * 1024)\nprint(len(block))"
        small, large = (CodeRunner(sandbox, run_folders, SandboxSpec(memory_mb=memory)) for memory in (100, 500))
        assert done(small.run("python", code))[0].outcome in ("memory", "failed")
        assert done(large.run("python", code))[0].outcome == "ok"


class TestWhyNot:
    def test_another_language_is_told_what_runs(self, runner: CodeRunner):
        assert "Write Python" in runner.why_not("ruby")
        assert "names no language" in runner.why_not("")
        assert runner.why_not("Python") == ""
        result, _ = done(runner.run("ruby", "puts 1"))
        assert (result.outcome, result.exit_code) == ("unavailable", None)

    def test_without_a_sandbox_it_says_how_to_get_one(self, run_folders: RunFolders):
        runner = CodeRunner(Off(), run_folders, SandboxSpec())
        assert "Code cannot run here" in runner.why_not("python")
        assert "bubblewrap" in done(runner.run("python", "print(1)"))[0].text
        assert drain(runner.missing("python", "import flask")) == []
        assert drain(runner.python("print(1)")).outcome == "unavailable"
        assert done(runner.install("flask", ""))[0].outcome == "unavailable"


class TestScripts:
    def test_a_script_of_ours_reads_its_input_and_the_workspace(self, runner: CodeRunner, run_folders: RunFolders):
        (run_folders.files / "t.csv").write_text("a\n1\n2\n")
        script = "import sys, duckdb; print(sys.stdin.read(), duckdb.sql(\"select sum(a) from 't.csv'\").fetchall())"
        assert drain(runner.python(script, stdin="said")).output == "said [(3,)]\n"

    def test_what_lies_in_the_workspace_is_never_imported_by_it(self, runner: CodeRunner, run_folders: RunFolders):
        (run_folders.files / "duckdb.py").write_text("raise SystemExit('hijacked')")
        (run_folders.files / "sitecustomize.py").write_text("print('hijacked')")
        assert drain(runner.python("import duckdb; print('ours')")).output == "ours\n"


class TestPackages:
    def test_what_is_there_is_not_missing(self, runner: CodeRunner):
        assert drain(runner.missing("python", "import os, numpy, pandas, pytest\nprint(1)")) == []
        assert drain(runner.missing("sh", "pip install pandas && ls")) == []

    def test_an_index_that_does_not_answer_keeps_nobody_waiting_who_looks_up(
        self, runner: CodeRunner, monkeypatch: pytest.MonkeyPatch
    ):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{mute.getsockname()[1]}/simple")
            forget()
            asking = runner.missing("python", "import slugify")
            while not has_come(mute):
                assert next(asking) == ""
            start = time.monotonic()
            assert [next(asking), next(asking)] == ["", ""]
            asking.close()
            assert time.monotonic() - start < allowed_s(2)
        forget()

    def test_an_install_serves_this_chat_and_is_not_asked_for_again(self, runner: CodeRunner, run_folders: RunFolders):
        code = "import slugify\nprint(slugify.slugify('Ä B'))"
        (lacking,) = drain(runner.missing("python", code))
        assert (lacking.module, lacking.package, lacking.doubts) == ("slugify", "python-slugify", [])
        result, _ = done(runner.install(lacking.package, lacking.version))
        assert result.outcome == "ok", result.text
        assert f"python-slugify {lacking.version}" in result.text
        assert drain(runner.missing("python", code)) == []
        assert drain(runner.missing("sh", "pip install python-slugify")) == []
        assert done(runner.run("python", code))[0].text.endswith("a-b")
        assert names(run_folders) == []
        other = CodeRunner(runner.sandbox, RunFolders(run_folders.files), SandboxSpec())
        assert [each.module for each in drain(other.missing("python", code))] == ["slugify"]

    def test_a_name_that_is_not_on_the_index_is_flagged_and_its_install_fails_in_words(self, runner: CodeRunner):
        (lacking,) = drain(runner.missing("python", "import zz_no_such_module_of_ours"))
        assert "There is no package of this name" in lacking.doubts[0]
        result, _ = done(runner.install(lacking.package, ""))
        assert result.outcome == "failed"
        assert "could not be installed" in result.text

    @pytest.mark.parametrize("package", ["--index-url=http://evil.example", "../x", "a;b"])
    def test_what_is_no_package_is_not_installed(self, runner: CodeRunner, package: str):
        result, _ = done(runner.install(package, ""))
        assert (result.outcome, result.exit_code) == ("failed", None)

    def test_the_environment_that_could_not_be_built_is_told(self, run_folders: RunFolders, tmp_path: Path):
        (tmp_path / "sandbox").write_text("in the way")
        runner = CodeRunner(Bubblewrap(None), run_folders, SandboxSpec(), PythonEnvironment(tmp_path, {}))
        result, _ = done(runner.run("python", "import duckdb"))
        assert "Only Python's own library can be used" in result.text
        assert done(runner.run("python", "print(6 * 7)"))[0].text.endswith("42")
