"""The fold from a chat's log to its turns: whose each one was, when, how long it took, and what it used.

`Turns.add` is incremental: adding a log in two parts gives what adding it at once gives, so a page that follows a
running chat reads only what is new. Times are the store's clock; a call's beginning is the time of its event less its
duration. Where a script spoke with what was recorded for it, the recording's figures stand in place of the script's,
and the clock goes on as if each call had taken as long. Knows no pandas; `frames` makes tables of this.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from agents.chats import SELECTION, Call, CallRecording, Recorded, Spend, events
from agents.specs import TeamSpec
from agents.text.actions import CODE_OUTCOMES, TOOL_OUTCOMES
from agents.text.recordings import line_of_script

SpanKind = Literal["reply", "select", "failed", "wait", "tool", "code", "own"]

Outcome = Literal["task", "message", "human", "auto", "code", "team", "under way", "waiting", "cut off"]


@dataclass(slots=True)
class Span:
    """A part of a turn in which one thing went on."""

    turn: int
    lane: str
    """Agent name, or SELECTION."""
    kind: SpanKind
    """reply, select: a good model call. failed: one that failed. wait: for a person. tool: a tool ran. code: a block
    of code ran. own: an agent without a model."""
    start: datetime
    end: datetime | None
    """None while it lasts."""
    text: str
    """What went on, for people: the model, the failure in words, or the question."""


@dataclass(slots=True)
class Turn:
    """One speaker's contribution."""

    turn: int
    """1-based; the task is turn 0."""
    agent: str
    """SELECTION until the speaker is chosen."""
    start: datetime
    end: datetime | None = None
    """None while it lasts."""
    seq: int | None = None
    """Of its message, when there is one."""
    method: str = ""
    """How the speaker was chosen; "" for the task and for what a person said between turns."""
    outcome: Outcome = "under way"
    human_s: float = 0.0
    """Waited for a person."""
    idle_s: float = 0.0
    """Time in it that the chat was ended, before a person continued it."""
    first_token_s: float | None = None
    """Of its first good reply; None when no model spoke."""
    spend: Spend = field(default_factory=Spend)
    """Of its model calls, speaker selection included; as recorded where a script spoke."""
    recording: CallRecording | None = None
    """Of the last of its calls that has one: its figures were not spent."""
    failures: list[str] = field(default_factory=list)
    """Outcomes of its failed calls, in order."""


@dataclass(frozen=True)
class Totals:
    """How a chat's time was spent, in seconds."""

    total_s: float
    """From its start to its end, or to now; time it lay ended before a person continued it is left out."""
    model_s: float
    human_s: float
    n_turns: int
    """Finished turns, the task not counted."""
    n_failed: int
    """Failed model calls."""


