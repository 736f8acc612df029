"""Waiting for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import Any

WITHIN_S = 60.0
"""Far longer than anything here takes, also where other programs use the processors."""


def wait_until(condition: Callable[[], Any], *, within_s: float = WITHIN_S, what: str = "it") -> Any:
    """Return the first true value of `condition`, asked every few milliseconds; AssertionError when none comes."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(0.01)
    return value
