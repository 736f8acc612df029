"""Calls of a script with what was recorded for them, and a chat's beginning, for the tests of what is shown of them."""

from collections.abc import Iterable
from datetime import timedelta

from agents.chats import CallRecording, ChatStarted, Event, MessagePosted, ModelCalled, Price, Recorded, Usage
from agents.models.pricing import REHEARSED
from tests.support.long_chat import ANNA, MORNING, TEAM, call

Moment = tuple[float, Event]
"""When something happened, in seconds after the morning, and what."""
STARTED = ChatStarted(team=TEAM.model_dump(mode="json"), task="Go.", by=ANNA)
TOOK = CallRecording(
    day="2026-11-30",
    model="gpt-4.1-mini",
    usage=Usage(input_uncached=100, output=20),
    price=Price(cost_usd=0.25, source="own price"),
    first_token_s=1.5,
    duration_s=10.0,
)


def line(agent: str = "PM", recording: CallRecording | None = TOOK, turn: int = 1) -> ModelCalled:
    """A call that a script answered in a fifth of a second."""
    played = {"connection": "rehearsed", "model": "product-team", "duration_s": 0.2, "first_token_s": 0.1}
    return call(turn, agent, price=REHEARSED, usage=Usage(), recording=recording, **played)


def posted(turn: int = 1) -> MessagePosted:
    return MessagePosted(turn=turn, agent="PM", content="Hello.", source="model")


def log_of(moments: Iterable[Moment]) -> list[Recorded]:
    """The moments as a log."""
    return [
        Recorded(chat="c1", seq=seq, at=MORNING + timedelta(seconds=at_s), event=event)
        for seq, (at_s, event) in enumerate(moments, start=1)
    ]
