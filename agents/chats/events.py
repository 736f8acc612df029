"""The facts of a chat. Everything that a screen shows, and everything a leg resumes from, is these.

Frozen values, equal by content, JSON only. They know no chat id, no seq and no time: the store stamps those
(`Recorded`). Adding a kind means adding a class here, to `Event`, and a line to `transcript.fold`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from agents.chats.action_events import CodeReturned as CodeReturned
from agents.chats.action_events import CodeReturnedOutcome as CodeReturnedOutcome
from agents.chats.action_events import CodeStarted as CodeStarted
from agents.chats.action_events import FilesChanged as FilesChanged
from agents.chats.action_events import NotRunOutcome as NotRunOutcome
from agents.chats.action_events import ToolReturned as ToolReturned
from agents.chats.action_events import ToolReturnedOutcome as ToolReturnedOutcome
from agents.chats.action_events import ToolStarted as ToolStarted
from agents.chats.requests import Answer, Limit, Request, Verdict, request_of
from agents.chats.subchat_events import ParentTurn as ParentTurn
from agents.chats.subchat_events import SubchatReturned as SubchatReturned
from agents.chats.subchat_events import SubchatSpent as SubchatSpent
from agents.chats.subchat_events import SubchatStarted as SubchatStarted
from agents.chats.usage import Call, CutBy, Price, Usage
from agents.chats.values import Fact, Person, sha256_of
from agents.specs import RequestKind, TeamSpec, pinned_team
from agents.specs.team import SelectionMethod as Method

EVENT_SCHEMA = 1
"""Version stored with every event; older ones are upgraded in `event_from_json`."""

SelectionMethod = (
    Method | Literal["only_choice", "first", "fallback", "interjected", "named", "runs_code", "handed_over", "function"]
)
MessageSource = Literal["task", "model", "human", "auto", "code", "team"]


class ChatStarted(Fact):
    """A person gave a team a task. Pins the team by value: later edits of the team change nothing here."""

    kind: Literal["ChatStarted"] = "ChatStarted"
    team: dict[str, JsonValue]
    """A valid `TeamSpec` as JSON, placeholders filled."""
    task: str
    by: Person
    parent: ParentTurn | None = None
    """What a team that is a member of another one works on; None for a chat that a person started."""
    is_try: bool = False
    """Whether one agent is tried with one message: a chat that no list shows."""

    @property
    def spec(self) -> TeamSpec:
        """The team, read."""
        return pinned_team(dict(self.team))


class SpeakerSelected(Fact):
    """A turn began."""

    kind: Literal["SpeakerSelected"] = "SpeakerSelected"
    turn: int
    """1-based; the task is turn 0."""
    agent: str
    method: SelectionMethod
    """fallback: the model named nobody, or several, in all its attempts; the next in the list speaks. interjected: a
    person had something to say. named: the message before names nobody else. runs_code: it has code, which nobody else
    may run. handed_over: who spoke before chose it. function: the team's own chose it."""


class ModelCalled(Call):
    """A model call ended, well or not. Written before its reply is used, so that a crash repeats no call."""

    kind: Literal["ModelCalled"] = "ModelCalled"
    prompt_bytes: int = 0
    """How large the prompt was; with the tokens that were counted it tells how large a token is. 0: not known."""


class ContextTrimmed(Fact):
    """From here on a member's prompts leave something out, as the last such event of it says. Written before the
    prompt is sent, so that a resumed leg sends the same one."""

    kind: Literal["ContextTrimmed"] = "ContextTrimmed"
    turn: int
    agent: str
    """Whose prompts; "" for speaker selection."""
    why: Literal["window", "choice", "no_summary"]
    """window: more did not fit. choice: the team wants the last messages only. no_summary: it did not fit, and the
    model that was to sum it up failed."""
    context_window: int | None = None
    """Tokens that the model reads at once; None where that is not why."""
    n_messages: int = 0
    """Messages left out, the oldest behind the task."""
    n_results: int = 0
    """Tool results of this turn that are left out, the oldest."""
    max_chars: int | None = None
    """Texts longer than this are shortened in their middle."""


