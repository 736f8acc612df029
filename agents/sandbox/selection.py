"""Which sandbox code runs in: what STUDIO_SANDBOX says, or the first that works. Never the host by itself.

The one place that knows all of them. Whether one works is found out by starting something in it: when first asked, once
in each process.
"""

import threading
from collections.abc import Generator
from functools import cache
from pathlib import Path

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.docker import Docker
from agents.sandbox.host import Host
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.run_monitor import Job, MonitoredSandbox
from agents.sandbox.values import Order, Probe, RunResult, Sandbox

HOW_TO_GET_ONE = (
    "Install bubblewrap (on Debian and Ubuntu: sudo apt-get install bubblewrap) or start Docker, then start the studio "
    "again."
)


class Off(MonitoredSandbox):
    """A `Sandbox` that runs nothing. `why` is a sentence that says why this one was chosen."""

    name = "off"

    def __init__(self, why: str = f"No sandbox works on this machine. {HOW_TO_GET_ONE}") -> None:
        super().__init__()
        self._why = why

    def _probe_once(self) -> Probe:
        return Probe(self.name, False, self._why)

    def _job(self, order: Order) -> Job:
        raise OSError(self._why)


@cache
def choose(name: str, home: Path) -> Sandbox:
    """Return the sandbox that STUDIO_SANDBOX's `name` asks for, for the studio in `home`. Takes no time; what "auto"
    comes to is found out when it is first asked. It runs with the sandbox's Python from the moment that is built."""
    return _Chosen(name, home)


def probes(name: str, home: Path) -> list[Probe]:
    """Return what there is on this machine, the chosen one first; take a second when first asked."""
    chosen = choose(name, home).probe()
    others = [sandbox.probe() for sandbox in (_bubblewrap(_python_of(home)), _docker())]
    return [chosen, *(probe for probe in others if probe.name != chosen.name)]


class _Chosen:
    """The `Sandbox` that is meant: another one once the sandbox's Python is there."""

    def __init__(self, name: str, home: Path):
        self._name, self._home = name, home
        self._lock = threading.Lock()
        """Guards `_settled`: finding out twice would start everything twice."""
        self._settled = ""

    @property
    def name(self) -> str:
        return self._sandbox().name

    def probe(self) -> Probe:
        return self._sandbox().probe()

    def run(self, order: Order) -> Generator[str, None, RunResult]:
        return self._sandbox().run(order)

    def _sandbox(self) -> Sandbox:
        python = _python_of(self._home)
        with self._lock:
            if not self._settled:
                self._settled = _first_working(python) if self._name == "auto" else self._name
        match self._settled:
            case "bubblewrap":
                return _bubblewrap(python)
            case "docker":
                return _docker()
            case "host-without-isolation":
                return _host(python)
            case _:
                return _off(self._name == "off")


def _first_working(python: Path | None) -> str:
    for sandbox in (_bubblewrap(python), _docker()):
        if sandbox.probe().is_working:
            return sandbox.name
    return "off"


def _python_of(home: Path) -> Path | None:
    environment = PythonEnvironment(home)
    return environment.folder if environment.is_ready else None


_bubblewrap, _docker, _host = cache(Bubblewrap), cache(Docker), cache(Host)
"""One of each kind and Python in this process, so that each is tried once."""


@cache
def _off(is_wanted: bool) -> Off:
    return Off("STUDIO_SANDBOX is 'off'. Unset it to use the sandbox that works here.") if is_wanted else Off()
