"""Control groups: the kernel counts and limits all processes of a run together. Versions 1 and 2.

A run's group is made below this process's own group (version 1) or beside it (version 2, where only a group without
processes passes controllers on). Which controllers can be used is tried; nothing raises when none can. Groups whose
maker was killed are emptied and removed by `Cgroups.clean`.
"""

import contextlib
import itertools
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Controller = Literal["memory", "pids", "cpu"]

_PREFIX = "studio-run-"
_V1_NAMES: dict[Controller, str] = {"memory": "memory", "pids": "pids", "cpu": "cpuacct"}
_NUMBERS = itertools.count(1)
_END_TIMEOUT_S = 10.0
_REMOVE_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Cgroup:
    """The control group of one run: a folder for each controller, the same one thrice in version 2."""

    folders: dict[Controller, Path]
    version: Literal[1, 2]

    @property
    def entries(self) -> list[Path]:
        """The files into which a process writes 0 to join. `tasks` moves one thread only, and takes no lock that others
        wait for; the joining process has one."""
        name = "tasks" if self.version == 1 else "cgroup.procs"
        return sorted({folder / name for folder in self.folders.values()})

    def limit(self, *, memory_bytes: int, n_processes: int) -> None:
        if folder := self.folders.get("memory"):
            if self.version == 1:
                (folder / "memory.limit_in_bytes").write_text(str(memory_bytes))
                _write_where_there(folder / "memory.memsw.limit_in_bytes", str(memory_bytes))
            else:
                (folder / "memory.max").write_text(str(memory_bytes))
                _write_where_there(folder / "memory.swap.max", "0")
                _write_where_there(folder / "memory.oom.group", "1")
        if folder := self.folders.get("pids"):
            (folder / "pids.max").write_text(str(n_processes))

    def has_hit_memory(self) -> bool:
        """Whether the kernel has killed a process of the run for its memory."""
        file = "memory.oom_control" if self.version == 1 else "memory.events"
        return "memory" in self.folders and count(self.folders["memory"] / file, "oom_kill") > 0

    def has_hit_processes(self) -> bool:
        return "pids" in self.folders and count(self.folders["pids"] / "pids.events", "max") > 0

    def cpu_s(self) -> float:
        """Processor time of all processes that were ever in the group."""
        if self.version == 1:
            return int((self.folders["cpu"] / "cpuacct.usage").read_text()) / 1e9
        return count(self.folders["cpu"] / "cpu.stat", "usage_usec") / 1e6

    def pids(self) -> list[int]:
        found: set[int] = set()
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                found.update(int(line) for line in (folder / "cgroup.procs").read_text().split() if line != "0")
        return sorted(found)

    def end(self) -> None:
        """Kill what is in it and remove it; return when both are done, or after 12 s."""
        deadline = time.monotonic() + _END_TIMEOUT_S
        while (pids := self.pids()) and time.monotonic() < deadline:
            for pid in pids:
                _kill_and_wait(pid, deadline)
        deadline = time.monotonic() + _REMOVE_TIMEOUT_S
        for folder in set(self.folders.values()):
            while not _is_removed(folder) and time.monotonic() < deadline:
                time.sleep(0.002)  # a killed process leaves its group a moment after it can be waited for


class Cgroups:
    """Where groups of runs are made on this machine. Thread-safe."""

    def __init__(self) -> None:
        self.version: Literal[1, 2] = 2
        self._parents = _v2_parents(*_memberships())
        if not self._parents:
            self.version, self._parents = 1, _v1_parents(*_memberships())

    @property
    def controllers(self) -> set[Controller]:
        """What can be counted and limited for a whole run; empty when nothing can."""
        return set(self._parents)

    def new(self) -> Cgroup:
        """An empty group without limits; raises OSError when the machine does not let it be made any more."""
        name = f"{_prefix()}{os.getpid()}-{began(os.getpid())}-{next(_NUMBERS)}"
        group = Cgroup({controller: parent / name for controller, parent in self._parents.items()}, self.version)
        try:
            for folder in set(group.folders.values()):
                folder.mkdir()
        except OSError:
            group.end()
            raise
        return group

    def clean(self) -> int:
        """Remove the groups whose maker has ended, and return how many there were."""
        n_ended = 0
        for name in {path.name for parent in set(self._parents.values()) for path in parent.glob(f"{_prefix()}*")}:
            pid, when, _ = name.removeprefix(_prefix()).split("-")
            if began(int(pid)) != when:
                folders = {key: parent / name for key, parent in self._parents.items() if (parent / name).is_dir()}
                Cgroup(folders, self.version).end()
                n_ended += 1
        return n_ended


