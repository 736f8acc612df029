"""The sandbox's Python that tests share, and the processes of a sandbox, found from outside and waited for."""

import contextlib
import os
import select
import sys
import uuid
from collections.abc import Generator
from pathlib import Path

from agents.sandbox.python_env import VARIABLE, PythonEnvironment
from agents.sandbox.values import RunResult


def sandboxed(folder: Path) -> list[int]:
    """Those alive in a sandbox of this machine that shows them `folder`, a chat's workspace."""
    found, own = [], os.readlink("/proc/self/ns/mnt")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended just now, or is another user's
            is_elsewhere = os.readlink(process / "ns/mnt") != own
            if is_elsewhere and f" {folder} ".encode() in (process / "mountinfo").read_bytes():
                found.append(int(process.name))
    return found


def ended(running: Generator[str, None, RunResult]) -> RunResult:
    """Its result; what it yields is passed over."""
    while True:
        try:
            next(running)
        except StopIteration as end:
            result: RunResult = end.value
            return result


def pids_of(marker: str) -> list[int]:
    """The processes of this machine with `marker` in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (folder / "cmdline").read_bytes().decode(errors="replace"):
                found.append(int(folder.name))
        except OSError:
            continue  # it has just ended
    return found


def wait_until_ended(pids: list[int]) -> None:
    """Returns when none of them runs any more; fails after a minute each."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            assert poll.poll(60_000), f"process {pid} runs on"
        finally:
            os.close(descriptor)


def long_number() -> str:
    """Seconds to sleep that nobody else on this machine asks for."""
    return f"9{uuid.uuid4().int % 10**9:09}"


def shared_python() -> PythonEnvironment:
    """The sandbox's Python of all tests, in the folder of the tests' own; the fixture `sandbox_python` builds it."""
    return PythonEnvironment(Path(sys.prefix) / "share" / "studio", environ={})


def shared_python_variable() -> dict[str, str]:
    """What tells a studio's process of it, once it is built: none of its own is fetched while a test runs."""
    python = shared_python()
    return {VARIABLE: str(python.folder)} if python.is_ready else {}
