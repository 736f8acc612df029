"""Who may do what without being asked: a team's ordered rules over what its agents want to do.

Values and their matching, nothing else. The first rule that fits decides; where none fits, or a rule cannot be
applied, a person is asked. Called by the engine at every gate, and by the editor's dry run.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, Self, get_args

from pydantic import Field, JsonValue, model_validator

from agents.specs.validation import Spec

GatedKind = Literal["tool_call", "code_block", "package", "message"]
"""What an agent wants to do and a rule may decide. Other requests are questions: rules can only date them."""
GATED: tuple[GatedKind, ...] = get_args(GatedKind)
Action = Literal["approve", "ask", "refuse"]
Comparison = Literal["equals", "differs", "matches", "contains", "below", "above"]
Overdue = Literal["wait", "reject", "skip", "end"]
RequestKind = Literal[
    "human_turn", "tool_call", "code_block", "package", "message", "next_speaker", "limit", "loop", "pause",
    "model_failure", "function_failure", "question",
]  # fmt: skip
"""Everything that is asked of people; the classes are in `agents.chats.requests`."""
REJECTABLE: tuple[RequestKind, ...] = (*GATED, "question")
SKIPPABLE: tuple[RequestKind, ...] = (
    "tool_call",
    "code_block",
    "message",
    "human_turn",
    "question",
    "function_failure",
)
"""What a deadline may reject, or skip. It may let all kinds wait, and end the chat with any."""

LANGUAGES = (("python", "py", "python3"), ("sh", "bash", "shell"), ("javascript", "js"))
"""Names of one language each: an agent that is refused one must not run the same by another."""
MAX_RULES = 200
_PLURALS = {
    "tool_call": "tool calls",
    "code_block": "code",
    "package": "package installs",
    "message": "messages",
    "any": "everything",
}


class Condition(Spec):
    """What an argument of a tool call must be for a rule to fit; nested ones are named with dots."""

    argument: str = Field(min_length=1, max_length=200)
    comparison: Comparison = "equals"
    value: JsonValue
    """equals, differs: any JSON value. matches: a glob such as `reports/*`. contains: a part of a text or an item of
    a list. below, above: a number."""

    @model_validator(mode="after")
    def _value_fits_the_comparison(self) -> Self:
        if self.comparison in ("below", "above") and not _is_number(self.value):
            raise ValueError(f"{self.comparison!r} compares with a number; found {self.value!r}.")
        if self.comparison == "matches" and not isinstance(self.value, str):
            raise ValueError(f"'matches' takes a pattern such as 'reports/*'; found {self.value!r}.")
        return self

    def holds(self, arguments: dict[str, Any]) -> bool:
        """Whether it is true of `arguments`; LookupError or TypeError when that cannot be said."""
        found: Any = arguments
        for part in self.argument.split("."):
            found = found[int(part)] if isinstance(found, list) else found[part]
        match self.comparison:
            case "equals":
                return bool(found == self.value)
            case "differs":
                return bool(found != self.value)
            case "matches":
                return fnmatchcase(_text(found), str(self.value))
            case "contains":
                return self.value in found if isinstance(found, list) else _text(self.value) in _text(found)
            case "below":
                return _number(found) < _number(self.value)
            case "above":
                return _number(found) > _number(self.value)


class Rule(Spec):
    """One line of a policy. A field left at its default fits everything."""

    name: str = Field("", max_length=120)
    """What people see beside a decision that it made; described by its fields when empty."""
    kind: GatedKind | Literal["any"] = "any"
    agent: str = Field("*", min_length=1, max_length=200)
    """A glob over agent names."""
    tool: str = Field("*", min_length=1, max_length=200)
    """A glob over tool names; other than `*` it fits tool calls only."""
    language: str = Field("*", min_length=1, max_length=40)
    """A glob over languages, by any name that they have; other than `*` it fits code blocks only."""
    package: str = Field("*", min_length=1, max_length=200)
    """A glob over names of Python packages; other than `*` it fits installs only."""
    where: list[Condition] = []
    """All must hold; a rule with conditions fits tool calls only."""
    max_chars: int | None = Field(None, ge=1)
    """Fits only what is at most so long: the text, the code, or the arguments as JSON."""
    action: Action = "ask"
    reason: str = Field("", max_length=1_000)
    """For refuse: what the agent is told."""

    @property
    def label(self) -> str:
        """The rule in words."""
        if self.name:
            return self.name
        what = _PLURALS[self.kind]
        if self.tool != "*":
            what = f"tool {self.tool}"
        elif self.language != "*":
            what = f"{self.language} code"
        elif self.package != "*":
            what = f"installs of {self.package}"
        who = "" if self.agent == "*" else f" of {self.agent}"
        when = "".join(f", {part.argument} {part.comparison} {part.value!r}" for part in self.where)
        size = f", up to {self.max_chars:,} characters" if self.max_chars else ""
        return f"{self.action} {what}{who}{when}{size}"

    def fits(self, asked: "ActionRequest") -> bool:
        """Whether it decides `asked`; LookupError, TypeError or ValueError when that cannot be said."""
        if self.kind not in ("any", asked.kind) or not fnmatchcase(asked.agent, self.agent):
            return False
        if (self.tool != "*" or self.where) and asked.kind != "tool_call":
            return False
        if (self.language != "*" and asked.kind != "code_block") or (self.package != "*" and asked.kind != "package"):
            return False
        if not any(fnmatchcase(name, self.language.lower()) for name in _same_language(asked.language.lower())):
            return False
        if not fnmatchcase(_as_index(asked.package), _as_index(self.package)):
            return False
        if not fnmatchcase(asked.tool, self.tool):
            return False
        if self.max_chars is not None and asked.n_chars > self.max_chars:
            return False
        return all(condition.holds(asked.arguments) for condition in self.where)


def _same_language(name: str) -> tuple[str, ...]:
    return next((names for names in LANGUAGES if name in names), (name,))


def _as_index(package: str) -> str:
    """A package's name, or a glob over such, as indexes compare them."""
    return re.sub(r"[-_.]+", "-", package).lower()


