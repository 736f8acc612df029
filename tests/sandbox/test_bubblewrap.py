"""bubblewrap keeps the sandbox's promises: as root, without control groups, and started by an ordinary user."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.cgroups import Cgroups
from agents.sandbox.values import Limits, Order, RunFolders, Sandbox
from tests.sandbox.contract import SandboxContract
from tests.support.ordinary_user import NOBODY, ROOT, OfOrdinaryUser
from tests.support.run_folders import new_run_folders
from tests.support.sandbox import ended, long_number, pids_of, wait_until_ended

WORKER = """
import sys
from pathlib import Path
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.values import Limits, Order, RunFolders
sandbox = Bubblewrap(may_use_groups=sys.argv[1] == "groups")
command = ["sh", "-c", f"(setsid sleep {sys.argv[3]} &); echo begun; sleep {sys.argv[3]}"]
for piece in sandbox.run(Order(command, RunFolders(Path(sys.argv[2])), Limits(wall_s=600))):
    if piece:
        print(piece, end="", flush=True)
"""


class TestBubblewrap(SandboxContract):
    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Sandbox:
        return Bubblewrap()

    def test_a_hundred_runs_at_once_all_end(self, sandbox: Sandbox):
        def one(number: int) -> str:
            with new_run_folders() as run_folders:
                command = ["sh", "-c", f"echo {number} > mine; sleep 0.2; cat mine; ls"]
                result = ended(sandbox.run(Order(command, run_folders, Limits(wall_s=120))))
            assert result.outcome == "ok", result
            return result.output

        with ThreadPoolExecutor(100) as pool:
            outputs = list(pool.map(one, range(100)))
        assert outputs == [f"{number}\nmine\n" for number in range(100)]

    @pytest.mark.parametrize("counting", ["groups", "trees"])
    def test_nothing_runs_on_when_the_studio_is_killed(self, counting: str, run_folders: RunFolders):
        marker = long_number()
        command = [sys.executable, "-c", WORKER, counting, str(run_folders.files), marker]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "begun\n"
            running = pids_of(marker)
            assert len(running) >= 3
            worker.send_signal(signal.SIGKILL)
        wait_until_ended(running)
        assert not pids_of(marker)

    def test_control_groups_of_a_killed_studio_are_removed_by_the_next(self, run_folders: RunFolders):
        command = [sys.executable, "-c", WORKER, "groups", str(run_folders.files), long_number()]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "begun\n"
            assert len(_groups_of(worker.pid)) == len(set(Cgroups()._parents.values()))
            worker.kill()
        assert Bubblewrap().probe().is_working
        assert _groups_of(worker.pid) == []

    def test_a_run_leaves_no_descriptor_and_no_control_group(self, sandbox: Sandbox, run_folders: RunFolders):
        self.run(sandbox, ["true"], run_folders)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            self.run(sandbox, ["true"], run_folders)
        sandbox.run(Order(["true"], run_folders)).close()
        assert len(os.listdir("/proc/self/fd")) == before
        assert _groups_of(os.getpid()) == []

    def test_packages_can_be_written_only_while_installing(self, sandbox: Sandbox, run_folders: RunFolders):
        write = ["sh", "-c", "echo 'VALUE = 1' > /packages/new.py"]
        assert self.run(sandbox, write, run_folders).outcome == "failed"
        installing = RunFolders(run_folders.files, run_folders.packages, may_install=True)
        assert self.run(sandbox, write, installing).outcome == "ok"
        assert self.run(sandbox, ["python", "-c", "import new; print(new.VALUE)"], run_folders).output == "1\n"

    def test_with_network_all_code_reaches_what_this_machine_reaches(self, sandbox: Sandbox, run_folders: RunFolders):
        with _listening() as port:
            connect = ["python", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port})); print('in')"]
            assert ended(sandbox.run(Order(connect, run_folders, network="all"))).output == "in\n"
            assert ended(sandbox.run(Order(connect, run_folders))).outcome == "failed"


class TestBubblewrapWithoutControlGroups(SandboxContract):
    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Sandbox:
        return Bubblewrap(may_use_groups=False)

    def test_it_says_which_limits_are_weaker(self, sandbox: Sandbox):
        notes = " ".join(sandbox.probe().notes)
        assert "Memory of a run is limited by adding up" in notes
        assert "Processes of a run are limited by counting" in notes


class TestBubblewrapOfAnOrdinaryUser(SandboxContract):
    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
        if os.geteuid() != 0:
            yield Bubblewrap()
            return
        opened = OfOrdinaryUser(tmp_path_factory.mktemp("places"))
        yield opened
        opened.close()

    @pytest.fixture
    def run_folders(self) -> Iterator[RunFolders]:
        with new_run_folders(NOBODY if os.geteuid() == 0 else None) as run_folders:
            yield run_folders


def _groups_of(pid: int) -> list[Path]:
    """The control groups of runs that this process made and that are still there."""
    parents = set(Cgroups()._parents.values())
    return [path for parent in parents for path in parent.glob("studio-run-*") if path.name.split("-")[3] == str(pid)]


@contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
