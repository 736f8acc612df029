"""What an agent wants to do and may not do unasked: call a tool, run code, install a package, post a message.

A team's rules may decide these; what no rule decides is asked of a person. One that began to run and was cut off is
asked about again, by a person alone.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import JsonValue

from agents.chats.requests.base import Answer, RequestBase, Sentences, Verdict
from agents.chats.values import problem_of, read_json
from agents.errors import UsageError
from agents.specs import ActionRequest

REJECTED, SKIPPED = "rejected, not run", "skipped, not run"
"""What became of what a person did not let happen."""
RUN_AGAIN = "Run it again?"
"""How the question ends about what began to run and was cut off. Lists, which hold no payload, tell it by that."""


def call_text(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return a call on one line, such as `pay(to="Bob", amount=12)`."""
    given = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return f"{tool}({given})"


class ActionBase(RequestBase):
    """What the four kinds have in common."""

    is_bound = True
    offers: ClassVar[tuple[Verdict, ...]] = ("approve", "edit", "reject", "reply", "skip", "end")
    meanings = {**RequestBase.meanings, "skip": "without it"}
    decisions = {**RequestBase.decisions, "skip": "{by} skipped {noun}"}


class CuttableAction(ActionBase):
    """An action whose run may have been cut off, so that nobody knows whether it had its effect."""

    is_cut: bool = False
    attempt: int = 0
    """How many times it began, when it was cut."""

    meanings = {**ActionBase.meanings, "retry": "run it again, although it may have had its effect"}
    decisions = {**ActionBase.decisions, "reply": "{by} answered in place of {noun}"}
    reads_cut: ClassVar[Sentences]
    """How it reads when it was cut."""

    @property
    def verdicts(self) -> list[Verdict]:
        return ["retry", "reply", "skip", "end"] if self.is_cut else super().verdicts

    @property
    def sentences(self) -> Sentences:
        return self.reads_cut if self.is_cut else self.reads

    def question(self, who: str) -> str:
        return super().question(who) + (f" {RUN_AGAIN}" if self.is_cut else "")

    def answered(self, answer: Answer) -> str:
        return {"reject": REJECTED, "skip": SKIPPED}.get(answer.verdict) or super().answered(answer)

    @classmethod
    def headline(cls, question: str, who: str, tool: str) -> str:
        if question.endswith(RUN_AGAIN):
            return f"{cls.reads_cut.headline.format(who=who, tool=tool)} {RUN_AGAIN}"
        return super().headline(question, who, tool)


class ToolCallRequest(CuttableAction):
    """May this tool be called with these arguments?"""

    of: Literal["tool_call"] = "tool_call"
    call: str = ""
    """Which call of the turn, as in `ToolStarted`."""
    tool: str = ""
    arguments: dict[str, JsonValue] = {}

    label = "Tool call"
    is_batched = True
    subject = "arguments"
    same = ("tool",)
    meanings = {**CuttableAction.meanings, "reply": "what the agent reads as the result; nothing runs"}
    reads = Sentences(
        question="May {tool} be called?",
        headline="{who} wants to call {tool}",
        several="call{s} of {tool} by {who}",
        wanted="{who} wants to make {n} calls at once",
        heading="{who} calls {tool}:",
        waiting="Waiting for your approval: {who} wants to call {tool}",
        noun="{tool}, called by {who}",
    )
    reads_cut = replace(
        reads,
        question="{tool} began to run and was cut off; nobody knows whether it had its effect.",
        headline="{who}'s call of {tool} was cut off.",
        waiting="Waiting for your decision: {who}'s call of {tool} was cut off",
    )

    def action(self, agent: str) -> ActionRequest | None:
        if self.is_cut:
            return None
        return ActionRequest(
            "tool_call", agent, self.tool, dict(self.arguments), n_chars=len(json.dumps(self.arguments))
        )

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
        return text if isinstance(self.arguments.get(name), str) else read_json(text, text)

    def note(self, who: str) -> str:
        return f"{who} wants to call {self.short('')}"

    def short(self, question: str) -> str:
        return call_text(self.tool, self.arguments)


class CodeBlockRequest(CuttableAction):
    """May this code run?"""

    of: Literal["code_block"] = "code_block"
    block: str = ""
    """Which block of the turn, as in `CodeStarted`."""
    language: str = ""
    code: str = ""
    is_isolated: bool = True
    """False: it would run on this machine itself, outside of any sandbox."""

    label = "Code"
    is_batched = True
    subject = "code"
    same = ("language",)
    reads = Sentences(
        question="May this {name} run{where}?",
        headline="{who} wants to run code",
        several="block{s} of code of {who}",
        wanted="{who} wants to run {n} blocks of code",
        heading="{who} wants to run {name}:",
        note="{who} wants to run: {code}",
        waiting="Waiting for your approval: {who} wants to run code",
        noun="code of {who}",
    )
    reads_cut = replace(
        reads,
        question="This code began to run and was cut off; nobody knows how far it came.",
        headline="Code of {who} was cut off.",
        waiting="Waiting for your decision: code of {who} was cut off",
    )

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
        return super().rule(agent)

    def _filled(self, sentence: str, **given: Any) -> str:
        where = "" if self.is_isolated else " on this machine itself, without a sandbox"
        return super()._filled(sentence, name=self.language or "code", where=where, **given)


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

    label = "Package"
    offers = ("approve", "reject", "end")
    reads = Sentences(
        wanted="{who} wants to install {n} packages",
        note="The code needs {package}, which is not installed",
        waiting="Waiting for your approval: the code needs {package}",
        noun="the install of {package}",
    )

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

    def heading(self, who: str) -> str:
        wants = f"imports {self.module}, which is not installed here" if self.module else "installs it with pip"
        return f"The code of {who} {wants}."


class MessageRequest(ActionBase):
    """May the team read this message of a model? Asked in step mode."""

    of: Literal["message"] = "message"
    draft: int = 0
    """Which reply of the turn."""
    content: str = ""

    label = "Message"
    is_batched = True
    subject = "content"
    same = ()
    reads = Sentences(
        question="May the team read this message of {who}?",
        several="message{s} of {who}",
        heading="{who} wants to say:",
        note="{who} wants to say: {content}",
        waiting="Waiting for your approval of a message of {who}",
        noun="a message of {who}",
    )

    def action(self, agent: str) -> ActionRequest | None:
        return ActionRequest("message", agent, n_chars=len(self.content))
