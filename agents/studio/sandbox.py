"""The sandbox: where code runs and why not elsewhere, and its Python.

A service of `agents.studio.Session`. Knows no screen and no SQL.
"""

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass

from agents.cancellation import drain
from agents.sandbox.python_env import PythonEnvironment, pinned
from agents.sandbox.selection import choose, probes
from agents.sandbox.values import Probe
from agents.specs import TeamSpec
from agents.studio.service import Service, needs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SandboxReport:
    """Where code runs, and with what."""

    probes: list[Probe]
    """What there is here; the first is used."""
    python: str
    """The sandbox's Python: "ready", "building", "missing", or "failed: why"."""
    doing: str
    """While it is built: what is being done, in words."""
    is_named: bool
    """Whether somebody else looks after it: STUDIO_SANDBOX_PYTHON says where it is."""
    folder: str
    """Where it is, or will be."""
    packages: dict[str, str]
    """What it holds: name -> version."""

    @property
    def chosen(self) -> Probe:
        """The sandbox in use."""
        return self.probes[0]


class Sandbox(Service):
    """The sandbox of this machine."""

    @needs("view")
    def report(self) -> SandboxReport:
        """Where code runs here, why not elsewhere, and its Python; may take a second when first asked."""
        python = PythonEnvironment(self._studio.settings.home)
        return SandboxReport(
            probes=probes(self._studio.settings.sandbox, self._studio.settings.home),
            python=python.state,
            doing=python.progress,
            is_named=python.is_named,
            folder=str(python.folder),
            packages=pinned(),
        )

    @needs("view")
    def warning(self, team: TeamSpec | None) -> str:
        """What `team` must know of this machine: "" when it runs no code, or in a sandbox; else that code does not run
        and how to get a sandbox, or that it runs without one."""
        if team is None or not any(agent.role == "executor" for agent in team.agents):
            return ""
        probe = choose(self._studio.settings.sandbox, self._studio.settings.home).probe()
        if not probe.is_working:
            return f"Code cannot run here. {probe.text}"
        return f"{probe.text} Each block is asked about." if probe.name == "host" else ""

    @needs("administer", act="build the sandbox's Python")
    def build_python(self) -> None:
        """Begin to build the sandbox's Python, on a thread of this process; `report` says how far it is. Nothing
        happens when it is there, or is being built."""
        python = PythonEnvironment(self._studio.settings.home)
        if python.state in ("ready", "building"):
            return
        building = python.build()
        if next(building, None) is not None:  # it has begun, and everybody sees it
            threading.Thread(target=_build, args=(building,), name="sandbox-python", daemon=True).start()


def _build(building: Generator[str, None, str]) -> None:
    if why := drain(building):
        log.warning("The sandbox's Python could not be built: %s", why)
