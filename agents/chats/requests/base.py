"""What every kind of request has: its payload, the answers it takes, what an answer changes, and how it reads.

A kind is a subclass with a `Literal` tag `of`, its payload as fields, and what differs from the defaults here. Requests
know no event, no state and no screen; `agents.chats.events.DecisionRequested` carries one through the log.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from glob import escape
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, JsonValue

from agents.chats.values import Fact
from agents.errors import UsageError
from agents.plain_text import is_valid
from agents.specs import ActionRequest

if TYPE_CHECKING:
    from agents.chats.events import DecisionRequested

Limit = Literal["max_rounds", "max_tokens", "max_cost_usd", "max_work_s"]
Verdict = Literal[
    "reply", "skip", "end", "choose", "retry", "change_model", "approve", "edit", "reject", "raise", "finish",
    "continue",
]  # fmt: skip

MAX_TEXT_CHARS = 100_000
"""Of a task and of a person's reply."""


@dataclass(frozen=True)
class Answer:
    """What a person answers to a request; the fields are those of `DecisionMade`."""

    request: str
    digest: str
    """Of what was shown; empty never fits."""
    verdict: Verdict
    text: str = ""
    choice: str = ""
    model: str = ""
    edit: dict[str, Any] = field(default_factory=dict)
    amount: float | None = None

    @classmethod
    def to(cls, request: "DecisionRequested", verdict: Verdict, **given: Any) -> Self:
        """Return an answer to `request` as it was shown; `given` are the fields that belong to the verdict."""
        return cls(request.request, request.digest, verdict, **given)


