"""Code on the machine itself keeps the promises of a sandbox, except isolation."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.sandbox.host import Host
from agents.sandbox.values import Limits, Order, RunFolders, Sandbox
from tests.sandbox.contract import SandboxContract
from tests.support.ordinary_user import ROOT
from tests.support.sandbox import long_number, pids_of, wait_until_ended

WORKER = """
import sys
from pathlib import Path
from agents.sandbox.host import Host
from agents.sandbox.values import Limits, Order, RunFolders
command = ["sh", "-c", f"(setsid sleep {sys.argv[2]} &); echo begun; sleep {sys.argv[2]}"]
for piece in Host().run(Order(command, RunFolders(Path(sys.argv[1])), Limits(wall_s=600))):
    if piece:
        print(piece, end="", flush=True)
"""


class TestHost(SandboxContract):
    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Sandbox:
        return Host()

    def test_it_says_that_nothing_is_isolated(self, sandbox: Sandbox):
        assert "without isolation" in sandbox.probe().text
        assert "reaches whatever this machine reaches" in sandbox.probe().notes[0]

    def test_nothing_runs_on_when_the_studio_is_killed(self, run_folders: RunFolders):
        marker = long_number()
        command = [sys.executable, "-c", WORKER, str(run_folders.files), marker]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "begun\n"
            running = pids_of(marker)
            assert len(running) >= 3
            worker.send_signal(signal.SIGKILL)
        wait_until_ended(running)
        assert not pids_of(marker)

    def test_a_run_that_cannot_begin_leaves_no_descriptor_open(self, sandbox: Sandbox, tmp_path: Path):
        n_open = len(os.listdir("/proc/self/fd"))
        gone = RunFolders(tmp_path / "gone")
        results = [drain(sandbox.run(Order(["true"], gone, Limits(wall_s=5)))) for _ in range(3)]
        assert {result.outcome for result in results} == {"unavailable"}
        assert len(os.listdir("/proc/self/fd")) == n_open
