"""How time, CPU and memory are read: medians, and what Linux says of a process under /proc. Knows no studio."""

import math
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def cpu_s(pid: int) -> float:
    """Seconds of CPU that the process used so far, its threads included, its children not."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def rss_mib(pid: int | str = "self") -> float:
    """Memory that the process holds now."""
    return _status_kib(pid, "VmRSS") / 1024


def peak_rss_mib(pid: int | str = "self") -> float:
    """The most memory that the process ever held."""
    return _status_kib(pid, "VmHWM") / 1024


def n_threads(pid: int | str = "self") -> int:
    """Threads as the system counts them, those of C libraries included."""
    return _status_kib(pid, "Threads")


def children(pid: int) -> list[int]:
    """Process ids of the direct children."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")  # each thread has those that it started
    return [int(child) for each in lists for child in each.read_text().split()]


def _status_kib(pid: int | str, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(f"/proc/{pid}/status has no {name}")
