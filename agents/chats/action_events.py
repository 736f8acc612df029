"""The facts of what agents do beyond talking: tool calls, blocks of code, and the files that come of them."""

from typing import Literal

from pydantic import JsonValue

from agents.chats.values import Fact, FileChange, Person

NotRunOutcome = Literal["refused", "rejected", "answered", "skipped"]
"""Why a tool or code was decided not to run: a rule or a person said no, a person gave the result, nobody wanted it."""
ToolReturnedOutcome = Literal["ok", "error", "bad_arguments", "timeout", "unknown_tool"] | NotRunOutcome
CodeReturnedOutcome = (
    Literal["ok", "failed", "timeout", "cpu", "memory", "processes", "disk", "output", "unavailable"] | NotRunOutcome
)


class ToolStarted(Fact):
    """A tool is about to run. Written before it does: without a `ToolReturned` its outcome is unknown."""

    kind: Literal["ToolStarted"] = "ToolStarted"
    turn: int
    agent: str
    call: str
    """Which call of the turn, such as "0.1": the second of the first reply. Servers repeat their own ids."""
    tool: str
    arguments: dict[str, JsonValue]
    """As approved, a person's edit included."""


class ToolReturned(Fact):
    """A tool call is over, whether it ran or not. Written before its result is used, so that a crash repeats none."""

    kind: Literal["ToolReturned"] = "ToolReturned"
    turn: int
    agent: str
    call: str
    tool: str
    outcome: ToolReturnedOutcome
    text: str
    """What the model reads."""
    duration_s: float = 0.0
    hands_to: str = ""
    """Who speaks next because of it; "" for every other call."""


class FilesChanged(Fact):
    """The workspace is another than before: a person attached files, or code or a tool wrote some."""

    kind: Literal["FilesChanged"] = "FilesChanged"
    turn: int
    agent: str = ""
    """Whose code or tool it was; "" for a person."""
    cause: str = ""
    """The block or the tool call, as in `CodeReturned.block` and `ToolReturned.call`; "" for a person."""
    changes: list[FileChange]
    by: Person | None = None
    """Who attached them; None: the agent's doing."""
    is_of_team: bool = False
    """Whether they are files that the saved team keeps, attached by whoever started the chat with it."""


class CodeStarted(Fact):
    """Code is about to run. Written before it does: without a `CodeReturned` what it did is unknown."""

    kind: Literal["CodeStarted"] = "CodeStarted"
    turn: int
    agent: str
    block: str
    """Which block of the turn, such as "b0": the first of the message."""
    language: str
    code: str
    """As approved, a person's edit included."""


class CodeReturned(Fact):
    """A block of code is over, whether it ran or not. Written before its output is used: a crash repeats none."""

    kind: Literal["CodeReturned"] = "CodeReturned"
    turn: int
    agent: str
    block: str
    outcome: CodeReturnedOutcome
    """failed: it ended with another exit code than 0. timeout to output: a limit struck. unavailable: nothing can run
    it here."""
    exit_code: int | None = None
    """None: it did not run to its end."""
    text: str
    """What the team reads: the output, or why there is none."""
    duration_s: float = 0.0