def _prefix() -> str:
    """Of the groups of this process namespace: process numbers of other containers mean nothing in it."""
    return f"{_PREFIX}{os.stat('/proc/self/ns/pid').st_ino}-"


def began(pid: int) -> str:
    """Return when that process began, in the kernel's ticks; "" when there is none. With its number, a name that no
    other process has."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _memberships() -> tuple[dict[str, str], list[list[str]]]:
    """This process's path in each hierarchy, "" being version 2's, and the mount table's rows."""
    try:
        rows = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return {}, []
    return {name: path for _, names, path in rows for name in names.split(",")}, mounts


def _mounted(mounts: list[list[str]], kind: str, option: str, path: str) -> Path | None:
    """Return the folder of the group `path` of a mounted hierarchy; a mount may show a part of the hierarchy only."""
    for row in mounts:
        after = row[row.index("-") + 1 :]
        if after[0] != kind or (option and option not in after[2].split(",")):
            continue
        root = "" if row[3] == "/" else row[3]
        inside = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else ""
        return Path(row[4] + inside)
    return None


def _v1_parents(paths: dict[str, str], mounts: list[list[str]]) -> dict[Controller, Path]:
    found: dict[Controller, Path] = {}
    for controller, name in _V1_NAMES.items():
        folder = _mounted(mounts, "cgroup", name, paths[name]) if name in paths else None
        if folder is not None and _can_hold(folder):
            found[controller] = folder
    return found


def _v2_parents(paths: dict[str, str], mounts: list[list[str]]) -> dict[Controller, Path]:
    """This process's own group or the one above it, whichever counts and limits what is below it."""
    own = _mounted(mounts, "cgroup2", "", paths[""]) if "" in paths else None
    if own is None:
        return {}
    with contextlib.suppress(OSError):  # refused while a process is in it, and where it is not ours
        (own / "cgroup.subtree_control").write_text("+memory +pids")
    for folder in (own, own.parent):
        if {"memory", "pids"} <= set(_words(folder / "cgroup.subtree_control")) and _can_hold(folder):
            return {"memory": folder, "pids": folder, "cpu": folder}
    return {}


def _can_hold(folder: Path) -> bool:
    """Whether a group can be made in it, and processes of this one moved there."""
    trial = folder / f"{_prefix()}{os.getpid()}-{began(os.getpid())}-0"
    try:
        trial.mkdir(exist_ok=True)
        is_held = os.access(trial / "cgroup.procs", os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)
        trial.rmdir()
    except OSError:
        return False
    return is_held


def _kill_and_wait(pid: int, deadline: float) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        can_be_read(descriptor, deadline - time.monotonic())
    except OSError:
        return  # it was gone before
    finally:
        os.close(descriptor)


def can_be_read(descriptor: int, timeout_s: float) -> bool:
    """Return whether something can be read within that time; of a process's descriptor, whether it has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))


def _is_removed(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _write_where_there(file: Path, text: str) -> None:
    if file.exists():
        with contextlib.suppress(OSError):
            file.write_text(text)


def count(file: Path, name: str) -> int:
    """Return the number after `name` in a file of "name number" lines; 0 where there is none."""
    words = _words(file)
    return int(words[words.index(name) + 1]) if name in words[:-1] else 0


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
