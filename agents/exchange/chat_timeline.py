"""When what happened, for a replay: a moment for each entry, a lane for each member, and what was used until then.

Waits and pauses take little (`agents.insight.axis`), and entries that came at once follow each other at a pace that can
be seen. Where a script spoke with what was recorded for it, the recording's times and figures stand in its place, as on
the Timeline page. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agents.chats import RESULT, SELECTION, ModelCalled, Recorded, Spend, SubchatReturned, SubchatSpent
from agents.insight.axis import Axis, shortened_axis
from agents.insight.palette import RESULT_LABEL, SELECTION_LABEL
from agents.insight.turns import Span, SpanKind, Turns
from agents.specs import TeamSpec
from agents.text.recordings import price_of_recording
from agents.text.spend import totals_text

STEP_S = 0.4
"""The least time between two entries."""


@dataclass(frozen=True)
class Bar:
    """One thing that went on in a lane, in seconds of the replay."""

    lane: int
    kind: SpanKind
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Timeline:
    """The replay of one chat, in seconds from its beginning."""

    moments: list[float]
    """Of each entry, ascending."""
    end: float
    lanes: list[tuple[str, str]]
    """(agent name, name to show) from the top; the selection of speakers and the summary last, where there were any."""
    bars: list[Bar]
    sums: list[tuple[float, float]]
    """(second, what was used until then), ascending: dollars, or tokens where nothing cost anything."""
    is_money: bool
    used: list[str]
    """Of each entry, what was used until then, in words, and how that is known where a script spoke; "" for nothing."""


def timeline_of(log: Sequence[Recorded], team: TeamSpec, seqs: Sequence[int]) -> Timeline:
    """Return the replay of a chat whose entries are those of the events `seqs`, ascending."""
    # A millisecond for each event: those that came at one moment follow each other.
    turns, clock, sums = Turns(), dict[int, float](), list[tuple[float, Spend]]()
    spend, spent_at = Spend(), dict[int, Spend]()
    for recorded in log:
        turns.add([replace(recorded, at=recorded.at + timedelta(milliseconds=recorded.seq))])
        second = _second(turns.last_at or recorded.at)
        if (more := _spend_of(recorded)).n_calls:
            spend += more
            sums.append((second, spend))
        clock[recorded.seq], spent_at[recorded.seq] = second, spend
    last = _second(turns.last_at or log[-1].at)
    spans = [(_second(span.start), _second(span.end) if span.end else last, span) for span in turns.spans]
    axis = shortened_axis((start, max(start, end), span.kind == "wait") for start, end, span in spans)
    moments, replay = _paced([axis.at(clock[seq]) for seq in seqs], axis)
    lanes = _lanes(team, [span for _, _, span in spans])
    places = {name: place for place, (name, _) in enumerate(lanes)}
    how = f", {price_of_recording(turns.recordings[0])}" if turns.recordings else ""
    is_money = spend.cost_usd > 0
    return Timeline(
        moments=moments,
        end=replay.end,
        lanes=lanes,
        bars=[
            Bar(places[span.lane], span.kind, replay.at(axis.at(start)), replay.at(axis.at(end)), span.text)
            for start, end, span in spans
        ],
        sums=[
            (replay.at(axis.at(second)), until.cost_usd if is_money else float(until.n_tokens))
            for second, until in sums
        ],
        is_money=is_money,
        used=[f"{text}{how}" if (text := totals_text(None, spent_at[seq])) else "" for seq in seqs],
    )


def _paced(wanted: list[float], axis: Axis) -> tuple[list[float], Axis]:
    """Return (the moments of entries, at least `STEP_S` apart, the axis that leads from what was wanted to those)."""
    knots, drawn = [0.0], [0.0]
    moments = list[float]()
    for place in wanted:
        least = drawn[-1] + (STEP_S if moments else 0.0)
        knots.append(max(place, knots[-1]))
        drawn.append(max(drawn[-1] + knots[-1] - knots[-2], least))
        moments.append(drawn[-1])
    knots.append(max(axis.end, knots[-1]))
    drawn.append(drawn[-1] + knots[-1] - knots[-2])
    return moments, Axis(knots, drawn)


def _spend_of(recorded: Recorded) -> Spend:
    match recorded.event:
        case ModelCalled() as call:
            return Spend.of(call.as_recorded or call)
        case SubchatReturned(spend=spend) | SubchatSpent(spend=spend):
            return spend
    return Spend()


def _lanes(team: TeamSpec, spans: Sequence[Span]) -> list[tuple[str, str]]:
    found = {span.lane for span in spans}
    lanes = [(agent.name, agent.label) for agent in team.agents if agent.name in found]
    others = {**{name: name for name in sorted(found)}, SELECTION: SELECTION_LABEL, RESULT: RESULT_LABEL}
    known = {name for name, _ in lanes}
    return lanes + [(name, label) for name, label in others.items() if name in found - known]


def _second(at: datetime) -> float:
    return at.timestamp()
