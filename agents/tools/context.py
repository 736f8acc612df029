"""The context of a tool call: the chat's files, its sandbox, and what its team allows.

Values and protocols only, so that tools know neither how files are kept nor which sandbox there is. A tool gets it as a
parameter annotated `ToolContext`, which models never see. Made by `worker.leg_environment`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agents.cancellation import drain
from agents.errors import UsageError
from agents.sandbox.values import SETTING_UP, RunResult
from agents.specs import SandboxSpec


class Files(Protocol):
    """The chat's workspace; `agents.workspaces.Workspace` is the real one."""

    @property
    def files(self) -> Path:
        """The folder; need not exist yet."""
        ...

    def listed(self) -> list[tuple[str, int]]:
        """(path, bytes) of the files there are now, by path."""
        ...

    def read(self, path: str) -> bytes:
        """Return the file's content; UsageError outside the workspace, through a link, over a limit."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Make or replace the file; UsageError as `read`."""
        ...


class ScriptRunner(Protocol):
    """Runs a script of ours; `agents.sandbox.code_runner.CodeRunner` is the real one."""

    def python(
        self, script: str, *, stdin: str = "", timeout_s: float | None = None, memory_bytes: int | None = None
    ) -> Generator[str, None, RunResult]:
        """Run `script` in the sandbox's Python, in the workspace, without a network; never raise. Yield output, and
        "" at least every 0.25 s; closing it ends the run."""
        ...


class CallCancelled(Exception):
    """The call is cancelled: its chat was stopped, or its process is to end."""


@dataclass(frozen=True)
class ToolContext:
    """One chat, as far as its tools may know it."""

    workspace: Files
    script_runner: ScriptRunner | None
    """None: nothing can be run."""
    sandbox: SandboxSpec
    chat: str = ""
    """The chat's id, for tools that keep something per chat."""
    check_cancelled: Callable[[], None] = lambda: None
    """For tools that take long, to be called now and then: it restarts the call's time limit, and raises CallCancelled
    once the call is cancelled."""
    report_progress: Callable[[str], None] = lambda text: None
    """Shows how far the call has come in the chat; models never read it."""

    def python(
        self, script: str, *, stdin: str = "", timeout_s: float | None = None, memory_bytes: int | None = None
    ) -> RunResult:
        """Return what `script` comes to in the sandbox; ended when the call is cancelled. UsageError where nothing can
        run."""
        if self.script_runner is None:
            raise UsageError("It needs a sandbox, and none works here.")
        running = self.script_runner.python(script, stdin=stdin, timeout_s=timeout_s, memory_bytes=memory_bytes)
        return drain(running, self._pass_on)

    def _pass_on(self, piece: str) -> None:
        self.check_cancelled()
        if piece.startswith(SETTING_UP):
            self.report_progress(piece)
