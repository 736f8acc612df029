"""Events without what they say of costs and tokens, for a chat that is shown without amounts. Pure functions."""

import re
from typing import Any

from agents.chats import (
    ChatEnded,
    ChatStarted,
    ContextSummarised,
    DecisionMade,
    DecisionRequested,
    Event,
    LimitNeared,
    ModelCalled,
    Price,
    Spend,
    SubchatReturned,
    SubchatSpent,
)

LEFT_OUT = Price(cost_usd=None, source="left out")
_OF_CALL: dict[str, Any] = {
    "usage": None, "usage_raw": {}, "price": LEFT_OUT, "prompt_bytes": 0, "recording": None,
}  # fmt: skip
"""The fields of a model call that are amounts, and what stands in their place."""
_OF_MONEY = ("max_tokens", "max_cost_usd")
"""The limits that are amounts."""
_AMOUNT = re.compile(r"\$\s?\d[\d,.]*\d|\$\s?\d|\b\d[\d,.]*[kM]?(?= tokens?\b)")


def without_amounts(event: Event) -> Event | None:
    """Return the event without amounts; None for one that tells of nothing else."""
    match event:
        case LimitNeared(limit=limit):
            return None if limit in _OF_MONEY else event
        case ModelCalled():
            return event.model_copy(update=_OF_CALL)
        case ContextSummarised():
            return event.model_copy(update={"usage": None, "price": LEFT_OUT})
        case SubchatReturned() | SubchatSpent():
            return event.model_copy(update={"spend": Spend()})
        case DecisionRequested(of="limit"):
            payload = {name: value for name, value in event.payload.items() if name not in ("used", "allowed")}
            return event.model_copy(update={"payload": payload, "question": _unsaid(event.question)})
        case DecisionMade():
            return event.model_copy(update={"amount": None})
        case ChatEnded():
            return event.model_copy(update={"text": _unsaid(event.text)})
        case ChatStarted():
            return event.model_copy(update={"team": _unlimited(event.team)})
    return event


def _unsaid(sentence: str) -> str:
    """Return a sentence of the studio with "…" in place of each amount."""
    return _AMOUNT.sub("…", sentence)


def _unlimited(value: Any) -> Any:
    """Return a team as JSON without its limits of costs and tokens, those of its teams included."""
    if isinstance(value, list):
        return [_unlimited(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {name: _unlimited(inner) for name, inner in value.items()}
    limits = made.get("limits")
    if isinstance(limits, dict):
        made["limits"] = {name: inner for name, inner in limits.items() if name not in _OF_MONEY}
    return made
