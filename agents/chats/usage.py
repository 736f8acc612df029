"""What model calls use and cost: tokens in buckets, a price, one call, and the sum of calls.

The model client returns a `Call`, the log carries it as `ModelCalled`, the ledger stores it, and every total on a
screen, in a limit or in the feed is a `Spend`. Each bucket of tokens is declared once, in `Usage`; tables, charts, the
feed and the ledger's columns iterate over `BUCKETS`. Frozen values without I/O.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import add, attrgetter, sub
from typing import Annotated, ClassVar, Literal, get_type_hints

from pydantic import ConfigDict, Field, JsonValue

from agents.chats.values import Fact

CallOutcome = Literal[
    "ok", "refused", "unauthorized", "not_found", "rate_limited", "quota", "server_error", "bad_request", "timeout",
    "dropped", "garbage", "empty", "not_configured", "too_long", "unknown", "over",
]  # fmt: skip
"""unknown: the call was cut, by a stop or the end of its process, so that nobody read how it ended. over: a rehearsal
has no further line, which ends the chat; such a call is not recorded."""

CutBy = Literal["", "length", "filter"]
"""What ended a reply before its model was done: its limit of tokens, or a content filter; "" for nothing."""
_CUT_BY: dict[str, CutBy] = {
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens", "token_limit"), "length"),
    **dict.fromkeys(
        ("content_filter", "safety", "sensitive", "recitation", "blocklist", "prohibited_content", "spii"), "filter"
    ),
}
"""By the finish reasons of providers, in small letters."""


def cut_by(finish_reason: str) -> CutBy:
    """Return what a reply with this finish reason was cut by."""
    return _CUT_BY.get(finish_reason.lower(), "")


Purpose = Literal["reply", "select", "summarise", "result", "embed", "propose", "try"]
"""Why a model is called: for an agent's reply, to select the next speaker, to sum up what no longer fits, to sum up
the chat at its end, to find passages by their meaning, as a part of a tool call, or to propose a team, outside of any
chat. try: in the ledger, every call of an agent that is tried in the team editor."""


@dataclass(frozen=True)
class Bucket:
    """How one kind of tokens is shown."""

    direction: Literal["input", "output"]
    label: str
    """In the legend of a chart."""
    column: str
    """At the top of a table's column."""
    help: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in buckets that exclude each other: their sum is what the server counted.

    A plain dataclass, checked only where an event is read: a log's fold adds thousands of them up."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    input_uncached: Annotated[int, Bucket("input", "Input", "In", "Input tokens, not cached")] = 0
    input_cached: Annotated[int, Bucket("input", "Input, cached", "Cached", "Input tokens from the cache")] = 0
    cache_write: Annotated[
        int, Bucket("input", "Input, cache writes", "Cache writes", "Input tokens written to the cache")
    ] = 0
    output: Annotated[int, Bucket("output", "Output", "Out", "Visible output tokens")] = 0
    reasoning: Annotated[int, Bucket("output", "Reasoning", "Reasoning", "Output tokens used for thinking")] = 0

    @property
    def total(self) -> int:
        return sum(_counts(self))

    @property
    def n_input(self) -> int:
        """All input tokens, cached ones included."""
        return sum(getattr(self, name) for name in INPUT_BUCKETS)

    @property
    def n_output(self) -> int:
        """All output tokens, reasoning included."""
        return self.total - self.n_input

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*map(add, _counts(self), _counts(other)))

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*map(sub, _counts(self), _counts(other)))


BUCKETS: dict[str, Bucket] = {
    field.name: get_type_hints(Usage, include_extras=True)[field.name].__metadata__[0] for field in fields(Usage)
}
"""Field of `Usage` -> how it is shown, in the order to show them."""
INPUT_BUCKETS = tuple(name for name, bucket in BUCKETS.items() if bucket.direction == "input")
NO_TOKENS = Usage()
_counts = attrgetter(*BUCKETS)


class Price(Fact):
    """What one model call cost and how that is known."""

    cost_usd: float | None
    """None: the price is unknown. 0.0: free on purpose (a local model)."""
    source: str
    """"genai-prices" and its version, "own price", "local", "rehearsed" (no model spoke), "OpenRouter" or "stated by" a
    host (what it says that it charged), or "unknown"."""
    as_of: str = ""
    """ISO date of the price list, "" when it states none."""


class CallRecording(Fact):
    """What a call took when its script was recorded. Shown beside the script's line, and never counted as spent."""

    day: str
    """ISO date of the recording."""
    model: str
    how: str = ""
    """How the figures were worked out; "" when a model really made the call."""
    usage: Usage | None
    price: Price
    first_token_s: float | None
    duration_s: float


