"""A chat's log made by hand, for tests of the folds and of the rules of answering."""

from datetime import UTC, datetime, timedelta
from typing import Any

from agents.chats import (
    ChatContinued,
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
    Usage,
    request_digest,
)
from agents.specs import team_from_dict

ANNA, BEN = Person(name="Anna"), Person(name="Ben")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

TEAM = team_from_dict(
    {
        "name": "Pair",
        "agents": [{"name": "User", "role": "human"}, {"name": "Writer", "prompt": "Write."}],
        "selection": {"method": "round_robin"},
    }
)


def request(of: Any = "human_turn", **changes: Any) -> DecisionRequested:
    payload = changes.pop("payload", {})
    options = {"human_turn": ["reply", "skip", "end"], "next_speaker": ["choose", "end"]}
    event = DecisionRequested(
        request="r5",
        turn=2,
        of=of,
        agent="" if of == "next_speaker" else "User",
        question="It is your turn.",
        payload=payload,
        options=options.get(of, ["retry", "change_model", "end"]),
        digest=request_digest(of, "User", 2, payload),
    )
    return event.model_copy(update=changes)


def call(outcome: Any = "ok", cost_usd: float | None = 0.5) -> ModelCalled:
    return ModelCalled(
        turn=1,
        agent="Writer",
        purpose="reply",
        connection="c",
        model="m",
        outcome=outcome,
        reply="Hi",
        usage=Usage(input_uncached=3, input_cached=2, output=4, reasoning=1),
        price=Price(cost_usd=cost_usd, source="own price"),
        prompt_sha256="0" * 64,
        started_at=NOON,
        first_token_s=0.1,
        duration_s=0.2,
    )


def started() -> list[Event]:
    return [
        ChatStarted(team=TEAM.model_dump(mode="json"), task="Write.", by=ANNA),
        MessagePosted(turn=0, agent="User", content="Write.", source="task", by=ANNA),
    ]


def waiting(asked: DecisionRequested | None = None) -> list[Event]:
    asked = asked or request()
    return [
        *started(),
        SpeakerSelected(turn=1, agent="Writer", method="only_choice"),
        call("timeout"),
        call(),
        MessagePosted(turn=1, agent="Writer", content="Hi", source="model"),
        SpeakerSelected(turn=2, agent="User", method="only_choice"),
        asked,
    ]


def whole() -> list[Event]:
    asked = request()
    return [
        *waiting(asked),
        DecisionMade(request="r5", digest=asked.digest, verdict="reply", text="Go on", by=ANNA),
        MessagePosted(turn=2, agent="User", content="Go on", source="human", by=ANNA),
        ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA),
        ChatContinued(by=BEN),
        SpeakerSelected(turn=3, agent="Writer", method="only_choice"),
    ]


def recorded(events: list[Event]) -> list[Recorded]:
    """`events` as a log, one second apart."""
    return [
        Recorded(chat="c1", seq=seq, at=NOON + timedelta(seconds=seq), event=event)
        for seq, event in enumerate(events, start=1)
    ]
