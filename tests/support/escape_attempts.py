"""Code that tries what it must not: how attempts are written, run and read, and what they are aimed at.

Each attempt prints one line, "name: refused (why)" or "name: SUCCEEDED ...", so that a hole is named by the test's
report. What an attempt would have to reach is really there: a secret file, a listening server, a process to be killed.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.values import Limits, Order, RunFolders, RunResult, Sandbox
from tests.support.ordinary_user import NOBODY, SECRET, OfOrdinaryUser
from tests.support.run_folders import new_run_folders
from tests.support.sandbox import ended, long_number

ATTEMPT = """
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def attempt(name, act):
    try:
        got = act()
    except Exception as error:
        number = getattr(error, "errno", None)
        print(f"{name}: refused ({errno.errorcode.get(number, type(error).__name__)})", flush=True)
    else:
        print(f"{name}: SUCCEEDED {str(got)[:200]!r}", flush=True)

def syscall(number, *words):
    if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(word) for word in words]) == -1:
        raise OSError(ctypes.get_errno(), "syscall")

def call(function, *words):
    if function(*words) == -1:
        raise OSError(ctypes.get_errno(), "call")
"""


class Attempts:
    """What those who try need; subclasses bring attempts, and theirs the sandbox."""

    uid_of_nobody: int | None = None

    @pytest.fixture
    def run_folders(self) -> Iterator[RunFolders]:
        with new_run_folders(self.uid_of_nobody) as run_folders:
            yield run_folders

    @pytest.fixture
    def secret(self) -> Iterator[Path]:
        """A file that everybody on this machine may read and change, outside every workspace."""
        with tempfile.TemporaryDirectory(prefix="studio-secret-") as folder:
            Path(folder).chmod(0o777)
            file = Path(folder) / "secret.txt"
            file.write_text(SECRET)
            file.chmod(0o666)
            yield file

    @pytest.fixture
    def bystander(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A process of the same user, which lives until it is killed."""
        with subprocess.Popen(["sleep", long_number()], user=self.uid_of_nobody) as process:
            yield process
            process.kill()

    def run(self, sandbox: Sandbox, code: str, run_folders: RunFolders, *words: str, **limits: float) -> RunResult:
        wanted = Limits(**{"wall_s": 60.0, **limits})  # type: ignore[arg-type]
        return ended(sandbox.run(Order(["python", "-c", ATTEMPT + code, *words], run_folders, wanted)))

    def refused(self, sandbox: Sandbox, code: str, run_folders: RunFolders, *words: str) -> dict[str, str]:
        """Each attempt's name and why it was refused. Fails when one was not, or the code broke off."""
        result = self.run(sandbox, code + "\nprint('all tried')", run_folders, *words)
        lines = result.output.splitlines()
        assert lines, result
        assert lines[-1] == "all tried", result.output
        assert not [line for line in lines if "SUCCEEDED" in line]
        return dict(line.removesuffix(")").split(": refused (", 1) for line in lines[:-1])


class OfRoot:
    """Brings the sandbox of whoever runs the tests: of root, where that is root."""

    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls) -> Sandbox:
        return Bubblewrap()


class OfAnybody:
    """Brings the sandbox of an ordinary user."""

    uid_of_nobody = NOBODY if os.geteuid() == 0 else None

    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
        if os.geteuid() != 0:
            yield Bubblewrap()
            return
        opened = OfOrdinaryUser(tmp_path_factory.mktemp("places"))
        yield opened
        opened.close()
