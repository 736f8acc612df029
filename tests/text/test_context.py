"""How it reads that a long chat no longer fits."""

import pytest

from agents.chats import ContextSummarised, ContextTrimmed, Price, Usage
from agents.text.context import summarised_line, trimmed_line
from agents.text.states import event_line

LABELS = {"dev": "Developer"}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"agent": "dev", "why": "window", "context_window": 4_096, "n_messages": 12},
            "Left out for Developer from here on: the 12 oldest messages. Its model reads 4,096 tokens at once.",
        ),
        (
            {"agent": "dev", "why": "window", "n_messages": 1, "n_results": 2, "max_chars": 1_500},
            "Left out for Developer from here on: the oldest message, 2 older tool results of this turn, the middle of "
            "texts longer than 1,500 characters.",
        ),
        (
            {"agent": "", "why": "no_summary", "context_window": 4_096, "n_messages": 3},
            "Left out for the choice of speakers from here on: the 3 oldest messages. Its model reads 4,096 tokens at "
            "once. A summary was to take their place, but the call for it failed.",
        ),
        (
            {"agent": "dev", "why": "choice", "n_messages": 1},
            "Left out for Developer from here on: the oldest messages, as the team's setting for long chats says.",
        ),
    ],
)
def test_what_is_left_out_is_said_with_the_reason(fields, line: str):
    assert trimmed_line(ContextTrimmed(turn=3, **fields), LABELS) == line


@pytest.mark.parametrize(
    ("cost_usd", "usage", "used"),
    [
        (0.0123, Usage(input_uncached=900, output=100), "1k tokens, $0.0123"),
        (0.0, None, "free"),
        (None, Usage(output=9), "9 tokens, unknown price"),
    ],
)
def test_a_summary_is_said_with_its_cost(cost_usd: float | None, usage: Usage | None, used: str):
    price = Price(cost_usd=cost_usd, source="own price")
    made = ContextSummarised(turn=3, agent="dev", n_messages=12, text="They met.", usage=usage, price=price)
    line = f"From here on everybody reads a summary of the 12 oldest messages ({used}):\nThey met."
    assert summarised_line(made) == event_line(made, LABELS) == line
