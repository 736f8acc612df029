"""Time in which a night of waiting does not hide minutes of work."""

import itertools

import pytest

from agents.insight.axis import shortened_axis
from agents.insight.turns import Turns
from tests.support.long_chat import log_of


def spans_of(n_turns: int) -> list[tuple[float, float, bool]]:
    """The stretches of a chat of so many turns, in seconds."""
    spans = Turns().add(log_of(n_turns)).spans
    return [
        (span.start.timestamp(), span.end.timestamp(), span.kind == "wait") for span in spans if span.end is not None
    ]


class TestShortenedAxis:
    def test_work_keeps_its_length_and_order(self):
        spans = spans_of(48)
        axis = shortened_axis(spans)
        assert all(before <= after for before, after in itertools.pairwise(axis.knots))
        assert all(before <= after for before, after in itertools.pairwise(axis.drawn))
        work_s = sum(end - start for start, end, waits in spans if not waits)
        assert work_s <= axis.end <= 2.5 * work_s
        drawn_s = sum(axis.at(end) - axis.at(start) for start, end, waits in spans if not waits)
        assert drawn_s == pytest.approx(work_s)

    def test_a_night_of_waiting_takes_no_longer_than_the_work(self):
        axis = shortened_axis([(0.0, 60.0, False), (60.0, 36_060.0, True), (36_060.0, 36_120.0, False)])
        assert [axis.at(second) for second in (-5.0, 0.0, 30.0, 60.0)] == [0.0, 0.0, 30.0, 60.0]
        assert axis.at(18_060.0) == pytest.approx((axis.at(60.0) + axis.at(36_060.0)) / 2)
        assert axis.end - axis.at(36_060.0) == pytest.approx(60.0)
        assert axis.end < 130.0

    def test_without_spans_it_is_a_second_long(self):
        assert (shortened_axis([]).at(0.5), shortened_axis([]).end) == (0.5, 1.0)
