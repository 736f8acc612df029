"""What every sandbox promises, as one class: a sandbox's own tests subclass it and bring the fixture `sandbox`.

Runs are real: each test starts commands in the sandbox and looks at this machine afterwards.
"""

import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence

import pytest

from agents.sandbox.values import MIB, Limits, Order, RunFolders, RunResult, Sandbox
from tests.support.ordinary_user import SECRET
from tests.support.run_folders import new_run_folders
from tests.support.sandbox import ended, long_number, pids_of
from tests.support.waiting import allowed_s

HOGS = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = bytearray(os.urandom(1024)) * (40 * 1024)
        time.sleep(30)
        os._exit(0)
time.sleep(30)
"""
THREADS = """
import threading, time
started = [threading.Thread(target=time.sleep, args=(20,), daemon=True) for _ in range(60)]
for thread in started:
    thread.start()
time.sleep(20)
"""
BURNERS = """
import os
for _ in range(3):
    os.fork()
while True:
    pass
"""
DAEMON = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", sys.argv[1]])
    os._exit(0)
os.wait()
print("left it")
"""


class SandboxContract:
    """`sandbox` works; `run_folders` is empty, and belongs to who runs the sandbox."""

    @pytest.fixture
    def run_folders(self) -> Iterator[RunFolders]:
        with new_run_folders() as run_folders:
            yield run_folders

    def run(self, sandbox: Sandbox, command: Sequence[str], run_folders: RunFolders, **limits: float) -> RunResult:
        return ended(sandbox.run(Order(command, run_folders, Limits(**{"wall_s": 30.0, **limits}))))  # type: ignore[arg-type]

    def test_it_says_that_it_works_and_what_it_gives(self, sandbox: Sandbox):
        probe = sandbox.probe()
        assert probe.is_working, probe.text
        assert probe.name == sandbox.name
        assert probe.text.endswith(".")
        assert all(note.endswith(".") for note in probe.notes)

    def test_what_a_command_prints_and_returns_is_returned(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["sh", "-c", "echo one; echo two >&2; echo three; exit 3"], run_folders)
        assert (result.outcome, result.exit_code) == ("failed", 3)
        assert result.output == "one\ntwo\nthree\n"
        assert result.text == ""
        assert 0 < result.duration_s < allowed_s(10)

    def test_python_runs_and_the_workspace_is_where_it_starts(self, sandbox: Sandbox, run_folders: RunFolders):
        (run_folders.files / "numbers.txt").write_text("1\n2\n3\n")
        result = self.run(sandbox, ["python", "-c", "print(sum(map(int, open('numbers.txt'))))"], run_folders)
        assert (result.outcome, result.exit_code, result.output) == ("ok", 0, "6\n")

    def test_files_that_code_makes_can_be_read_changed_and_removed_here(
        self, sandbox: Sandbox, run_folders: RunFolders
    ):
        make = "mkdir -p a/b && echo made > a/b/c && echo hidden > d && chmod 000 d a/b/c a/b a && chmod 0444 d"
        assert self.run(sandbox, ["sh", "-c", make], run_folders).outcome == "ok"
        assert (run_folders.files / "a" / "b" / "c").read_text() == "made\n"
        (run_folders.files / "d").write_text("changed here")
        assert self.run(sandbox, ["sh", "-c", "cat d; rm -r a d"], run_folders).output == "changed here"
        assert list(run_folders.files.iterdir()) == []

    def test_standard_input_is_what_is_given_and_otherwise_empty(self, sandbox: Sandbox, run_folders: RunFolders):
        given = "a line\n" * 50_000
        counting = ["python", "-c", "import sys; print(len(sys.stdin.read()))"]
        assert ended(sandbox.run(Order(counting, run_folders, stdin=given))).output == f"{len(given)}\n"
        assert self.run(sandbox, counting, run_folders).output == "0\n"

    def test_nothing_of_this_environment_is_seen(
        self, sandbox: Sandbox, run_folders: RunFolders, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("STUDIO_TEST_SECRET", SECRET)
        result = self.run(
            sandbox, ["sh", "-c", "env; cat /proc/self/environ /proc/1/environ 2>/dev/null; true"], run_folders
        )
        assert "PATH=" in result.output
        assert SECRET not in result.output
        assert not [name for name in os.environ if name.startswith(("STUDIO_", "OPENAI_")) and name in result.output]

    def test_packages_of_the_chat_can_be_imported_and_not_changed(self, sandbox: Sandbox, run_folders: RunFolders):
        assert run_folders.packages is not None
        (run_folders.packages / "of_this_chat.py").write_text("VALUE = 42\n")
        assert (
            self.run(sandbox, ["python", "-c", "import of_this_chat as m; print(m.VALUE)"], run_folders).output
            == "42\n"
        )

    def test_what_is_printed_comes_while_it_runs(self, sandbox: Sandbox, run_folders: RunFolders):
        wait = "echo first; while [ ! -e go ]; do sleep 0.02; done; echo second"
        running = sandbox.run(Order(["sh", "-c", wait], run_folders, Limits(wall_s=30)))
        seen = ""
        for piece in running:
            seen += piece
            if "first" in seen and not (run_folders.files / "go").exists():
                assert "second" not in seen
                (run_folders.files / "go").touch()
        assert seen == "first\nsecond\n"

    def test_its_reader_can_look_up_while_nothing_is_printed(self, sandbox: Sandbox, run_folders: RunFolders):
        running = sandbox.run(Order(["sleep", "1.5"], run_folders, Limits(wall_s=30)))
        times = [time.monotonic() for _ in running]
        assert len(times) >= 5
        assert statistics.median(later - earlier for earlier, later in itertools.pairwise(times)) < 0.6

    def test_closing_ends_everything_it_started(self, sandbox: Sandbox, run_folders: RunFolders):
        marker = long_number()
        start = f"(setsid sleep {marker} &); sleep {marker} & echo started; wait"
        running = sandbox.run(Order(["sh", "-c", start], run_folders, Limits(wall_s=60)))
        next(piece for piece in running if "started" in piece)
        assert pids_of(marker)
        running.close()
        assert not pids_of(marker)

    def test_what_it_leaves_in_the_background_ends_with_it(self, sandbox: Sandbox, run_folders: RunFolders):
        marker = long_number()
        result = self.run(sandbox, ["python", "-c", DAEMON, marker], run_folders)
        assert (result.outcome, result.output) == ("ok", "left it\n")
        assert result.duration_s < allowed_s(20)
        assert not pids_of(marker)

    def test_text_that_is_no_text_is_made_valid(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(
            sandbox, ["python", "-c", r"import os; os.write(1, b'a\xff\x00\xe2\x82\xac\xe2\x82')"], run_folders
        )
        assert result.output == "a\ufffd\ufffd€\ufffd"

    def test_a_command_that_is_not_there_is_a_failed_run(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["no-such-program"], run_folders)
        assert (result.outcome, result.exit_code) == ("failed", 127)
        assert "no-such-program" in result.output

    def test_a_command_ended_by_a_signal_says_so_by_its_exit_code(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["sh", "-c", "kill -TERM $$"], run_folders)
        assert (result.outcome, result.exit_code) == ("failed", 128 + 15)

    # limits

    def test_wall_time_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["sh", "-c", "echo before; sleep 50"], run_folders, wall_s=0.7)
        assert (result.outcome, result.exit_code, result.output) == ("timeout", None, "before\n")
        assert "0.7 s" in result.text
        assert 0.7 <= result.duration_s < allowed_s(10)

    def test_processor_time_of_all_processes_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["python", "-c", BURNERS], run_folders, cpu_s=1)
        assert (result.outcome, result.exit_code) == ("cpu", None)
        assert "1 s of processor time" in result.text
        assert result.duration_s < allowed_s(20)

    def test_memory_of_all_processes_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["python", "-c", HOGS], run_folders, memory_bytes=128 * MIB)
        assert (result.outcome, result.exit_code) == ("memory", None)
        assert "128 MiB" in result.text
        assert result.duration_s < allowed_s(20)

    def test_processes_and_threads_are_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["python", "-c", THREADS], run_folders, n_processes=40)
        assert (result.outcome, result.exit_code) == ("processes", None)
        assert "40 processes" in result.text
        assert result.duration_s < allowed_s(15)

    def test_the_size_of_a_file_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        write = "with open('big', 'wb') as file:\n    for _ in range(100):\n        file.write(bytes(1024 * 1024))"
        result = self.run(sandbox, ["python", "-c", write], run_folders, file_bytes=5 * MIB)
        assert (result.outcome, result.exit_code) == ("disk", None)
        assert "5 MiB" in result.text
        assert (run_folders.files / "big").stat().st_size <= 5 * MIB

    def test_the_size_of_the_workspace_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        write = "for n in range(10_000):\n    with open(f'{n}', 'wb') as file:\n        file.write(bytes(1024 * 1024))"
        result = self.run(sandbox, ["python", "-c", write], run_folders, workspace_bytes=20 * MIB)
        assert (result.outcome, result.exit_code) == ("disk", None)
        assert "20 MiB" in result.text

    def test_what_it_prints_is_limited(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["sh", "-c", "yes"], run_folders, output_chars=5_000)
        assert (result.outcome, result.exit_code) == ("output", None)
        assert result.output == "y\n" * 2_500
        assert "5,000 characters" in result.text

    def test_what_is_within_its_limits_ends_well(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, ["sh", "-c", "yes | head -n 500"], run_folders, output_chars=1_000, n_processes=20)
        assert (result.outcome, len(result.output)) == ("ok", 1_000)
