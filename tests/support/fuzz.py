"""How the fuzz tests are run: always with the same examples, each looked at for errors in the log, time and memory."""

import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

MOST_S = 2.0
"""Of a processor, for one example."""
MOST_MIB = 300
"""By how much a process may grow over all examples of a test."""

FIXTURES_ARE_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def examples(n: int) -> settings:
    """Run the test with `n` examples."""
    return settings(
        max_examples=n, database=None, derandomize=True, deadline=None, suppress_health_check=FIXTURES_ARE_SHARED
    )


@contextmanager
def harmless(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when the block leaves an error or a traceback in the log, takes too long or keeps too much memory."""
    caplog.clear()
    began_s, before_mib = time.process_time(), _mib()
    yield
    assert time.process_time() - began_s < MOST_S
    assert _mib() - before_mib < MOST_MIB
    assert [line.getMessage() for line in caplog.records if line.exc_info or line.levelno >= logging.ERROR] == []


def _mib() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