@dataclass(frozen=True)
class Effect:
    """What an answer changes in the chat's state beyond being an answer."""

    models: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Agent -> the (connection, model) it has from here on."""
    raised: Mapping[Limit, float] = field(default_factory=dict)
    is_finishing: bool | None = None
    """None: as it was."""
    is_repetition_known: bool = False
    """A person knows that the messages so far are alike."""
    ends_pause: bool = False
    says: str = ""
    """What the person says as the next turn."""


@dataclass(frozen=True)
class Sentences:
    """How a kind of request reads, by the method of the same name. In braces stand fields of the request, and what the
    method is given; `s` is the ending of a plural."""

    question: str = ""
    headline: str = "{question}"
    several: str = "request{s} of {who}"
    wanted: str = "{who} wants to do {n} things"
    heading: str = ""
    note: str = ""
    waiting: str = "Paused: {question}"
    noun: str = "it"


class RequestBase(Fact):
    """A kind of request. Each field has a default, which stands for what older versions did not write."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    of: str = ""
    label: ClassVar[str] = "Request"
    """The kind's name on screens."""
    subject: ClassVar[str] = ""
    """The field of the payload that is shown in full, and that an edit replaces where "edit" is a verdict."""
    is_batched: ClassVar[bool] = False
    """Several that are alike may be approved or rejected at once."""
    is_bound: ClassVar[bool] = False
    """It is about something shown in full, so an answer names the request and its digest is shown."""
    is_failure: ClassVar[bool] = False
    is_between_turns: ClassVar[bool] = False
    """It is asked when no turn is under way."""
    offers: ClassVar[tuple[Verdict, ...]] = ()
    """The answers it takes, in the order to offer them."""
    same: ClassVar[tuple[str, ...] | None] = None
    """The fields that are alike in all that one approval for the rest of the chat covers; None: there is none."""
    lasting: ClassVar[Verdict | None] = None
    """The verdict that still counts when the chat ended before it was used, and a person continues it."""
    meanings: ClassVar[dict[Verdict, str]] = {
        "reject": "no; the agent reads why",
        "reply": "say this",
        "finish": "finish this turn, then end",
        "continue": "go on",
        "end": "end the chat",
    }
    """What the answers do that need a word."""
    reads: ClassVar[Sentences] = Sentences()
    decisions: ClassVar[dict[Verdict, str]] = {
        "skip": "{by} skipped it",
        "choose": "{by} chose {choice} to speak next",
        "retry": "{by} tried again",
        "change_model": "{by} moved {who} to {told}",
        "approve": "{by} approved {noun}",
        "edit": "{by} changed and approved {noun}",
        "reject": "{by} rejected {noun}{reason}",
        "raise": "{by} raised the limit to {amount}",
        "finish": "{by} lets this turn finish, then the chat ends",
        "continue": "{by} continued",
    }
    """What `decided` returns; "" for other verdicts."""

    @property
    def payload(self) -> dict[str, JsonValue]:
        """What is stored and hashed: the fields that were given, as they were given."""
        return self.model_dump(mode="json", exclude={"of"}, exclude_unset=True)

    @property
    def verdicts(self) -> list[Verdict]:
        """What it offers as it stands."""
        return list(self.offers)

    @property
    def is_repeatable(self) -> bool:
        """Whether the same may be approved for the rest of the chat."""
        return self.same is not None

    @property
    def shown(self) -> Any:
        """What is looked at before it is decided: a text, or named values; "" for kinds that ask without any."""
        return getattr(self, self.subject) if self.subject else ""

    @property
    def parts(self) -> dict[str, Any]:
        """`shown` as named values, for a table of several requests."""
        return self.shown if isinstance(self.shown, dict) else {self.subject: self.shown}

    @property
    def choices(self) -> list[str]:
        """What "choose" takes."""
        return []

    @property
    def value_hints(self) -> dict[str, str]:
        """The fields of a form that is to be filled in -> what each takes; {} for kinds without a form."""
        return {}

    @property
    def cautions(self) -> list[str]:
        """What speaks against it, as sentences."""
        return []

    # -- rules

    def action(self, agent: str) -> ActionRequest | None:
        """Return how the team's rules see it; None when no rule may decide it."""
        return None

    def rule(self, agent: str) -> dict[str, Any]:
        """Return the rule that approves the same for the rest of the chat; UsageError where there can be none."""
        if self.same is None:
            raise UsageError("Only tool calls, code and messages can be approved for the rest of a chat.")
        alike = {name: escape(getattr(self, name)) for name in self.same}
        return {"kind": self.of, "agent": escape(agent), "action": "approve", **alike}

    # -- answers

    def check(self, answer: Answer, connections: Collection[str]) -> None:
        """UsageError when `answer`, one of the verdicts offered, is none that can be recorded. `connections` are the
        names a model may be changed to."""
        match answer.verdict:
            case "reply":
                check_text(answer.text, "The reply")
            case "reject":
                check_length(answer.text, "The reason")
            case "edit":
                self._check_edit(answer.edit)
        check_length(answer.text, "The text")
        check_length(answer.model, "The model's name")

    def _check_edit(self, edit: dict[str, Any]) -> None:
        """Check that the edit replaces exactly one thing."""
        if set(edit) != {self.subject}:
            found = ", ".join(sorted(edit)) or "nothing"
            text = f"An edit of this gives {self.subject!r} and nothing else; found {found}. Nothing was recorded."
            raise UsageError(text)
        self._check_edited(edit[self.subject])

    def _check_edited(self, value: Any) -> None:
        check_text(value if isinstance(value, str) else "", "The edit")

    def edit_from(self, text: str) -> dict[str, Any]:
        """Return the edit that a written file makes; UsageError says what is wrong with it."""
        return {self.subject: text.removesuffix("\n")}

    def answer_from(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return the fields of an `Answer` for values typed by name; UsageError for a kind without such values."""
        raise UsageError("This takes no values. Choose one of the answers that are offered; nothing was recorded.")

    def effect(self, agent: str, answer: Answer) -> Effect:
        """Return what `answer` changes in the chat; `agent` is in whose place it was asked."""
        return Effect()

    # -- how it reads

    def meaning(self, verdict: Verdict) -> str:
        """Return what the answer does; "" where that is plain."""
        return self._filled(self.meanings.get(verdict, ""))

    def question(self, who: str) -> str:
        """Return what is asked, in a sentence; `who` is the name to show of the agent it is about, "" for the team."""
        return self._filled(self.sentences.question, who=who)

    @classmethod
    def headline(cls, question: str, who: str, tool: str) -> str:
        """Return what is asked, on one line, from what lists hold."""
        return cls.reads.headline.format(question=question, who=who, tool=tool)

    @classmethod
    def several(cls, n: int, who: str, tool: str) -> str:
        """Return what so many of them that are alike are called, from what lists hold."""
        return cls.reads.several.format(s="" if n == 1 else "s", who=who, tool=tool)

    def wanted(self, n: int, who: str) -> str:
        """Return a sentence for so many of them that are open at once in one turn."""
        return self._filled(self.sentences.wanted, n=n, who=who)

    def heading(self, who: str) -> str:
        """Return what stands above `shown` on the command line; "" for nothing."""
        return self._filled(self.sentences.heading, who=who)

    def note(self, who: str) -> str:
        """Return the line of a printed transcript that says it is asked; "" for what is told elsewhere."""
        return self._filled(self.sentences.note, who=who)

    def short(self, question: str) -> str:
        """Return what tells it from others that are open at once."""
        return question

    def waiting(self, who: str, question: str) -> str:
        """Return what the chat waits for."""
        return self._filled(self.sentences.waiting, who=who, question=question)

    def noun(self, who: str) -> str:
        """Return what a decision was about."""
        return self._filled(self.sentences.noun, who=who)

    def decided(self, by: str, who: str, answer: Answer, labels: Mapping[str, str]) -> str:
        """Return what `by` decided, in a sentence; "" for what is there to read as a message or an ending.
        `labels`: agent name -> name to show."""
        return self._filled(
            self.decisions.get(answer.verdict, ""),
            by=by,
            who=who or "the speaker selection",
            noun=self.noun(who),
            told=self.answered(answer),
            choice=labels.get(answer.choice, answer.choice),
            reason=f": {answer.text}" if answer.text else "",
            amount="…" if answer.amount is None else f"{answer.amount:,.12g}",
        )

    @property
    def sentences(self) -> Sentences:
        """How it reads as it stands."""
        return self.reads

    def _filled(self, sentence: str, **given: Any) -> str:
        return sentence.format(**{**dict(self), **given})

    def answered(self, answer: Answer) -> str:
        """Return what the answer gives beyond its verdict, for an audit."""
        match answer.verdict:
            case "reply":
                return answer.text
            case "choose":
                return answer.choice
            case "change_model":
                return f"{answer.model} at {answer.choice}" if answer.model else answer.choice
            case "raise":
                return f"{answer.amount:.12g}" if answer.amount is not None else ""
        return ""


class ToolQuestion(RequestBase):
    """A question that a tool puts to a person; the reply is the result of its call."""

    call: str = ""
    """Which call of the turn, as in `ToolReturned`."""
    tool: str = ""

    is_bound = True
    offers = ("reply", "reject", "skip", "end")
    lasting = "reply"

    def check_asked(self) -> None:
        """UsageError, for the tool that asks, when it cannot be shown and answered."""


def check_text(text: str, subject: str) -> None:
    """UsageError when a person's `text` says nothing or is too long."""
    if not text.strip():
        raise UsageError(f"{subject} is empty. Write what you want to say; nothing was recorded.")
    check_length(text, subject)


def check_length(text: str, subject: str) -> None:
    """UsageError when a person's `text` is too long, or no text."""
    if not is_valid(text):
        raise UsageError(f"{subject} has invalid characters in it. Write it again; nothing was recorded.")
    if len(text) > MAX_TEXT_CHARS:
        raise UsageError(
            f"{subject} has {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are allowed. "
            "Shorten it; nothing was recorded."
        )
