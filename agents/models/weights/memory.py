"""How much memory is free on this machine, as a container may see it."""

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def free_bytes(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int:
    """Return what a new process may take: what the kernel calls available, and no more than a control group leaves."""
    free = _available(meminfo)
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    return free if limit is None or used is None else min(free, max(0, limit - used))


def _available(meminfo: Path) -> int:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    pairs = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(pairs["MemAvailable"].split()[0]) * 1024


def _number(file: Path) -> int | None:
    """Return the number in the file; None when it says "max" or is not there."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
