"""Has the sandbox's Python built by a worker, once a team that needs it was opened or started.

A build that was cut goes on at the next start. What code waits for, it builds itself; see `agents.sandbox.code_runner`.
"""

import logging
import threading
from contextlib import closing

from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import choose
from agents.settings import Settings

LOOK_EVERY_S = 2.0

log = logging.getLogger(__name__)


def keep_python(
    settings: Settings, stopping: threading.Event, python: PythonEnvironment | None = None
) -> threading.Thread:
    """Build it on a thread of its own once it is wanted, until it is there or `stopping` is set."""
    python = python or PythonEnvironment(settings.home)
    thread = threading.Thread(target=_keep, args=(python, settings, stopping), name="sandbox-python", daemon=True)
    thread.start()
    return thread


def _keep(python: PythonEnvironment, settings: Settings, stopping: threading.Event) -> None:
    while not (python.is_named or python.is_ready or stopping.wait(LOOK_EVERY_S)):
        if python.is_wanted and choose(settings.sandbox, settings.home).name in ("bubblewrap", "host"):
            _build(python, stopping)


def _build(python: PythonEnvironment, stopping: threading.Event) -> None:
    with closing(python.build()) as building:
        try:
            while not stopping.is_set():
                next(building)
        except StopIteration as end:
            if end.value:
                log.warning("The sandbox's Python could not be built: %s", end.value)
