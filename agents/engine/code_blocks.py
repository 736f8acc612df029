"""The code of a message, as actions: each block through its gate, in order, until one fails.

    blocks of the newest message with any -> what they import and is not there is asked for -> they run -> one report

Which message counts follows pyautogen 0.9.0 (`_generate_code_execution_reply_using_executor` with
`last_n_messages="auto"`), and so does the report's form; what is a block is in `code_fences`. Called by the leg.
"""

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from agents.cancellation import drain
from agents.chats import CodeReturned, CodeStarted, CutBy, DecisionMade, FileChange, ModelCalled
from agents.chats.events import CodeReturnedOutcome, NotRunOutcome
from agents.chats.requests import CodeBlockRequest, PackageRequest
from agents.engine.actions import Action, Actions, Returned
from agents.engine.approvals import Gate, Gates, rejection
from agents.engine.code_fences import FencedCode, fenced_code
from agents.engine.model_calls import Message
from agents.engine.ports import Code
from agents.sandbox.values import NO_OUTPUT, CodeResult
from agents.text.actions import files_text

MAX_BLOCKS = 20
"""Of one message; the rest is not run, and the report says so."""

Show = Callable[[str], None]


def cut_text(cut_by: CutBy, *, is_in_code: bool) -> str:
    """Return what the team reads of a message that was cut."""
    by = "a content filter" if cut_by == "filter" else "its model's limit of tokens"
    if is_in_code:
        return f"The message was cut by {by} inside this code, so it was not run. Send it again: shorter, or in parts."
    return f"The message was cut by {by}; what was to follow is missing. Send that again, shorter."


@dataclass(frozen=True)
class NewestCode:
    """The newest message with code, and its blocks."""

    content: str
    blocks: list[FencedCode]


def newest_code(messages: list[Message], agent: str, closing_phrases: Collection[str] = ()) -> NewestCode | None:
    """Return the newest message with any code, among those since `agent` last spoke; None when none has."""
    for message in reversed(messages):
        if message.get("name") == agent or message.get("role") != "user":
            break
        content = message.get("content") or ""
        if blocks := fenced_code(content, closing_phrases):
            return NewestCode(content, blocks)
    return None


@dataclass(frozen=True)
class CodeBlock(Action[CodeStarted]):
    """A block that an executor is to run."""

    noun: ClassVar[str] = "code"
    agent: str
    id: str
    """Which of the message's blocks, such as "b0"."""
    language: str
    code: str
    runner: Code
    show: Show

    def gate(self, starts: Sequence[CodeStarted]) -> Gate:
        asked = CodeBlockRequest(block=self.id, language=self.language, code=self.code)
        if starts:
            asked = asked.model_copy(update={"code": starts[-1].code, "is_cut": True, "attempt": len(starts)})
        return self.gate_for(asked)

    def gate_for(self, asked: CodeBlockRequest | PackageRequest) -> Gate:
        """Return the gate of `asked`. What was approved for a sandbox is asked anew outside of any."""
        if not self.runner.is_isolated:
            asked = asked.model_copy(update={"is_isolated": False})
        return Gate(asked, self.agent)

    def started(self, turn: int, edit: dict[str, Any]) -> CodeStarted:
        code = str(edit.get("code", self.code))
        return CodeStarted(turn=turn, agent=self.agent, block=self.id, language=self.language, code=code)

    def run(self, started: CodeStarted) -> tuple[CodeReturned, Sequence[ModelCalled]]:
        return self._report(started, self.runner.run(started.language, started.code)), ()

    def unable(self, turn: int) -> CodeReturned | None:
        why = self.runner.why_not(self.language)
        return self.ended(turn, "unavailable", why) if why else None

    def with_files(self, returned: Returned, changes: Sequence[FileChange]) -> Returned:
        if not returned.text.endswith(NO_OUTPUT) or not changes:
            return returned
        made = f"{returned.text}nothing was printed. The code {files_text(changes)}."
        return returned.model_copy(update={"text": made})

    def ended(self, turn: int, outcome: CodeReturnedOutcome, text: str) -> CodeReturned:
        return CodeReturned(turn=turn, agent=self.agent, block=self.id, outcome=outcome, text=text)

    def _report(self, started: CodeStarted, running: Generator[str, None, CodeResult]) -> CodeReturned:
        result = drain(running, self.show)
        text = result.text
        if started.code != self.code:
            text = (
                f"A reviewer changed the code before it ran, to:\n```{self.language}\n{started.code}\n```\n"
                f"Do not repeat it as it was. The result:\n{text}"
            )
        ended = {"exit_code": result.exit_code, "duration_s": result.duration_s}
        return self.ended(started.turn, result.outcome, text).model_copy(update=ended)