class Call(Fact):
    """One model call that ended, well or not.

    The ledger stores no `reply`, `reasoning`, `tool_calls`, `usage_raw`, `prompt_sha256`, `context_window` and
    `recording`: in a call that was read from it they are empty."""

    turn: int = 0
    """Of the chat; 0 for a call outside of any turn, such as the test of a connection."""
    agent: str = ""
    """Whose call it was; "" for speaker selection, and outside of chats."""
    purpose: Purpose
    connection: str
    model: str
    outcome: CallOutcome
    reply: str = ""
    reasoning: str = ""
    """What the model thought before it replied: shown on demand, and read by nobody else."""
    tool_calls: list[dict[str, JsonValue]] = []
    finish_reason: str = ""
    usage: Usage | None
    """None: the server did not say."""
    usage_raw: dict[str, JsonValue] = {}
    """As the server sent it, and under "studio" what was left out of the request and how often it was sent."""
    price: Price
    prompt_sha256: str = ""
    """Digest of the messages sent."""
    context_window: int | None = None
    """Tokens that the model reads at once, as far as known after the call."""
    started_at: datetime
    first_token_s: float | None
    """Seconds from the start of the call to the first token, pauses between tries included; None when none came."""
    duration_s: float
    recording: CallRecording | None = Field(None, exclude_if=lambda recording: recording is None)
    """Of a line that a script spoke; None for one without figures, and for every call that a model answered."""
    error: str = ""
    """In plain words, without secrets; "" when ok."""
    failed_before: tuple["Call", ...] = Field((), exclude=True)
    """Calls that were made for the same purpose before it and failed: events of their own, and no part of this one."""

    @property
    def cut_by(self) -> CutBy:
        """What ended the reply before its model was done."""
        return cut_by(self.finish_reason)

    @property
    def is_rehearsed(self) -> bool:
        """True when a script answered it: no model was called."""
        return self.price.source == "rehearsed"

    @property
    def as_recorded(self) -> "Call | None":
        """The call as its script recorded it, in the figures alone; None when nothing was recorded. Its sums are what
        the recording took, and belong into no total of what was spent."""
        if self.recording is None:
            return None
        figures = {name: getattr(self.recording, name) for name in _RECORDED}
        return self.model_copy(update={**figures, "recording": None})

    @property
    def is_used(self) -> bool:
        """True when a model used tokens for it, or may have; a call that never reached a model used none."""
        return self.outcome in ("ok", "unknown") or self.usage is not None

    @property
    def is_unpriced(self) -> bool:
        """True when it used tokens at a price that nobody knows."""
        return self.is_used and self.price.cost_usd is None


_RECORDED = ("model", "usage", "price", "first_token_s", "duration_s")
"""The fields of a call that its recording has too."""


class OpenCall(Fact):
    """A model call that is being made: all that is known of it when nobody lives to tell how it ended."""

    agent: str
    purpose: Purpose
    connection: str
    model: str
    price: Price
    """When the server never says how many tokens it used."""
    started_at: datetime
    tries: int
    """Requests that were made for it, this one included."""

    def cut(self) -> Call:
        """Return the call as one of which nobody can say how it ended."""
        return Call(
            agent=self.agent,
            purpose=self.purpose,
            connection=self.connection,
            model=self.model,
            outcome="unknown",
            usage=None,
            usage_raw={"studio": {"tries": self.tries}} if self.tries > 1 else {},
            price=self.price,
            started_at=self.started_at,
            first_token_s=None,
            duration_s=0.0,
            error=CUT,
        )


MayBegin = Callable[[OpenCall], bool]
"""Asked right before each request to a model. While it says False nothing is sent."""
CUT = "This call was cut before its reply was complete. Nobody knows what the server counted for it."
"""The error of a call whose outcome is unknown."""


@dataclass(frozen=True, slots=True)
class Spend:
    """The sum of some model calls; `Spend()` is that of none. Every total is made by adding these up."""

    n_calls: int = 0
    n_failed: int = 0
    usage: Usage = NO_TOKENS
    n_uncounted: int = 0
    """Calls that used tokens of which the server did not say how many."""
    cost_usd: float = 0.0
    """The known part; `n_unpriced` calls come on top."""
    n_priced: int = 0
    """Calls whose price is known, free ones included."""
    n_local: int = 0
    """Priced calls of a local model."""
    n_rehearsed: int = 0
    """Priced calls that a script answered: no model spoke."""
    n_unpriced: int = 0
    """Calls that used tokens at a price that nobody knows."""
    duration_s: float = 0.0
    """Spent in the calls, pauses between tries included."""

    @classmethod
    def of(cls, call: Call) -> "Spend":
        return cls(
            n_calls=1,
            n_failed=int(call.outcome != "ok"),
            usage=call.usage or NO_TOKENS,
            n_uncounted=int(call.is_used and call.usage is None),
            cost_usd=call.price.cost_usd or 0.0,
            n_priced=int(call.price.cost_usd is not None),
            n_local=int(call.price.source == "local"),
            n_rehearsed=int(call.is_rehearsed),
            n_unpriced=int(call.is_unpriced),
            duration_s=call.duration_s,
        )

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(*map(add, _summed(self), _summed(other)))

    def __sub__(self, other: "Spend") -> "Spend":
        return Spend(*map(sub, _summed(self), _summed(other)))

    @property
    def n_tokens(self) -> int:
        return self.usage.total

    @property
    def known_cost_usd(self) -> float | None:
        """`cost_usd`; None when a price is unknown and no other call cost anything."""
        return None if self.n_unpriced and not self.cost_usd else self.cost_usd

    @property
    def is_rehearsed(self) -> bool:
        """True when a script answered every call."""
        return 0 < self.n_calls == self.n_rehearsed

    @property
    def is_free(self) -> bool:
        """True when calls were made and every one of them cost nothing on purpose."""
        return 0 < self.n_priced == self.n_local + self.n_rehearsed and not self.n_unpriced


_summed = attrgetter(*(field.name for field in fields(Spend)))


@dataclass(frozen=True)
class Total:
    """The sum of the calls that share `key`, and `part` where they are split by a second dimension."""

    key: str
    part: str
    spend: Spend
