"""What sandboxes share that must be tried before it is known whether they work: one try per process, and the refusal.

Used by the sandboxes only.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence

from agents.sandbox.values import Limits, Probe, RunFolders, RunResult
from agents.specs.team import Network


class CachedProbe(ABC):
    """A `Sandbox` that finds out once per process whether it works, when it is first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Guards the probe: two first askers would both run one."""
        self._probe: Probe | None = None

    def probe(self) -> Probe:
        with self._lock:
            if self._probe is None:
                self._probe = self._probe_once()
            return self._probe

    def run(
        self,
        command: Sequence[str],
        run_folders: RunFolders,
        *,
        limits: Limits,
        network: Network = "none",
        stdin: str = "",
    ) -> Generator[str, None, RunResult]:
        probe = self.probe()
        if not probe.is_working:
            return RunResult("unavailable", None, "", f"The code was not run. {probe.text}")
        return (yield from self._run(command, run_folders, limits, network, stdin))

    @abstractmethod
    def _probe_once(self) -> Probe:
        """Find out by running something; never raise."""

    @abstractmethod
    def _run(
        self, command: Sequence[str], run_folders: RunFolders, limits: Limits, network: Network, stdin: str
    ) -> Generator[str, None, RunResult]:
        """As `Sandbox.run`, where it works or that is to be found out."""
