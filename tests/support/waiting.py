"""Waiting for a condition instead of sleeping."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Returns as soon as `is_so()`; fails after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"still not so after {timeout_s} s"
        time.sleep(0.01)
