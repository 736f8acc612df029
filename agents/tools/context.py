"""The context of a tool call: the chat's files, its sandbox, and what its team allows.

A tool gets it as a parameter annotated `ToolContext`, which models never see. Made by `worker.leg_environment`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from agents.cancellation import Notice, drain
from agents.chats import Call
from agents.errors import UsageError
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.values import RunResult
from agents.specs import SandboxSpec
from agents.workspaces import Workspace


class CallCancelled(Exception):
    """The call is cancelled: its chat was stopped, or its process is to end."""


class Embeddings(Protocol):
    """An embedding model; see `agents.models.embeddings`."""

    @property
    def model(self) -> str: ...

    @property
    def vector_space(self) -> str: ...

    def embed(self, texts: list[str]) -> Generator[str, None, tuple[list[list[float]], Call]]: ...


@dataclass(frozen=True)
class ToolContext:
    """One chat, as far as its tools may know it."""

    workspace: Workspace
    script_runner: CodeRunner | None
    """None: nothing can be run."""
    sandbox: SandboxSpec
    chat: str = ""
    """The chat's id, for tools that keep something per chat."""
    check_cancelled: Callable[[], None] = lambda: None
    """For tools that take long, to be called now and then: it restarts the call's time limit, and raises CallCancelled
    once the call is cancelled."""
    report_progress: Callable[[str], None] = lambda text: None
    """Shows how far the call has come in the chat, or what it waits for (`Notice`); models never read it."""
    agent: str = ""
    """Whose call it is."""
    embeddings_of: Callable[[str], Embeddings | None] = lambda agent: None
    """Returns the embedding model that serves an agent; None where none does."""
    record_call: Callable[[Call], None] = lambda call: None
    """Puts a call of a model into the ledger."""

    def python(self, script: str, *, stdin: str = "", timeout_s: float | None = None) -> RunResult:
        """As `CodeRunner.python`; ended when the call is cancelled. UsageError where nothing can run."""
        if self.script_runner is None:
            raise UsageError("It needs a sandbox, and none works here.")
        running = self.script_runner.python(script, stdin=stdin, timeout_s=timeout_s)
        return drain(running, self._pass_on)

    def vectors(self, model: Embeddings, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text; ended when the call is cancelled. UsageError says why there is none."""
        vectors, call = drain(model.embed(texts), self._pass_on)
        self.record_call(call)
        if call.outcome != "ok":
            raise UsageError(call.error)
        return vectors

    def _pass_on(self, piece: str) -> None:
        self.check_cancelled()
        if isinstance(piece, Notice):
            self.report_progress(piece)
