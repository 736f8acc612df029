"""What a run uses while it goes on: processor time, memory and processes; the size of its folders.

`GroupMeter` asks the kernel, which also enforces; `TreeMeter` adds up processes, for machines without control groups,
and notices a moment late.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agents.sandbox.cgroups import Cgroup, Controller
from agents.sandbox.values import MIB, Limits, RunOutcome

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LEAST_ENTRY_BYTES = 4096
_DISK_RESERVE_BYTES = 256 * MIB
_DISK_EVERY_S = 0.25
MAX_LEVELS, MAX_PATH_BYTES = 100, 3_800
"""Of nested folders, and of a path; what is deeper cannot be measured."""


class UsageMeter(Protocol):
    every_s: float
    """How often to ask it."""

    def limit_reached(self) -> RunOutcome | None:
        """Return the limit that the run has reached, if any. Right also just after its end."""
        ...


class GroupMeter:
    """Asks the run's control group, for the controllers that it has."""

    every_s = 0.25

    def __init__(self, group: Cgroup, limits: Limits) -> None:
        self._group = group
        self._limits = limits

    def limit_reached(self) -> RunOutcome | None:
        if self._group.has_hit_memory():
            return "memory"
        if self._group.has_hit_processes():
            return "processes"
        if "cpu" in self._group.folders and self._group.cpu_s() > self._limits.cpu_s:
            return "cpu"
        return None


class TreeMeter:
    """Adds up the processes below `root`, for all limits but those in `besides`."""

    every_s = 0.05

    def __init__(self, root: int, limits: Limits, besides: set[Controller]) -> None:
        self._root = root
        self._limits = limits
        self._besides = besides
        self._cpu_s = 0.0

    def limit_reached(self) -> RunOutcome | None:
        pids = list(_below(self._root))
        stats = [found for pid in pids if (found := _Stat.of(pid)) is not None]
        self._cpu_s = max(self._cpu_s, sum(found.cpu_s for found in stats))
        if "memory" not in self._besides and self._has_hit_memory(pids, stats):
            return "memory"
        if "pids" not in self._besides and sum(found.n_threads for found in stats) > self._limits.n_processes:
            return "processes"
        if "cpu" not in self._besides and self._cpu_s > self._limits.cpu_s:
            return "cpu"
        return None

    def _has_hit_memory(self, pids: list[int], stats: list["_Stat"]) -> bool:
        """Count shared memory once, which is slow, only when the quick sum is over the limit."""
        limit = self._limits.memory_bytes
        return sum(found.resident_bytes for found in stats) > limit and sum(map(_share_bytes, pids)) > limit


@dataclass(frozen=True)
class _Stat:
    cpu_s: float
    """Its own and that of its ended children."""
    n_threads: int
    resident_bytes: int

    @classmethod
    def of(cls, pid: int) -> "_Stat | None":
        with contextlib.suppress(OSError):
            said = Path(f"/proc/{pid}/stat").read_text(errors="replace")  # a process may call itself anything
            words = said.rpartition(")")[2].split()
            return cls(sum(map(int, words[11:15])) / _TICKS, int(words[17]), int(words[21]) * _PAGE)
        return None


def _below(root: int) -> Iterator[int]:
    """Yield all descendants of `root`. An orphan goes to the first process of its namespace, or to the nearest that
    asked for it, and so stays below."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                children = [int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
                waiting += children
                yield from children


def _share_bytes(pid: int) -> int:
    """Resident memory with a share of what is shared; 0 when the process is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class DiskMeter:
    """Measures the folders that a run may write, and deleted files that it holds open."""

    def __init__(self, folders: Sequence[Path], limits: Limits, root: int) -> None:
        self._folders = folders
        self._limits = limits
        self._root = root
        self._next = 0.0
        self._free_before = _free_bytes(folders[0])
        self.was_too_deep = False
        """Whether folders nested too deeply were found, and removed, after the run."""

    def limit_reached(self, *, is_last: bool = False) -> RunOutcome | None:
        """Spend at most a tenth of the time on looking; always look when `is_last`."""
        began = time.monotonic()
        if self.was_too_deep:
            return "disk"
        if began < self._next and not is_last:
            return None
        is_over = self._is_over()
        self._next = time.monotonic() + max(_DISK_EVERY_S, 9 * (time.monotonic() - began))
        if is_over:
            return "disk"
        floor = min(_DISK_RESERVE_BYTES, self._free_before // 2)
        return "disk" if _free_bytes(self._folders[0]) < floor else None

    def has_full_file(self) -> bool:
        """Whether a file has reached the size that no file may pass."""
        return any(
            entry.stat(follow_symlinks=False).st_size >= self._limits.file_bytes
            for folder in self._folders
            for entry in walk(folder)
            if entry.is_file(follow_symlinks=False)
        )

    def _is_over(self) -> bool:
        """Stop looking once it is known: a million files must not delay the run."""
        left = self._limits.workspace_bytes - self._deleted_bytes()
        for folder in self._folders:
            for entry in walk(folder, is_opening=True):
                left -= entry_bytes(entry)
                if left < 0 or is_too_deep(entry.path, folder):
                    return True
        return left < 0

    def _deleted_bytes(self) -> int:
        """Of deleted files that the run holds open or mapped into memory."""
        devices = {folder.stat().st_dev for folder in self._folders}
        sizes: dict[int, int] = {}
        for pid in _below(self._root):
            with contextlib.suppress(OSError):
                for name in os.listdir(f"/proc/{pid}/fd"):
                    with contextlib.suppress(OSError):
                        found = os.stat(f"/proc/{pid}/fd/{name}")
                        if found.st_nlink == 0 and found.st_dev in devices and stat.S_ISREG(found.st_mode):
                            sizes[found.st_ino] = found.st_blocks * 512
                for line in Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines():
                    if line.endswith(" (deleted)"):
                        addresses, _, _, device, inode, *_ = line.split()
                        if os.makedev(*(int(part, 16) for part in device.split(":"))) in devices:
                            first, last = (int(end, 16) for end in addresses.split("-"))
                            sizes[int(inode)] = max(sizes.get(int(inode), 0), last - first)
        return sum(sizes.values())


def entry_bytes(entry: os.DirEntry[str]) -> int:
    """Return what it takes on the disk, at least 4 KiB, so that the number of empty files is limited too; 0 when it is
    gone."""
    with contextlib.suppress(OSError):
        return max(_LEAST_ENTRY_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
    return 0


def walk(folder: str | Path, *, is_opening: bool = False) -> Iterator[os.DirEntry[str]]:
    """Yield everything below `folder`, links not followed; skip what goes away meanwhile, may not be read, or lies too
    deep. `is_opening` makes this user's folders readable, so that nothing is hidden in them."""
    waiting = [os.fspath(folder)]
    while waiting:
        path = waiting.pop()
        if is_opening and not os.access(path, os.R_OK | os.X_OK):
            _open_up(path)
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False) and not is_too_deep(entry.path, folder):
                    waiting.append(entry.path)


def is_too_deep(path: str, folder: str | Path) -> bool:
    n_levels = path.count("/") - os.fspath(folder).count("/")
    return n_levels > MAX_LEVELS or len(os.fsencode(path)) > MAX_PATH_BYTES


def _open_up(path: str) -> None:
    """Never through a link, which code may lay there at any moment."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY)
        try:
            os.chmod(f"/proc/self/fd/{descriptor}", 0o700)
        finally:
            os.close(descriptor)


def _free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