@dataclass(frozen=True)
class Install(CodeBlock):
    """A package that a block needs; installing it twice changes nothing."""

    noun: ClassVar[str] = "install"

    @property
    def is_idempotent(self) -> bool:
        return True

    def run(self, started: CodeStarted) -> tuple[CodeReturned, Sequence[ModelCalled]]:
        package, _, version = started.code.partition("==")
        return self._report(started, self.runner.install(package, version)), ()


class CodeBlocks:
    """Runs the code of messages, for one leg."""

    def __init__(self, actions: Actions, gates: Gates, runner: Code):
        self._actions, self._gates, self._runner = actions, gates, runner

    def report(self, agent: str, blocks: list[FencedCode], show: Show, *, cut_by: CutBy = "") -> str:
        """Run `blocks` and return what became of them, as the team reads it. Halt while a person is asked.

        `cut_by`: what ended their message before its model was done; a block that it ended in is not run."""
        is_code_cut = bool(cut_by) and not blocks[-1].is_closed
        whole = blocks[:-1] if is_code_cut else blocks
        texts = [self._run_all(agent, whole, show)] if whole else []
        if cut_by:
            texts.append(cut_text(cut_by, is_in_code=is_code_cut))
        return "\n\n".join(texts)

    def _run_all(self, agent: str, blocks: list[FencedCode], show: Show) -> str:
        codes = [
            CodeBlock(agent, f"b{n}", block.language or _language_of(block.code), block.code, self._runner, show)
            for n, block in enumerate(blocks[:MAX_BLOCKS])
        ]
        self._actions.settle(codes)
        texts: list[str] = []
        for code in codes:
            if not self._actions.is_over(code) and (started := self._actions.approved(code)):
                self._install_missing(code, started)
            returned = self._actions.result(code)
            texts.append(returned.text)
            if returned.outcome not in ("ok", "answered", "skipped"):
                break
        n_left = len(blocks) - len(texts)
        if n_left:
            texts.append(f"The {'block' if n_left == 1 else f'{n_left} blocks'} after this did not run.")
        return "\n\n".join(texts)

    def _install_missing(self, code: CodeBlock, started: CodeStarted) -> None:
        """Install everything that `started` imports and that is not there, or end `code` without running it."""
        asked = [found for found in self._gates.decided() if isinstance(found, PackageRequest)]
        where = (code.id, code.runner.is_isolated)
        decided = [found for found in asked if (found.block, found.is_isolated) == where]
        self._install_all(code, decided, started.turn)
        if self._actions.is_over(code):
            return
        known = {found.package for found in decided}
        missing = drain(self._runner.missing(started.language, started.code), code.show)
        wanted = [PackageRequest(block=code.id, **asdict(found)) for found in missing if found.package not in known]
        self._gates.pass_all([code.gate_for(package) for package in wanted])
        self._install_all(code, wanted, started.turn)

    def _install_all(self, code: CodeBlock, wanted: list[PackageRequest], turn: int) -> None:
        """Install what was decided; nothing at all when one is not allowed, which ends `code`."""
        for each in wanted:
            decision = self._gates.decision(code.gate_for(each))
            if decision.verdict != "approve":
                self._actions.end(code.ended(turn, *_denied(each.package, decision)))
                return
        for each in wanted:
            if not self._actions.is_over(code):
                self._install(code, each, turn)

    def _install(self, code: CodeBlock, wanted: PackageRequest, turn: int) -> None:
        package, version = wanted.package, wanted.version
        pinned = f"{package}=={version}" if version else package
        install = Install(code.agent, f"{code.id}:{package}", "pip", pinned, self._runner, code.show)
        if not self._actions.is_over(install):
            self._actions.run(install, install.started(turn, {}))
        returned = self._actions.result(install)
        if returned.outcome != "ok":
            text = f"This code was not run: it needs {package}, which could not be installed. {returned.text}"
            self._actions.end(code.ended(turn, "unavailable", text))


def _denied(package: str, decision: DecisionMade) -> tuple[NotRunOutcome, str]:
    who, why = rejection(decision)
    text = f"This code was not run: it needs {package}. {who} rejected installing it{why} Do without it."
    return ("rejected" if decision.by else "refused"), text


def _language_of(code: str) -> str:
    """Return what AutoGen takes unlabelled code for (`infer_lang`)."""
    if code.startswith(("python ", "pip", "python3 ")):
        return "sh"
    try:
        compile(code, "block", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two when it is nested without end
        return ""
    return "python"
