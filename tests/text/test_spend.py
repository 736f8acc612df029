"""Costs and usage read the same everywhere, and what is unknown is said."""

from typing import Any

import pytest

from agents.chats import Call, CallRecording, Price, Spend, Usage
from agents.text.spend import cost_text, price_text, totals_text, usage_text


@pytest.mark.parametrize(
    ("cost_usd", "n_unpriced", "text"),
    [
        (0.0, 0, "free"),
        (0.00001, 0, "under $0.0001"),
        (0.0123, 0, "$0.0123"),
        (1_234.5, 0, "$1,234.50"),
        (0.0123, 2, "$0.0123 + unknown"),
        (0.0, 2, "unknown price"),
    ],
)
def test_a_cost_reads(cost_usd, n_unpriced, text):
    assert cost_text(Spend(n_calls=1, cost_usd=cost_usd, n_unpriced=n_unpriced)) == text


def test_no_calls_cost_nothing_yet():
    assert cost_text(Spend()) == "no calls yet"


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


def call(**more: Any) -> Call:
    usual = {
        "purpose": "reply", "connection": "lab", "model": "m", "outcome": "ok", "reply": "Hi.",
        "usage": Usage(input_uncached=30, output=2), "price": Price(cost_usd=0.01, source="own price"),
        "started_at": "2026-01-01T00:00:00Z", "first_token_s": 0.1, "duration_s": 2.0,
    }  # fmt: skip
    return Call(**{**usual, **more})


class TestATurn:
    def test_that_asked_no_model_says_nothing(self):
        assert usage_text([]) is None

    def test_says_tokens_cost_and_time_and_in_its_details_each_bucket(self):
        said = usage_text([call(purpose="select"), call(usage=Usage(input_uncached=1_000, reasoning=5))])
        assert said is not None
        assert said.text == "1k tokens · $0.0200 · 4 s"
        assert said.details == (
            "m at lab\nInput: 1,030 · Output: 2 · Reasoning: 5 · of these for choosing who speaks: 32 · "
            "first word after 0.1 s"
        )
        assert said.model == "m at lab"

    def test_says_what_nobody_counted_or_priced(self):
        said = usage_text([call(usage=None, price=Price(cost_usd=None, source="unknown"))])
        assert said is not None
        assert said.text == "tokens not counted · unknown price · 2 s"

    def test_says_how_many_calls_failed(self):
        said = usage_text([call(outcome="timeout", usage=None, first_token_s=None), call()])
        assert said is not None
        assert said.details.endswith("1 of 2 calls failed")

    def test_that_a_script_played_names_no_model_as_its_writer(self):
        price = Price(cost_usd=0.0, source="rehearsed")
        said, chosen = usage_text([call(price=price)]), usage_text([call(price=price, purpose="select")])
        assert said is not None
        assert chosen is not None
        assert (said.text, said.model, chosen.text) == ("rehearsed", "", "chosen by the script")


def test_a_chat_that_used_nothing_counts_its_messages_only():
    assert totals_text(1, Spend()) == "1 message"
    assert totals_text(1_200, Spend.of(call())) == "1,200 messages · 32 tokens · $0.0100"


def test_what_was_recorded_for_a_scripts_line_is_in_its_details_alone():
    recording = CallRecording(
        day="2026-11-30",
        model="m",
        usage=Usage(input_uncached=1_200, output=34),
        price=Price(cost_usd=0.0123, source="own price"),
        first_token_s=0.5,
        duration_s=3.1,
    )
    free = {"price": Price(cost_usd=0.0, source="rehearsed"), "usage": Usage()}
    said = usage_text([call(purpose="select", **free), call(recording=recording, **free)])
    assert said is not None
    assert said.text == "rehearsed"
    assert said.details.splitlines()[-1] == "As recorded: 1.2k tokens · $0.0123 · 3.1 s"
    plain = usage_text([call(**free)])
    assert plain is not None
    assert "ecorded" not in plain.details
