"""A rehearsal: the script of a chat, whose lines a rehearsed connection speaks in the place of a model.

Only words are scripted: code that a line holds really runs, gates really ask, and a person's line is a suggestion.
Values only; who speaks next, and what, is found in `agents.models.rehearsed`.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from agents.specs.team import TeamSpec
from agents.specs.team_validation import MAX_DEPTH, NAME_PATTERN, nesting
from agents.specs.validation import Format, Spec, dump_text, parse_text, read_spec

MAX_STEPS = 1_000
MAX_LINE_CHARS = 200_000
MAX_RECORDED_S = 3_600.0
MAX_HOW_CHARS = 400
MAX_MODEL_CHARS = 200
MAX_REPLIES = 101
"""Of one step: those with tool calls, and the message."""
MAX_TOKENS = 10**12

IN_REAL_TIME = "in real time"
"""Ends the name of a model whose lines take as long as the recording says."""


class ScriptedCall(Spec):
    """One tool call of a line."""

    tool: str = Field(min_length=1, max_length=200)
    arguments: dict[str, JsonValue] = {}
    saying: str = Field("", max_length=MAX_LINE_CHARS)
    """What the agent writes beside the call."""
    is_beside: bool = False
    """Whether it stands in the same reply as the call before it."""


class Step(Spec):
    """One turn of the chat, in the order of the script."""

    agent: str
    """Whose turn it is; a person or an executor too, so that the selection knows when."""
    says: str = Field("", max_length=MAX_LINE_CHARS)
    """The message. For a person: what they might answer. Empty for an executor, who says what running gave."""
    calls: list[ScriptedCall] = Field([], max_length=100)
    """What the agent calls before it speaks."""
    heard: str = Field("", max_length=4_000)
    """Words that must stand in what the agent has just read; else it would tell of what did not happen."""
    otherwise: str = Field("", max_length=MAX_LINE_CHARS)
    """The message when `heard` was not; empty: the chat asks a person, because the script does not fit."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        if not NAME_PATTERN.fullmatch(self.agent):
            raise ValueError(f"Found {self.agent[:80]!r} as agent; write a name as the team has it.")
        if self.otherwise and not self.heard:
            raise ValueError("It has 'otherwise' without 'heard'; say which words it is about.")
        if self.calls and self.calls[0].is_beside:
            raise ValueError("The first call stands beside none; remove its 'is_beside'.")
        if any(nesting(call.arguments) > MAX_DEPTH for call in self.calls):
            raise ValueError(f"Arguments nest more than {MAX_DEPTH} deep; write them flatter.")
        return self

    @property
    def replies(self) -> list[list[ScriptedCall]]:
        """The replies with calls, in order, each with those that stand beside each other."""
        rounds: list[list[ScriptedCall]] = []
        for call in self.calls:
            if call.is_beside:
                rounds[-1].append(call)
            else:
                rounds.append([call])
        return rounds


class RecordedCall(Spec):
    """What one model call of the script took when it was recorded."""

    step: int = Field(ge=1, le=MAX_STEPS)
    """Which step it belongs to, counted from 1."""
    purpose: Literal["reply", "select"] = "reply"
    """select: the call that chose the step's agent."""
    reply: int = Field(1, ge=1, le=MAX_REPLIES)
    """Which of the step's replies: those with tool calls in order, then the message."""
    model: str = Field("", max_length=MAX_MODEL_CHARS)
    """"" for the recording's."""
    tokens: dict[str, Annotated[int, Field(ge=0, le=MAX_TOKENS)]] = Field({}, max_length=20)
    """By the names of the studio's buckets, such as "input_uncached"; {}: nobody counted."""
    cost_usd: float | None = Field(None, ge=0)
    """None: the price is unknown."""
    price_source: str = Field("unknown", max_length=200)
    first_token_s: float | None = Field(None, ge=0, le=MAX_RECORDED_S)
    duration_s: float = Field(ge=0, le=MAX_RECORDED_S)


class Recording(Spec):
    """What the script's model calls took once; none of it is spent when the script is played."""

    day: date
    """Of the recording."""
    model: str = Field(min_length=1, max_length=MAX_MODEL_CHARS)
    how: str = Field("", max_length=MAX_HOW_CHARS)
    """How the figures were worked out, for people; "" when a model really made the calls."""
    calls: list[RecordedCall] = Field(min_length=1, max_length=100 * MAX_STEPS)


class Rehearsal(Spec):
    """The script of one chat."""

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=4_000)
    """What is to be seen."""
    task: str = Field(min_length=1, max_length=100_000)
    """The task it was written for."""
    files: list[str] = Field([], max_length=20)
    """Names of the gallery's files to attach at the start."""
    steps: list[Step] = Field(min_length=1, max_length=MAX_STEPS)
    recording: Recording | None = None

    def recorded(self, position: int, purpose: str, reply: int = 1) -> RecordedCall | None:
        """Return what was recorded for that reply of the step at `position` (from 0), or for its selection; None when
        nothing was."""
        wanted = (position + 1, purpose, reply)
        calls = self.recording.calls if self.recording else []
        return next((call for call in calls if (call.step, call.purpose, call.reply) == wanted), None)

    @property
    def agents(self) -> list[str]:
        """Who has a turn in it, in order of the first."""
        return list(dict.fromkeys(step.agent for step in self.steps))


def load_rehearsal(text: str, subject: str = "The rehearsal") -> Rehearsal:
    """The rehearsal written in `text` (YAML or JSON); SpecError names every field to correct."""
    return read_spec(Rehearsal, parse_text(text, subject), subject)


def dump_rehearsal(rehearsal: Rehearsal, format: Format = "yaml") -> str:
    """`rehearsal` as text that `load_rehearsal` reads back equal; defaults are left out."""
    fields = rehearsal.model_dump(mode="json", exclude_defaults=True)
    return dump_text({"schema_version": rehearsal.schema_version, **fields}, format)


def in_real_time(model: str) -> str:
    """Return the name by which the script called `model` is played in real time."""
    return f"{model} {IN_REAL_TIME}".strip()


def script_name(model: str) -> str:
    """Return which script a model's name means, in real time or not."""
    return model.removesuffix(IN_REAL_TIME).rstrip()


def at_script(team: TeamSpec, connection: str, model: str) -> TeamSpec:
    """`team` with everybody in it, the speaker selection and the summaries too, at the script."""
    none = {"connection": "", "model": ""}
    changed = {
        "agents": [agent.model_copy(update=none) for agent in team.agents],
        "selection": team.selection.model_copy(update=none),
        "context": team.context.model_copy(update=none),
        "summary": team.summary.model_copy(update=none),
    }
    return team.model_copy(update={**changed, "connection": connection, "model": model})
