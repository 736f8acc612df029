"""The sandbox that needs no more than a Debian package: bubblewrap, with the kernel's own limits around it.

Started as root, code runs as a user of its own who owns nothing but the chat's workspace; started by an ordinary user,
as that user in a namespace without anybody else. `bwrap_arguments` says what code sees, `cgroups` and `resource_usage`
count what it uses.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from agents.cancellation import drain
from agents.sandbox import bwrap_arguments as arguments
from agents.sandbox.bwrap_arguments import Interpreter, interpreter
from agents.sandbox.cgroups import Cgroups, can_be_read
from agents.sandbox.resource_usage import DiskMeter, GroupMeter, TreeMeter, UsageMeter
from agents.sandbox.run_monitor import Job, MonitoredSandbox, in_memory, launch, make_owner, take_back
from agents.sandbox.seccomp import syscall_filter
from agents.sandbox.values import MIB, Limits, Order, Probe, RunFolders, RunResult

_PROGRAMS = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux"}

_WORKS = (
    "Code runs in bubblewrap: it sees only its chat's workspace and the system's programs, reaches no network unless "
    "its team allows it, and everything it starts ends with it."
)


class Bubblewrap(MonitoredSandbox):
    """A `Sandbox` made by bubblewrap. `python` is the folder of its Python environment; without one, code has Python's
    standard library only. With `may_use_groups` off, runs are counted as on a machine without control groups."""

    name = "bubblewrap"

    def __init__(self, python: Path | None = None, *, may_use_groups: bool = True) -> None:
        self._python = python
        self._groups = Cgroups() if may_use_groups else None
        super().__init__()

    def _job(self, order: Order) -> Job:
        return BwrapProcess(order, interpreter(self._python), self._groups)

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
            return drain(self._run(Order(command, RunFolders(Path(folder)), Limits(wall_s=20))))

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


_BEGIN_TIMEOUT_S, _END_TIMEOUT_S = 10.0, 10.0
_N_OF_BUBBLEWRAP = 2
"""Its own processes, which the control group counts as well."""


class BwrapProcess(Job):
    """One command in bubblewrap. OSError, with what bubblewrap said, when it cannot begin."""

    def __init__(self, order: Order, python: Interpreter | None, groups: Cgroups | None) -> None:
        super().__init__()
        self._folders = order.folders.writable
        self._process: subprocess.Popen[bytes] | None = None
        self._first: int | None = None
        """Descriptor of the sandbox's first process; when that is gone, all others are."""
        self._status_lines = b""
        self._group = groups.new() if groups is not None and groups.controllers else None
        try:
            self._begin(order, python)
        except OSError:
            self.end()
            self.close()
            raise

    def end(self) -> int | None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            can_be_read(self._first, _END_TIMEOUT_S)
        if self._group is not None:
            self._group.end()
        if self._process is None or self._first is None:
            return None
        self.disk.was_too_deep = take_back(self._folders)
        while can_be_read(self._status, 0) and (chunk := os.read(self._status, 4_096)):
            self._status_lines += chunk
        return _number(self._status_lines, "exit-code")

    def _begin(self, order: Order, python: Interpreter | None) -> None:
        limits = order.limits
        uid = arguments.uid_for(order.folders.files) if os.geteuid() == 0 else None
        if uid is not None:
            make_owner(self._folders, uid)
        with contextlib.ExitStack() as ours:  # what only bubblewrap needs is closed here once it has it
            kept: list[int] = []

            def pass_content(content: bytes) -> int:
                kept.append(in_memory(content))
                ours.callback(os.close, kept[-1])
                return kept[-1]

            self.output, output = self._pipe(ours)
            self._status, status = self._pipe(ours)
            words = arguments.argv(order, python=python, uid=uid, status=status, pass_content=pass_content)
            entries = []
            if self._group is not None:
                self._group.limit(
                    memory_bytes=limits.memory_bytes + _N_OF_BUBBLEWRAP * MIB,
                    n_processes=limits.n_processes + _N_OF_BUBBLEWRAP,
                )
                entries = self._group.entries
            source = pass_content(order.stdin.encode(errors="replace")) if order.stdin else subprocess.DEVNULL
            self._process = launch(words, groups=entries, stdin=source, output=output, keep=[status, *kept])
        while b"\n" not in self._status_lines and can_be_read(self._status, _BEGIN_TIMEOUT_S):
            if not (chunk := os.read(self._status, 4_096)):
                break
            self._status_lines += chunk
        first = _number(self._status_lines, "child-pid")
        if first is None:
            can_be_read(self.output, 1.0)
            raise OSError(os.read(self.output, 4_000).decode(errors="replace").strip())
        self._first = self._pidfd(first)
        self.exited = self._pidfd(self._process.pid)
        self.meters = self._all_meters(self._process.pid, limits)
        self.disk = DiskMeter(self._folders, limits, self._process.pid)

    def _all_meters(self, root: int, limits: Limits) -> list[UsageMeter]:
        counted = set(self._group.folders) if self._group is not None else set()
        by_kernel = [GroupMeter(self._group, limits)] if self._group is not None else []
        return [*by_kernel, *([TreeMeter(root, limits, counted)] if len(counted) < 3 else [])]


def _number(lines: bytes, name: str) -> int | None:
    """Return the value of `name` in the lines of JSON that bubblewrap has said."""
    for line in lines.splitlines():
        with contextlib.suppress(ValueError):
            if name in (values := json.loads(line)):
                return int(values[name])
    return None
