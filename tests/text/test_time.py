"""Lengths of time, ages and deadlines read in at most two units."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.text.numbers import age_text, due_text, span_text

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.25, "0.25 s"), (2.44, "2.4 s"), (3, "3 s"), (59.9, "1 min"), (42, "42 s"), (200, "3 min 20 s"),
        (7_500, "2 h 5 min"), (3 * 86_400 + 4 * 3_600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_a_length_of_time_reads(seconds, text):
    assert span_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "just now"),
        (300, "5 min ago"),
        (3 * 3_600, "3 h ago"),
        (30 * 3_600, "yesterday"),
        (86_400 * 20, "12 Dec 2025"),
    ],
)
def test_an_age_reads(seconds, text):
    assert age_text(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (-1, "overdue"), (20, "due in under a minute"), (300, "due in 5 min"), (2 * 86_400, "due in 2 d")],
)
def test_a_deadline_reads_in_one_unit(seconds, text):
    assert due_text(None if seconds is None else NOW + timedelta(seconds=seconds), NOW) == text
