"""Costs read the same everywhere, and what is unknown is said."""

import pytest

from agents.chats import Spend
from agents.text.spend import cost_text, price_text


@pytest.mark.parametrize(
    ("cost_usd", "n_unpriced", "text"),
    [
        (0.0, 0, "free"),
        (0.00001, 0, "under $0.0001"),
        (0.0123, 0, "$0.0123"),
        (1_234.5, 0, "$1,234.50"),
        (0.0123, 2, "$0.0123 + unknown"),
        (0.0, 2, "unknown price"),
        (None, 0, "unknown price"),
    ],
)
def test_a_cost_reads(cost_usd, n_unpriced, text):
    assert cost_text(cost_usd, n_unpriced) == text


def test_no_calls_cost_nothing_yet():
    assert cost_text(0.0, 0, n_calls=0) == "no calls yet"


@pytest.mark.parametrize(
    ("n_priced", "n_unpriced", "n_local", "text"),
    [
        (0, 0, 0, "nothing used"),
        (3, 0, 0, "known"),
        (3, 0, 3, "free, local"),
        (3, 0, 1, "known"),
        (0, 2, 0, "unknown"),
        (1_200, 1, 0, "1 of 1,201 unknown"),
    ],
)
def test_a_price_reads(n_priced, n_unpriced, n_local, text):
    assert price_text(Spend(n_priced=n_priced, n_unpriced=n_unpriced, n_local=n_local)) == text


def test_lines_of_a_script_are_said_to_be_rehearsed():
    assert price_text(Spend(n_priced=4, n_rehearsed=4)) == "rehearsed"
    assert price_text(Spend(n_priced=4, n_local=1, n_rehearsed=3)) == "free, local"
    assert price_text(Spend(n_priced=4, n_rehearsed=3)) == "known"
