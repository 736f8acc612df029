"""What a leg may use besides its model: tools, code, files. Protocols; as they stand, there is nothing to use.

`agents.tools`, `agents.sandbox` and `agents.workspaces` have the real ones; `worker.leg_environment` makes them.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol

from agents.chats import FileChange
from agents.chats.requests import FunctionPurpose, ToolQuestion
from agents.chats.view import ChatView
from agents.sandbox.values import CodeResult, MissingPackage
from agents.tools.result import FunctionResult, ToolResult


class Tools(Protocol):
    """Calls tools by name. `call` yields output as it comes, and "" at least every 0.25 s; closing it cancels the
    call."""

    def for_model(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return the entries of a request's `tools`."""
        return []

    def is_idempotent(self, name: str) -> bool:
        """Whether a call may be made again when its outcome is unknown."""
        return False

    def request(self, name: str, arguments: dict[str, Any]) -> ToolQuestion | ToolResult | None:
        """Return what a person is asked in place of the call; a result when that cannot be asked; None for a tool that
        is called."""
        return None

    def call(self, name: str, arguments: dict[str, Any], agent: str = "") -> Generator[str, None, ToolResult]:
        """Return the result of the agent's call; never raise."""
        raise LookupError(f"there is no tool {name!r}")


class NoTools(Tools):
    """For teams without any."""


class Functions(Protocol):
    """The functions of the plugins folder that decide in place of a model."""

    def decide(self, name: str, purpose: FunctionPurpose, chat: ChatView) -> Generator[str, None, FunctionResult]:
        """Return what the function says of `chat`, or why it says nothing; never raise. Yield "" while it thinks."""
        yield ""
        return FunctionResult(error="there is no plugins folder here")


class NoFunctions(Functions):
    """Where no plugins are."""


class Code(Protocol):
    """Runs code. `run` and `install` yield output as it comes, and never raise for what the code does; closing them
    ends it. They, and `missing`, yield "" at least every 0.25 s."""

    @property
    def is_isolated(self) -> bool:
        """False: it runs on this machine itself, so a person must see every block first."""
        return True

    def why_not(self, language: str) -> str:
        """Return why such a block cannot run here, in a sentence for the agent; "" when it can."""
        return (
            "Code execution is off in this chat, so nothing was run: there is no output and no file was written. "
            "Do not assume any result. Say what the code would do, or finish without running it."
        )

    def missing(self, language: str, code: str) -> Generator[str, None, Sequence[MissingPackage]]:
        """Return the packages that the code needs and that are not there."""
        raise LookupError(f"nothing knows what {language!r} imports")

    def install(self, package: str, version: str) -> Generator[str, None, CodeResult]:
        raise LookupError(f"nothing can install {package!r}")

    def run(self, language: str, code: str) -> Generator[str, None, CodeResult]:
        raise LookupError(f"nothing runs {language!r}")


class NoCode(Code):
    """Where nothing can run."""


class Files(Protocol):
    """The chat's workspace."""

    def changes(self, known: Mapping[str, FileChange]) -> list[FileChange]:
        """Return how its files differ from those `known`, by path."""
        return []

    def picture(self, change: FileChange) -> str | None:
        """Return that version of a picture as a data URL; None when it is not kept, or no picture."""
        return None

    def give(self, chat: str, files: Iterable[FileChange]) -> list[FileChange]:
        """Copy those versions of files into the workspace of another chat, and return what came there."""
        return []

    def take(self, chat: str, files: Iterable[FileChange]) -> None:
        """Copy those versions of files of another chat's workspace into this one."""
        return


class NoFiles(Files):
    """Where nothing is kept."""
