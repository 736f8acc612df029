"""Logs of any length: four agents, selection calls, human turns, failed calls, and several kinds of prices."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.chats import (
    ChatEnded,
    ChatStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    Price,
    Recorded,
    SpeakerSelected,
    Total,
    Usage,
    request_digest,
)
from agents.insight import call_totals
from agents.specs import team_from_dict

ANNA = Person(name="Anna")
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

TEAM = team_from_dict(
    {
        "name": "Product team",
        "agents": [
            {"name": "User", "role": "human", "emoji": "🙋"},
            {"name": "PM", "display_name": "Product manager", "prompt": "Plan."},
            {"name": "Developer", "prompt": "Write."},
            {"name": "QA", "prompt": "Check."},
        ],
    }
)

LOCAL = Price(cost_usd=0.0, source="local")
UNKNOWN = Price(cost_usd=None, source="unknown")


def priced(cost_usd: float) -> Price:
    return Price(cost_usd=cost_usd, source="genai-prices", as_of="2026-02-01")


def call(turn: int, agent: str, **changes: Any) -> ModelCalled:
    """A good call of 100 + 20 input and 30 + 5 output tokens that took 2 s and cost a cent."""
    values: dict[str, Any] = {
        "purpose": "reply" if agent else "select",
        "connection": "openai",
        "model": "gpt-4o-mini",
        "outcome": "ok",
        "usage": Usage(input_uncached=100, input_cached=20, output=30, reasoning=5),
        "price": priced(0.01),
        "prompt_sha256": "0" * 64,
        "started_at": MORNING,
        "first_token_s": 0.4,
        "duration_s": 2.0,
    }
    return ModelCalled(turn=turn, agent=agent, **{**values, **changes})


def human_request(turn: int) -> DecisionRequested:
    return DecisionRequested(
        request=f"{turn}-human_turn-1",
        turn=turn,
        of="human_turn",
        agent="User",
        question="It is your turn, as User.",
        payload={},
        options=["reply", "skip", "end"],
        digest=request_digest("human_turn", "User", turn, {}),
    )


def answered(request: DecisionRequested) -> DecisionMade:
    return DecisionMade(request=request.request, digest=request.digest, verdict="reply", text="Go on.", by=ANNA)


def moments(n_turns: int) -> Iterator[tuple[float, Event]]:
    """(seconds since the event before, event) of a chat of `n_turns`, ended. Every eighth turn is a person's.

    The developer's model is local, QA's has no known price, every eleventh turn's first call is refused.
    """
    yield 0, ChatStarted(team=TEAM.model_dump(mode="json"), task="A snake game.", by=ANNA)
    yield 0, MessagePosted(turn=0, agent="User", content="A snake game.", source="task", by=ANNA)
    for turn in range(1, n_turns + 1):
        agent = "User" if turn % 8 == 0 else ("PM", "Developer", "QA")[turn % 3]
        yield 0.9, call(turn, "", duration_s=0.8, first_token_s=0.3, price=priced(0.001), model="gpt-4o-nano")
        yield 0.01, SpeakerSelected(turn=turn, agent=agent, method="auto")
        if agent == "User":
            request = human_request(turn)
            yield 0, request
            yield 40 + 9_000 * (turn % 48 == 0), answered(request)
            yield 0, MessagePosted(turn=turn, agent="User", content="Go on.", source="human", by=ANNA)
            continue
        if turn % 11 == 0:
            error = "The server answered 429 (too many requests)."
            yield 1.2, call(turn, agent, outcome="rate_limited", usage=None, price=UNKNOWN, duration_s=1.0, error=error)
        duration_s = 2.0 + turn * 7 % 50 / 10
        if agent == "Developer":
            yield duration_s, call(turn, agent, connection="ollama", model="qwen3", price=LOCAL, duration_s=duration_s)
        elif agent == "QA":
            yield duration_s, call(turn, agent, connection="lab", model="home", price=UNKNOWN, duration_s=duration_s)
        else:
            yield duration_s, call(turn, agent, duration_s=duration_s)
        yield 0.01, MessagePosted(turn=turn, agent=agent, content=f"Message {turn}.", source="model")
    yield 0.01, ChatEnded(reason="max_rounds", text="The chat reached its limit of messages.")


def events_of(n_turns: int) -> list[Event]:
    return [event for _, event in moments(n_turns)]


def log_of(n_turns: int, chat: str = "c1") -> list[Recorded]:
    log, at = [], MORNING
    for seq, (later_s, event) in enumerate(moments(n_turns), start=1):
        at += timedelta(seconds=later_s)
        log.append(Recorded(chat=chat, seq=seq, at=at, event=event))
    return log


def totals_of(events: Iterable[Event], by: str, split_by: str = "") -> list[Total]:
    """The sums of the calls among `events` by one of their fields, or two, in the order of the first calls."""
    return call_totals.totals_of((event for event in events if isinstance(event, ModelCalled)), by, split_by)
