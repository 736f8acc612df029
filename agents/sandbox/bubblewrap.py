"""The sandbox that needs no more than a Debian package: bubblewrap, with the kernel's own limits around it.

Started as root, code runs as a user of its own who owns nothing but the chat's workspace; started by an ordinary user,
as that user in a namespace without anybody else. `bwrap_arguments` says what code sees, `bwrap_process` ends it,
`cgroups` and `resource_usage` count what it uses.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

from agents.cancellation import drain
from agents.sandbox import bwrap_arguments as arguments
from agents.sandbox.bwrap_process import BwrapProcess
from agents.sandbox.cgroups import Cgroups
from agents.sandbox.interpreter import Interpreter, interpreter
from agents.sandbox.probe import CachedProbe
from agents.sandbox.run_monitor import watch
from agents.sandbox.seccomp import syscall_filter
from agents.sandbox.values import Limits, Probe, RunFolders, RunResult
from agents.specs.team import Network

_PROGRAMS = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux"}

_WORKS = (
    "Code runs in bubblewrap: it sees only its chat's workspace and the system's programs, reaches no network unless "
    "its team allows it, and everything it starts ends with it."
)


class Bubblewrap(CachedProbe):
    """A `Sandbox` made by bubblewrap. `python` is the folder of its Python environment; without one, code has Python's
    standard library only. With `may_use_groups` off, runs are counted as on a machine without control groups."""

    name = "bubblewrap"

    def __init__(self, python: Path | None = None, *, may_use_groups: bool = True) -> None:
        self._python = python
        self._groups = Cgroups() if may_use_groups else None
        super().__init__()

    def _run(
        self, command: Sequence[str], run_folders: RunFolders, limits: Limits, network: Network, stdin: str
    ) -> Generator[str, None, RunResult]:
        try:
            job = BwrapProcess(
                command,
                run_folders,
                limits,
                network,
                stdin=stdin,
                python=interpreter(self._python),
                groups=self._groups,
            )
        except OSError as error:
            return RunResult(
                "unavailable", None, "", f"The code was not run: its sandbox could not be started ({error})."
            )
        try:
            return (yield from watch(job, limits))
        finally:
            job.close()

    def _probe_once(self) -> Probe:
        missing = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
        if missing:
            return Probe(self.name, False, _how_to_install(missing))
        if os.geteuid() == 0 and arguments.uid_for(Path("/")) is None:
            return Probe(
                self.name, False, "The studio runs as root, and there is no other user as whom it could run code."
            )
        if self._groups is not None:
            self._groups.clean()
        result = self._tried()
        if not _has_worked(result) and self._groups is not None:  # groups that look usable, and are not
            self._groups = None
            result = self._tried()
        if not _has_worked(result):
            return Probe(self.name, False, _why_blocked(result))
        return Probe(self.name, True, _WORKS, self._notes(interpreter(self._python)))

    def _tried(self) -> RunResult:
        command = ["python", "-c", "print('works')"] if interpreter(self._python) else ["echo", "works"]
        with tempfile.TemporaryDirectory(prefix="studio-probe-") as folder:
            return drain(self._run(command, RunFolders(Path(folder)), Limits(wall_s=20), "none", ""))

    def _notes(self, python: Interpreter | None) -> list[str]:
        counted = self._groups.controllers if self._groups else set()
        notes = []
        if "memory" not in counted:
            notes.append(
                "Memory of a run is limited by adding up its processes twenty times a second, so it may pass its limit "
                "for a moment: there is no control group for memory that the studio may use."
            )
        if "pids" not in counted:
            notes.append("Processes of a run are limited by counting them, so there may be more for a moment.")
        if "cpu" not in counted:
            notes.append("Processor time of a whole run is added up; the kernel limits it for each process only.")
        if not syscall_filter():
            notes.append("System calls are not filtered: the studio has no filter for this kind of processor.")
        if python is None:
            notes.append("There is no Python here that code may use, so only shell blocks run.")
        return notes


def _has_worked(result: RunResult) -> bool:
    return result.output.strip() == "works"


def _how_to_install(packages: list[str]) -> str:
    names = " ".join(packages)
    return (
        f"{' and '.join(packages)} is not installed. On Debian and Ubuntu: sudo apt-get install {names}; "
        f"on Fedora: sudo dnf install {names}. Then start the studio again."
    )


def _why_blocked(result: RunResult) -> str:
    said = " ".join((result.output or result.text).split())[:500]
    return (
        f"bubblewrap is installed and may not work here; it said: {said!r}. In a container, start that with "
        "--security-opt seccomp=unconfined --cap-add SYS_ADMIN or use Docker as the sandbox; on Ubuntu 24.04 and "
        "newer, AppArmor must allow bwrap to use user namespaces."
    )
