"""What an agent wants to do and may not do unasked: call a tool, run code, install a package, post a message.

A team's rules may decide these; what no rule decides is asked of a person. One that began to run and was cut off is
asked about again, by a person alone.
"""

import json
from collections.abc import Mapping
from glob import escape
from typing import Any, ClassVar, Literal

from pydantic import JsonValue

from agents.chats.requests.base import RUN_AGAIN, Answer, RequestBase, Verdict
from agents.chats.values import problem_of
from agents.errors import UsageError
from agents.specs import ActionRequest


def call_text(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return a call on one line, such as `pay(to="Bob", amount=12)`."""
    given = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return f"{tool}({given})"


class ActionBase(RequestBase):
    """What the four kinds have in common."""

    is_bound: ClassVar[bool] = True
    meanings: ClassVar[dict[Verdict, str]] = {**RequestBase.meanings, "skip": "without it"}

    @property
    def verdicts(self) -> list[Verdict]:
        if self.was_cut:
            return ["retry", "reply", "skip", "end"]
        return ["approve", "edit", "reject", "reply", "skip", "end"]

    def decided(self, by: str, who: str, answer: Answer, labels: Mapping[str, str]) -> str:
        if answer.verdict == "skip":
            return f"{by} skipped {self.noun(who)}"
        return super().decided(by, who, answer, labels)


class CuttableAction(ActionBase):
    """An action whose run may have been cut off, so that nobody knows whether it had its effect."""

    is_cut: bool = False
    attempt: int = 0
    """How many times it began, when it was cut."""
    meanings: ClassVar[dict[Verdict, str]] = {
        **ActionBase.meanings, "retry": "run it again, although it may have had its effect",
    }  # fmt: skip

    @property
    def was_cut(self) -> bool:
        return self.is_cut

    def decided(self, by: str, who: str, answer: Answer, labels: Mapping[str, str]) -> str:
        if answer.verdict == "reply":
            return f"{by} answered in place of {self.noun(who)}"
        return super().decided(by, who, answer, labels)


class ToolCallRequest(CuttableAction):
    """May this tool be called with these arguments?"""

    of: Literal["tool_call"] = "tool_call"
    call: str = ""
    """Which call of the turn, as in `ToolStarted`."""
    tool: str = ""
    arguments: dict[str, JsonValue] = {}

    label: ClassVar[str] = "Tool call"
    is_batched: ClassVar[bool] = True
    subject: ClassVar[str] = "arguments"
    meanings: ClassVar[dict[Verdict, str]] = {
        **CuttableAction.meanings, "reply": "what the agent reads as the result; nothing runs",
    }  # fmt: skip

    @property
    def is_repeatable(self) -> bool:
        return True

    def action(self, agent: str) -> ActionRequest | None:
        if self.is_cut:
            return None
        return ActionRequest(
            "tool_call", agent, self.tool, dict(self.arguments), n_chars=len(json.dumps(self.arguments))
        )

    def rule(self, agent: str) -> dict[str, Any]:
        return {"kind": self.of, "agent": escape(agent), "action": "approve", "tool": escape(self.tool)}

    def _check_edited(self, value: Any) -> None:
        if problem := problem_of(value):
            raise UsageError(f"{problem} Nothing was recorded.")

    def edit_from(self, text: str) -> dict[str, Any]:
        try:
            arguments = json.loads(text)
        except (ValueError, RecursionError) as error:
            why = (
                f"line {error.lineno}: {error.msg}"
                if isinstance(error, json.JSONDecodeError)
                else "it nests too deeply"
            )
            raise UsageError(f"The edit is no JSON ({why}). Write the call's arguments as one JSON object.") from None
        if not isinstance(arguments, dict):
            text = 'The edit is JSON but no object. Write the call\'s arguments as one, such as {"amount": 12}.'
            raise UsageError(text)
        return {"arguments": arguments}

    def answer_from(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return an edit with these arguments instead: JSON where it is JSON, else the text itself."""
        given = {name: self._argument(name, text) for name, text in values.items()}
        return {"verdict": "edit", "edit": {"arguments": {**self.arguments, **given}}}

    def _argument(self, name: str, text: str) -> Any:
        if isinstance(self.arguments.get(name), str):
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    def question(self, who: str) -> str:
        if self.is_cut:
            return f"{self.tool} began to run and was cut off; nobody knows whether it had its effect. {RUN_AGAIN}"
        return f"May {self.tool} be called?"

    @classmethod
    def headline(cls, question: str, who: str, tool: str) -> str:
        if question.endswith(RUN_AGAIN):
            return f"{who}'s call of {tool} was cut off. {RUN_AGAIN}"
        return f"{who} wants to call {tool}"

    @classmethod
    def several(cls, n: int, who: str, tool: str) -> str:
        return f"call{'' if n == 1 else 's'} of {tool} by {who}"

    def wanted(self, n: int, who: str) -> str:
        return f"{who} wants to make {n} calls at once"

    def heading(self, who: str) -> str:
        return f"{who} calls {self.tool}:"

    def note(self, who: str) -> str:
        return f"{who} wants to call {self.short('')}"

    def short(self, question: str) -> str:
        return call_text(self.tool, self.arguments)

    def waiting(self, who: str, question: str) -> str:
        if self.is_cut:
            return f"Waiting for your decision: {who}'s call of {self.tool} was cut off"
        return f"Waiting for your approval: {who} wants to call {self.tool}"

    def noun(self, who: str) -> str:
        return f"{self.tool}, called by {who}"


class CodeBlockRequest(CuttableAction):
    """May this code run?"""

    of: Literal["code_block"] = "code_block"
    block: str = ""
    """Which block of the turn, as in `CodeStarted`."""
    language: str = ""
    code: str = ""
    is_isolated: bool = True
    """False: it would run on this machine itself, outside of any sandbox."""

    label: ClassVar[str] = "Code"
    is_batched: ClassVar[bool] = True
    subject: ClassVar[str] = "code"

    @property
    def is_repeatable(self) -> bool:
        return self.is_isolated

    @property
    def parts(self) -> dict[str, Any]:
        return {"language": self.language, "code": self.code}

    def action(self, agent: str) -> ActionRequest | None:
        if self.is_cut or not self.is_isolated:
            return None
        return ActionRequest("code_block", agent, language=self.language, n_chars=len(self.code))

    def rule(self, agent: str) -> dict[str, Any]:
        if not self.is_isolated:
            raise UsageError("Code on the machine itself is approved block by block. Nothing was recorded.")
        if not self.language:
            raise UsageError("Code without a language cannot be approved for the rest of a chat. Nothing was recorded.")
        return {"kind": self.of, "agent": escape(agent), "action": "approve", "language": escape(self.language)}

    def question(self, who: str) -> str:
        if self.is_cut:
            return f"This code began to run and was cut off; nobody knows how far it came. {RUN_AGAIN}"
        where = "" if self.is_isolated else " on this machine itself, without a sandbox"
        return f"May this {self.language or 'code'} run{where}?"

    @classmethod
    def headline(cls, question: str, who: str, tool: str) -> str:
        if question.endswith(RUN_AGAIN):
            return f"Code of {who} was cut off. {RUN_AGAIN}"
        return f"{who} wants to run code"

    @classmethod
    def several(cls, n: int, who: str, tool: str) -> str:
        return f"block{'' if n == 1 else 's'} of code of {who}"

    def wanted(self, n: int, who: str) -> str:
        return f"{who} wants to run {n} blocks of code"

    def heading(self, who: str) -> str:
        return f"{who} wants to run {self.language or 'code'}:"

    def note(self, who: str) -> str:
        return f"{who} wants to run: {self.code}"

    def waiting(self, who: str, question: str) -> str:
        if self.is_cut:
            return f"Waiting for your decision: code of {who} was cut off"
        return f"Waiting for your approval: {who} wants to run code"

    def noun(self, who: str) -> str:
        return f"code of {who}"


class PackageRequest(ActionBase):
    """May this package, which a block of code needs, be installed?"""

    of: Literal["package"] = "package"
    block: str = ""
    module: str = ""
    """What the code imports; "" when the code installs the package itself."""
    package: str = ""
    version: str = ""
    doubts: list[str] = []
    """What speaks against it, as sentences."""
    is_isolated: bool = True
    """False: this machine itself would take it."""

    label: ClassVar[str] = "Package"

    @property
    def verdicts(self) -> list[Verdict]:
        return ["approve", "reject", "end"]

    @property
    def cautions(self) -> list[str]:
        return self.doubts

    def action(self, agent: str) -> ActionRequest | None:
        if self.doubts or not self.is_isolated:
            return None
        return ActionRequest("package", agent, package=self.package)

    def question(self, who: str) -> str:
        named = " ".join(filter(None, [self.package, self.version]))
        return f"Install {named} from the package index into this chat's environment?"

    def wanted(self, n: int, who: str) -> str:
        return f"{who} wants to install {n} packages"

    def heading(self, who: str) -> str:
        wants = f"imports {self.module}, which is not installed here" if self.module else "installs it with pip"
        return f"The code of {who} {wants}."

    def note(self, who: str) -> str:
        return f"The code needs {self.package}, which is not installed"

    def waiting(self, who: str, question: str) -> str:
        return f"Waiting for your approval: the code needs {self.package}"

    def noun(self, who: str) -> str:
        return f"the install of {self.package}"


class MessageRequest(ActionBase):
    """May the team read this message of a model? Asked in step mode."""

    of: Literal["message"] = "message"
    draft: int = 0
    """Which reply of the turn."""
    content: str = ""

    label: ClassVar[str] = "Message"
    is_batched: ClassVar[bool] = True
    subject: ClassVar[str] = "content"

    @property
    def is_repeatable(self) -> bool:
        return True

    def action(self, agent: str) -> ActionRequest | None:
        return ActionRequest("message", agent, n_chars=len(self.content))

    def rule(self, agent: str) -> dict[str, Any]:
        return {"kind": self.of, "agent": escape(agent), "action": "approve"}

    def question(self, who: str) -> str:
        return f"May the team read this message of {who}?"

    @classmethod
    def several(cls, n: int, who: str, tool: str) -> str:
        return f"message{'' if n == 1 else 's'} of {who}"

    def heading(self, who: str) -> str:
        return f"{who} wants to say:"

    def note(self, who: str) -> str:
        return f"{who} wants to say: {self.content}"

    def waiting(self, who: str, question: str) -> str:
        return f"Waiting for your approval of a message of {who}"

    def noun(self, who: str) -> str:
        return f"a message of {who}"
