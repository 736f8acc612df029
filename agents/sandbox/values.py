"""What running code in a sandbox takes and returns, and the protocol of a sandbox.

`bubblewrap`, `docker`, `host` and `selection` implement `Sandbox`; `code_runner` uses one.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from agents.specs.team_parts import Network

MIB = 1024 * 1024

RunOutcome = Literal["ok", "failed", "timeout", "cpu", "memory", "processes", "disk", "output", "unavailable"]

NO_OUTPUT = "Code output: "
"""Ends the text of a run that printed nothing."""

SETTING_UP = "The sandbox's Python is being set up, once: "
"""Begins what is said to be waited for while that is built."""


@dataclass(frozen=True)
class Limits:
    """What one run may use; all its processes together, unless the sandbox says otherwise in its `Probe`."""

    wall_s: float = 60.0
    cpu_s: float = 60.0
    memory_bytes: int = 1_024 * MIB
    n_processes: int = 128
    file_bytes: int = 256 * MIB
    """Of any one file."""
    workspace_bytes: int = 512 * MIB
    """Of the whole workspace."""
    output_chars: int = 100_000
    """Of what it prints; more ends the run."""


@dataclass(frozen=True)
class RunFolders:
    """The only folders that a run sees besides the system and the sandbox's Python."""

    files: Path
    """The chat's workspace, its working directory, writable; exists."""
    packages: Path | None = None
    """Packages installed for this chat; readable and on Python's path, when it exists."""
    may_install: bool = False
    """Whether `packages` is writable in this run; it exists then."""

    @property
    def writable(self) -> list[Path]:
        return [self.files, *([self.packages] if self.packages and self.may_install else [])]


@dataclass(frozen=True)
class Order:
    """A command to run: in which folders, with which limits and network, and its standard input."""

    command: Sequence[str]
    """argv; `python` is the sandbox's Python."""
    folders: RunFolders
    limits: Limits = Limits()
    network: Network = "none"
    stdin: str = ""


@dataclass(frozen=True)
class RunResult:
    """How a run ended, and what it printed."""

    outcome: RunOutcome
    exit_code: int | None
    """None when a limit ended it, or nothing ran."""
    output: str
    """What it printed, standard error between standard output as in a terminal; valid text."""
    text: str = ""
    """When a limit was reached or nothing ran: a sentence for the agent that says which, its value and what to do."""
    duration_s: float = 0.0


@dataclass(frozen=True)
class CodeResult:
    """What running a block of code, or installing a package, came to."""

    outcome: RunOutcome
    exit_code: int | None
    """None when a limit ended it, or nothing ran."""
    text: str
    """What the team reads, in AutoGen's words; ends with the sentence of a limit that was reached."""
    duration_s: float


@dataclass(frozen=True)
class MissingPackage:
    """A package that code needs and its Python lacks."""

    module: str
    """As the code imports it; "" when it asks for the package itself."""
    package: str
    """As the index calls it."""
    version: str = ""
    """The one that the code asks for, or the newest that can be installed here; "" when none is known."""
    doubts: list[str] = field(default_factory=list)
    """Why a person should look twice: not on the index, like a popular name, very new."""


@dataclass(frozen=True)
class Probe:
    """Whether a sandbox works on this machine, found out by running something in it."""

    name: str
    """"bubblewrap", "docker", "host" or "off"."""
    is_working: bool
    text: str
    """One sentence: what it does; or why it does not work, and how to get it."""
    notes: list[str] = field(default_factory=list)
    """Which limits are weaker here than they should be (per process only, say), one sentence each."""


class Sandbox(Protocol):
    """Runs commands. Safe to use from many threads."""

    @property
    def name(self) -> str: ...

    def probe(self) -> Probe:
        """Whether it works here; found out once per process, and cheap from then on. Never raises."""
        ...

    def run(self, order: Order) -> Generator[str, None, RunResult]:
        """Run the command.

        Yield its output as it comes, and "" at least every 0.25 s so that the reader can check whether to go on;
        return the result. Never raise for what the command does. Closing the generator kills the run with everything
        that it started; so does the end of this process. The command sees nothing of this process's environment."""
        ...
