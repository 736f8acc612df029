"""Waiting for a condition instead of sleeping, and how long things may take where other programs run too."""

import os
import time
from collections.abc import Callable
from typing import Any

WITHIN_S = 60.0
"""Far longer than anything here takes, also where other programs use the processors."""
ROOM_S = 2.0
"""What any wait may take longer where the processors are shared."""


def wait_until(condition: Callable[[], Any], *, within_s: float = WITHIN_S, what: str = "it") -> Any:
    """Return the first true value of `condition`, asked every few milliseconds; AssertionError when none comes."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(0.01)
    return value


def allowed_s(idle_s: float) -> float:
    """Return what may take now what takes at most `idle_s` on an idle machine: as many times longer as programs wait
    for each processor, and some room."""
    return idle_s * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) + ROOM_S
