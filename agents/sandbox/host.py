"""Code on the machine itself, with all the rights of the studio's user. Used only by the setting named for what it is.

Its environment is clean, its limits strike, and what it starts ends with it; nothing is hidden from it and nothing is
forbidden to it.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from agents.sandbox import process_guard
from agents.sandbox.bwrap_arguments import Interpreter, environment, interpreter, process_limits
from agents.sandbox.resource_usage import DiskMeter, TreeMeter, UsageMeter
from agents.sandbox.run_monitor import Job, MonitoredSandbox, in_memory
from agents.sandbox.values import Order, Probe

_END_TIMEOUT_S = 10.0

_WORKS = (
    "Code runs on this machine itself, without isolation: it can read and change everything that the studio's user can."
)


class Host(MonitoredSandbox):
    """A `Sandbox` by its limits alone. `python` is the folder of a Python environment, as for `Bubblewrap`."""

    name = "host"

    def __init__(self, python: Path | None = None) -> None:
        super().__init__()
        self._python = python

    def _probe_once(self) -> Probe:
        return Probe(
            self.name,
            True,
            _WORKS,
            [
                "Network rules of a team are not kept: code reaches whatever this machine reaches.",
                "Memory, processes and processor time of a run are added up twenty times a second, so a run may pass "
                "its limits for a moment.",
            ],
        )

    def _job(self, order: Order) -> Job:
        return _Bare(order, interpreter(self._python))


class _Bare(Job):
    """One command without isolation: `process_guard` runs the command and ends it when its lifeline is cut."""

    def __init__(self, order: Order, python: Interpreter | None) -> None:
        super().__init__()
        self._lifeline = self._open.enter_context(contextlib.ExitStack())
        """Closed, it ends the command."""
        try:
            self._begin(order, python)
        except OSError:
            self.close()
            raise

    def _begin(self, order: Order, python: Interpreter | None) -> None:
        with contextlib.ExitStack() as theirs:
            self.output, output = self._pipe(theirs)
            lifeline, held = os.pipe2(os.O_CLOEXEC)
            self._lifeline.callback(os.close, held)
            theirs.callback(os.close, lifeline)
            source = subprocess.DEVNULL
            if order.stdin:
                source = in_memory(order.stdin.encode(errors="replace"))
                theirs.callback(os.close, source)
            allowed = ",".join(f"{number}={value}" for number, value in process_limits(order.limits).values())
            command = list(order.command)
            if command[0] == "python" and python is not None:
                command[0] = str(python.executable)
            words = [sys.executable, "-I", "-S", process_guard.__file__, str(lifeline), "0", allowed]
            self._process = subprocess.Popen(
                [*words, *command],
                stdin=source,
                stdout=output,
                stderr=output,
                cwd=order.folders.files,
                env=environment(python, packages=str(order.folders.packages or "")),
                pass_fds=[lifeline],
                start_new_session=True,
            )
        self.exited = self._pidfd(self._process.pid)
        self.meters: list[UsageMeter] = [TreeMeter(self._process.pid, order.limits, set())]
        self.disk = DiskMeter(order.folders.writable, order.limits, self._process.pid)

    def end(self) -> int | None:
        self._lifeline.close()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self._process.returncode if self._process.returncode >= 0 else None