class ContextSummarised(Fact):
    """From here on all members read a summary in place of the oldest messages behind the task."""

    kind: Literal["ContextSummarised"] = "ContextSummarised"
    turn: int
    agent: str
    """Whose prompt did not fit; "" for speaker selection."""
    n_messages: int
    """Messages that the summary stands for."""
    text: str
    usage: Usage | None
    """Of the call that made it."""
    price: Price


class FallbackUsed(Fact):
    """A call failed for good, and another connection is called in its place until the turn is over. Written together
    with the failed call."""

    kind: Literal["FallbackUsed"] = "FallbackUsed"
    turn: int
    agent: str
    """Whose call it was; "" for speaker selection."""
    connection: str
    """The one that failed, and its model."""
    model: str
    error: str
    """Why, in plain words, without secrets."""
    fallback: str
    """The connection that is called now, with its own model."""


class MessagePosted(Fact):
    """The team saw a message; the turn is over."""

    kind: Literal["MessagePosted"] = "MessagePosted"
    turn: int
    agent: str
    content: str
    source: MessageSource
    """human: a person wrote it in the agent's place. auto: the agent's `auto_reply`. code: an executor's report.
    team: the result of its chat."""
    by: Person | None = None
    """Who wrote it, for task and human."""
    cut_by: CutBy = ""
    """What ended it before its model was done."""
    shape_problem: str | None = None
    """Why it does not have the shape of its agent's replies; "": it has. None: its agent may say anything."""


class DecisionRequested(Fact):
    """The chat waits for a person. `digest` binds the answer to exactly `payload`."""

    kind: Literal["DecisionRequested"] = "DecisionRequested"
    request: str
    """Unique in the chat, such as "r12"."""
    turn: int
    of: RequestKind
    agent: str
    """In whose place a person is asked; "" for the team as a whole."""
    question: str
    """What is asked, in a sentence for the person."""
    payload: dict[str, JsonValue]
    """The fields of the kind's class in `agents.chats.requests`; `asked` reads them."""
    options: list[Verdict]
    digest: str
    rule: str = ""
    """The rule that asked, or that decided at once; "" when none fits."""
    deadline_s: float | None = None
    """Seconds from the request on, after which `overdue` is what becomes of it; None: it waits."""
    overdue: Literal["wait", "reject", "skip", "end"] = "wait"

    @property
    def asked(self) -> Request:
        """What is asked, as the class of its kind."""
        return request_of(self.of, self.payload)


class DecisionMade(Fact):
    """A request is decided: by a person, by a rule of the team or the chat, or by its deadline. The first decision
    on a request wins; there is never a second."""

    kind: Literal["DecisionMade"] = "DecisionMade"
    request: str
    digest: str
    verdict: Verdict
    text: str = ""
    """reply: what the person says, in the place of the agent or of the tool; reject: the reason, for the agent."""
    choice: str = ""
    """choose: the agent's name; change_model: the connection's name."""
    model: str = ""
    """change_model: the model's name, the connection's own when empty."""
    edit: dict[str, JsonValue] = {}
    """edit: what stands instead: {"arguments"} of the same tool, {"content"} or {"code"}."""
    amount: float | None = None
    """raise: the new limit."""
    by: Person | None = None
    """None: a rule decided, or time."""
    rule: str = ""
    """The rule that decided."""

    @property
    def answer(self) -> Answer:
        """What was answered, whoever did."""
        return Answer(**self.model_dump(exclude={"kind", "by", "rule"}))

    @property
    def who(self) -> str:
        """Who or what decided, to be shown."""
        if self.by:
            return self.by.name
        return f"The rule {self.rule!r}" if self.rule else "The deadline"


class RuleAdded(Fact):
    """From here on what the team's rules would ask a person is decided by this rule of the chat alone, where it fits.
    What they refuse stays refused."""

    kind: Literal["RuleAdded"] = "RuleAdded"
    id: str
    """Unique in the chat."""
    rule: dict[str, JsonValue]
    """A valid `Rule` as JSON."""
    by: Person