class Deadline(Spec):
    """How long a request may wait, and what then becomes of it. Time never approves anything."""

    kind: Literal["any", RequestKind] = "any"
    """A kind of request; `any` fits all."""
    after_s: float = Field(gt=0, le=366 * 86_400)
    """Seconds from the request on."""
    outcome: Overdue = "wait"


@dataclass(frozen=True)
class ActionRequest:
    """What an agent wants to do, as far as rules look at it."""

    kind: GatedKind
    agent: str
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    package: str = ""
    n_chars: int = 0


@dataclass(frozen=True)
class PolicyDecision:
    """What the rules say."""

    action: Action
    rule: str = ""
    """Label of the rule that decided; "" when none fits."""
    reason: str = ""
    is_failed: bool = False
    """The rule could not be applied: whether it fits is not known."""


def evaluate(rules: Iterable[Rule], asked: ActionRequest) -> PolicyDecision:
    """What the first rule that fits says; "ask" when none does, and as soon as one cannot be applied."""
    for rule in rules:
        try:
            is_fitting = rule.fits(asked)
        except (LookupError, TypeError, ValueError):
            return PolicyDecision("ask", rule=f"{rule.label} (it could not be applied)", is_failed=True)
        if is_fitting:
            return PolicyDecision(rule.action, rule=rule.label, reason=rule.reason)
    return PolicyDecision("ask")


HAND_TO = "hand_to"
"""The tool by which an agent chooses who speaks after it; nobody is asked about it unless a rule says so."""
HANDING_OVER = PolicyDecision("approve", rule="Members may hand over")


def evaluate_team(rules: Iterable[Rule], asked: ActionRequest) -> PolicyDecision:
    """What a team's rules say, and the studio's own where none of them fits."""
    found = evaluate(rules, asked)
    return HANDING_OVER if asked.tool == HAND_TO and not found.rule else found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float:
    if not _is_number(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
