"""Counts, sizes, lengths of time, dates and deadlines read the same everywhere."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.text.numbers import age_text, amount_text, count_text, due_text, span_text, tokens_text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 tokens"), (1, "1 token"), (870, "870 tokens"), (12_400, "12.4k tokens"), (3_000_000, "3M tokens")],
)
def test_tokens_read_short(number, text):
    assert tokens_text(number) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 messages"), (1, "1 message"), (1_204, "1,204 messages")])
def test_one_thing_is_not_several(number, text):
    assert count_text(number, "message") == text


def test_only_a_cost_is_in_dollars():
    assert amount_text("max_cost_usd", 0.25) == "$0.25"
    assert amount_text("max_cost_usd", 12_345.678) == "$12,345.68"
    assert amount_text("max_tokens", 1_200) == "1,200"


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