class Turns:
    """The turns and spans of one chat so far. Not for two threads at once."""

    def __init__(self) -> None:
        self.head = 0
        """seq of the last event added."""
        self.team: TeamSpec | None = None
        self.turns: list[Turn] = []
        """Ascending by turn."""
        self.spans: list[Span] = []
        """In the order they were recorded; each ends before the next begins."""
        self.idle: list[tuple[datetime, datetime]] = []
        """When the chat lay ended and was continued later."""
        self.started_at: datetime | None = None
        self.last_at: datetime | None = None
        self.is_ended = False
        self.recorded_calls: list[Call] = []
        """The calls of a script as they were recorded, in order."""
        self.recordings: list[CallRecording] = []
        """One of each model, day and way among the recordings of the chat, in order of the first."""
        self.n_unrecorded = 0
        """Lines of a script without figures."""
        self.is_mixed = False
        """Whether a model was called too."""
        self.ahead = timedelta()
        """How much longer calls took when they were recorded than when their lines were played: what the clock of the
        turns is ahead of the store's."""
        self._wait: Span | None = None
        self._open: set[str] = set()
        """Requests without a decision; the wait lasts until there are none."""
        self._span_of_turn = 0

    def add(self, log: Iterable[Recorded]) -> "Turns":
        """Fold the events after `head`, ascending by seq, and return itself; earlier events are passed over."""
        for recorded in log:
            if recorded.seq > self.head:
                self.last_at = self._add(recorded)
                self.head = recorded.seq
        return self

    def under_way(self) -> Span | None:
        """Return what has been going on since the last event, as a span without an end; None when nothing is."""
        if self.last_at is None or self.is_ended or self._wait or len(self.turns) < 2:
            return None
        turn = self.turns[-1]
        if turn.end is not None:
            return Span(turn.turn + 1, SELECTION, "select", self.last_at, None, "Who speaks next?")
        return Span(turn.turn, turn.agent, "reply" if turn.method else "select", self.last_at, None, "Working")

    def clock(self, now: datetime) -> datetime:
        """Return what the clock of the turns shows at that time, which is never before their last event."""
        now += self.ahead
        return max(now, self.last_at) if self.last_at else now

    def totals(self, now: datetime) -> Totals:
        """Return the sums over all turns; a wait or a turn that still lasts counts up to `now`."""
        if self.started_at is None or self.last_at is None:
            return Totals(0.0, 0.0, 0.0, 0, 0)
        end = self.last_at if self.is_ended else self.clock(now)
        idle_s = sum((until - since).total_seconds() for since, until in self.idle)
        waiting_s = (end - self._wait.start).total_seconds() if self._wait else 0.0
        spend = sum((turn.spend for turn in self.turns), Spend())
        return Totals(
            total_s=(end - self.started_at).total_seconds() - idle_s,
            model_s=spend.duration_s,
            human_s=sum(turn.human_s for turn in self.turns) + waiting_s,
            n_turns=sum(turn.end is not None and turn.turn > 0 for turn in self.turns),
            n_failed=spend.n_failed,
        )

    def _add(self, recorded: Recorded) -> datetime:
        """Fold one event, and return when it was."""
        event = recorded.event
        if isinstance(event, events.ModelCalled) and event.recording:
            self.ahead += timedelta(seconds=event.recording.duration_s - event.duration_s)
        at = recorded.at + self.ahead
        self._fold(event, at, recorded.seq)
        return at

    def _fold(self, event: events.Event, at: datetime, seq: int) -> None:
        match event:
            case events.ChatStarted():
                self.team, self.started_at = event.spec, at
            case events.SpeakerSelected():
                turn = self._turn(event.turn, at)
                turn.agent, turn.method = event.agent, event.method
            case events.ModelCalled():
                self._called(event, at)
            case events.DecisionRequested():
                self._asked(event, at)
            case events.DecisionMade():
                self._open.discard(event.request)
                if not self._open:
                    self._answered(at)
            case events.ToolReturned():
                self._ran(event, "tool", f"{event.tool}: {TOOL_OUTCOMES[event.outcome]}", at)
            case events.CodeReturned():
                self._ran(event, "code", f"Code: {CODE_OUTCOMES[event.outcome]}", at)
            case events.MessagePosted():
                self._posted(event, at, seq)
            case events.ChatEnded():
                self._open.clear()
                self._answered(at)
                self.is_ended = True
                if self.turns and self.turns[-1].end is None:
                    self.turns[-1].outcome, self.turns[-1].end = "cut off", at
            case events.ChatContinued():
                self._continued(at)

    def _turn(self, number: int, begun: datetime) -> Turn:
        if not self.turns or self.turns[-1].turn != number:
            self.turns.append(Turn(number, SELECTION, begun))
            self._span_of_turn = len(self.spans)
        return self.turns[-1]

    def _called(self, event: events.ModelCalled, at: datetime) -> None:
        call: Call = self._recorded(event) or event
        begun = max(at - timedelta(seconds=call.duration_s), self.last_at or at)
        is_result = event.purpose == "result" and bool(self.turns)  # told with the chat's last turn
        turn = self.turns[-1] if is_result else self._turn(event.turn, begun)
        turn.spend += Spend.of(call)
        turn.recording = event.recording or turn.recording
        if event.purpose == "embed":  # a part of a tool call, which has its own span
            return
        kind: SpanKind = "select" if event.purpose == "select" else "reply"
        text = line_of_script(event.recording) if event.recording else f"{call.model or 'model'} at {call.connection}"
        if event.outcome != "ok":
            turn.failures.append(event.outcome)
            kind, text = "failed", event.error or event.outcome.replace("_", " ")
        elif event.purpose == "reply" and turn.first_token_s is None:
            turn.first_token_s = call.first_token_s
        lane = SELECTION if event.purpose == "select" else event.agent
        self.spans.append(Span(turn.turn, lane, kind, begun, at, text))

    def _recorded(self, event: events.ModelCalled) -> Call | None:
        """Return the call as its script recorded it, and keep that; None when nothing was recorded."""
        call, recording = event.as_recorded, event.recording
        if call is None or recording is None:
            self.n_unrecorded += event.is_rehearsed
            self.is_mixed = self.is_mixed or not event.is_rehearsed
            return None
        self.recorded_calls.append(call)
        if all(_source(recording) != _source(other) for other in self.recordings):
            self.recordings.append(recording)
        return call

    def _asked(self, event: events.DecisionRequested, at: datetime) -> None:
        self._open.add(event.request)
        # what is asked when no turn is under way belongs to the turn before
        is_between = event.asked.is_between_turns and bool(self.turns) and self.turns[-1].end is not None
        turn = self.turns[-1] if is_between else self._turn(event.turn, at)
        if not is_between:
            turn.outcome = "waiting"
        if self._wait is None:
            self._wait = Span(turn.turn, event.agent or turn.agent, "wait", at, None, event.question)
            self.spans.append(self._wait)

    def _ran(self, event: events.ToolReturned | events.CodeReturned, kind: SpanKind, text: str, at: datetime) -> None:
        if not event.duration_s:
            return
        begun = max(at - timedelta(seconds=event.duration_s), self.last_at or at)
        self.spans.append(Span(event.turn, event.agent, kind, begun, at, text))

    def _answered(self, at: datetime) -> None:
        if self._wait is None:
            return
        self._wait.end = at
        self.turns[-1].human_s += (at - self._wait.start).total_seconds()
        if self.turns[-1].outcome == "waiting":
            self.turns[-1].outcome = "under way"
        self._wait = None

    def _posted(self, event: events.MessagePosted, at: datetime, seq: int) -> None:
        turn = self._turn(event.turn, at)
        turn.agent, turn.end, turn.seq = event.agent, at, seq
        turn.outcome = "message" if event.source == "model" else event.source
        if all(span.lane == SELECTION for span in self.spans[self._span_of_turn :]):
            begun = max(turn.start, self.spans[-1].end or turn.start) if self.spans else turn.start
            words = {
                "task": "The task",
                "human": "A person's message",
                "auto": "Automatic reply",
                "code": "What code printed",
                "team": "What its team made of it",
            }
            text = words.get(event.source, "Its message")
            self.spans.append(Span(event.turn, event.agent, "own", begun, at, text))

    def _continued(self, at: datetime) -> None:
        self.is_ended = False
        if self.last_at is None:
            return
        self.idle.append((self.last_at, at))
        if self.turns and self.turns[-1].outcome == "cut off":
            turn = self.turns[-1]
            turn.outcome, turn.end = "under way", None
            turn.idle_s += (at - self.last_at).total_seconds()


def _source(recording: CallRecording) -> tuple[str, str, str]:
    """Return where a recording comes from."""
    return recording.day, recording.model, recording.how
