"""What model calls used reads in one line, and unknown stays unknown."""

from typing import Any

from agents.chats import Call, Price, Spend, Usage
from agents.text.spend import totals_text, usage_text


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
