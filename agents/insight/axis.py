"""An axis of work: time in which waits and pauses take little, so that minutes of work stay readable beside a night.

Pure functions over seconds. Called by the timeline chart and by the page that a chat is exported as.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

SHORTENED_SHARE = 0.04
"""Of the work's length, what a shortened wait takes at most."""


@dataclass(frozen=True)
class Axis:
    """(real seconds, drawn seconds) pairs to interpolate between; both ascending, as long as each other."""

    knots: list[float]
    drawn: list[float]

    def at(self, second: float) -> float:
        """Return where a real second is drawn; what lies outside is drawn at the end next to it."""
        place = bisect_right(self.knots, second)
        if place == 0:
            return self.drawn[0]
        if place == len(self.knots):
            return self.drawn[-1]
        before, after = self.knots[place - 1], self.knots[place]
        share = (second - before) / (after - before)
        return self.drawn[place - 1] + share * (self.drawn[place] - self.drawn[place - 1])

    @property
    def end(self) -> float:
        """Where the last second is drawn."""
        return self.drawn[-1]


def shortened_axis(spans: Iterable[tuple[float, float, bool]]) -> Axis:
    """Return the axis of `spans`: (start, end, whether it is a wait), in real seconds, in any order. Waits and pauses
    take little, work takes its length; the first of the spans begins at 0."""
    ordered = sorted(spans)
    if not ordered:
        return Axis([0.0, 1.0], [0.0, 1.0])
    work_s = sum(end - start for start, end, waits in ordered if not waits)
    n_waits = sum(waits for _, _, waits in ordered)
    widest = max(work_s * SHORTENED_SHARE, 0.5)
    if n_waits:
        widest = min(widest, max(work_s, 2.0) / n_waits)
    knots, drawn = [ordered[0][0]], [0.0]
    for start, end, waits in ordered:
        pause, length = max(0.0, start - knots[-1]), max(0.0, end - max(start, knots[-1]))
        knots += [knots[-1] + pause, knots[-1] + pause + length]
        drawn += [drawn[-1] + min(pause, widest)]
        drawn += [drawn[-1] + (min(length, widest) if waits else length)]
    return Axis(knots, drawn)
