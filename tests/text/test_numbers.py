"""Counts and tokens read short."""

import pytest

from agents.text.numbers import amount_text, count_text, tokens_text


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
    assert amount_text("max_tokens", 1_200) == "1,200"