class RuleRevoked(Fact):
    """A rule of this chat no longer counts."""

    kind: Literal["RuleRevoked"] = "RuleRevoked"
    id: str
    by: Person


class LimitNeared(Fact):
    """Most of a limit is used up. Said once for each limit and each value of it."""

    kind: Literal["LimitNeared"] = "LimitNeared"
    limit: Limit
    used: float
    allowed: float


class Interjected(Fact):
    """A person has something to say; it becomes the next turn."""

    kind: Literal["Interjected"] = "Interjected"
    text: str
    by: Person


class PauseAsked(Fact):
    """A person wants the chat to wait once the turn under way is over."""

    kind: Literal["PauseAsked"] = "PauseAsked"
    by: Person


EndReason = Literal[
    "phrase", "max_rounds", "max_tokens", "max_cost", "max_work", "limit", "repeats", "auto_replies", "no_speaker",
    "function", "after_last", "person", "deadline", "stopped", "defect", "script",
]  # fmt: skip


class ChatEnded(Fact):
    """The chat is over until a person continues it."""

    kind: Literal["ChatEnded"] = "ChatEnded"
    reason: EndReason
    text: str
    """Why, in words: "QA said TERMINATE."."""
    by: Person | None = None
    """Who ended it, for person and stopped. limit: it was to end with the turn in which a limit was reached.
    script: the rehearsal has no further line."""


class ChatSummarised(Fact):
    """A model summed up the chat, or was to. Written together with the end, or when a person asked for it later."""

    kind: Literal["ChatSummarised"] = "ChatSummarised"
    text: str
    """The chat's result; "": there is none."""
    error: str = ""
    """Why there is none, in plain words."""


class SummaryAsked(Fact):
    """A person wants the summary of a chat that ended before a model could write it."""

    kind: Literal["SummaryAsked"] = "SummaryAsked"
    by: Person


class ChatContinued(Fact):
    """A person went on with an ended chat; limits count anew from here, and phrases said before are past."""

    kind: Literal["ChatContinued"] = "ChatContinued"
    by: Person


Event = Annotated[
    ChatStarted
    | SpeakerSelected
    | ModelCalled
    | FallbackUsed
    | ContextTrimmed
    | ContextSummarised
    | MessagePosted
    | DecisionRequested
    | DecisionMade
    | ChatEnded
    | ChatSummarised
    | SummaryAsked
    | ChatContinued
    | ToolStarted
    | ToolReturned
    | CodeStarted
    | CodeReturned
    | FilesChanged
    | SubchatStarted
    | SubchatReturned
    | SubchatSpent
    | RuleAdded
    | RuleRevoked
    | LimitNeared
    | Interjected
    | PauseAsked,
    Field(discriminator="kind"),
]

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log holds it."""

    chat: str
    seq: int
    """1-based, gap-free in the chat."""
    at: datetime
    """Aware, UTC, the store's clock."""
    event: Event

    def to_json(self) -> dict[str, Any]:
        """Flat and JSON-ready: chat, seq, at, kind and the event's own fields; the chat of a team is its `subchat`."""
        said = self.event.model_dump(mode="json")
        if "chat" in said:
            said["subchat"] = said.pop("chat")
        return {"chat": self.chat, "seq": self.seq, "at": self.at.isoformat(), **said}


def event_from_json(body: str, *, schema: int, chat: str, seq: int) -> Event:
    """The event that a stored `body` is, JSON; ValueError naming kind and seq when this version does not know it."""
    if schema > EVENT_SCHEMA:
        raise ValueError(f"event {seq} of chat {chat} was written by a newer version (schema {schema})")
    try:
        return _EVENT.validate_json(body)
    except ValidationError as error:
        kind = json.loads(body).get("kind")
        raise ValueError(f"event {seq} of chat {chat} has an unknown form: kind {kind!r}") from error


def request_digest(of: str, agent: str, turn: int, payload: dict[str, JsonValue]) -> str:
    """What binds a decision to what was shown."""
    return sha256_of({"of": of, "agent": agent, "turn": turn, "payload": payload})
