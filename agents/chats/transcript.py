"""The fold: from a chat's log to its state, and to the messages its models read.

Pure functions over events. `fold` is incremental: folding a log in two parts gives what folding it at once gives.
Called by the engine (to resume), the store (to keep its list of chats true) and the pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from agents.chats.events import (
    ChatContinued,
    ChatEnded,
    ChatStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    Recorded,
    SpeakerSelected,
)

Status = Literal["running", "waiting", "ended"]

SELECTION = ""
"""The agent name under which the speaker selection's calls and model changes are kept."""


@dataclass(frozen=True)
class Spent:
    """What the chat has used since its start or its last continuation; what limits are measured against."""

    n_messages: int = 0
    n_tokens: int = 0
    cost_usd: float = 0.0
    work_s: float = 0.0
    """Of all model calls, waiting before further tries included. No clock's readings are compared: a chat does not use
    up its time while no worker runs, nor when a clock is set."""


@dataclass(frozen=True)
class ChatState:
    """What a log amounts to. `status` says whose move it is: running owes a turn, waiting needs a person."""

    head: int = 0
    """seq of the last folded event."""
    status: Status = "running"
    started: ChatStarted | None = None
    messages: tuple[MessagePosted, ...] = ()
    pending: SpeakerSelected | None = None
    """The turn begun and not ended."""
    calls: tuple[ModelCalled, ...] = ()
    """Good calls since the last message: what a resumed leg replays instead of calling again."""
    answers: tuple[tuple[DecisionRequested, DecisionMade], ...] = ()
    """Decisions since the last message, in order. What a person said or chose outlives a stop; nothing else does."""
    request: DecisionRequested | None = None
    """The open request, when waiting."""
    ended: ChatEnded | None = None
    models: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Agent name (or SELECTION) -> the (connection, model) a person changed it to."""
    auto_replies: dict[str, int] = field(default_factory=dict)
    """Agent name -> its turns in a row without a person's answer."""
    spent: Spent = Spent()
    last_at: datetime | None = None

    @property
    def turn(self) -> int:
        """The turn under way or next; the task is turn 0, so this is the number of messages."""
        return len(self.messages)

    @property
    def counted(self) -> tuple[MessagePosted, ...]:
        """The messages since the start or the last continuation: only these can end the chat."""
        return self.messages[len(self.messages) - self.spent.n_messages :]


def fold(log: Iterable[Recorded], state: ChatState | None = None) -> ChatState:
    """The state after `log` (ascending seq), starting from `state`; unchanged input gives an equal state."""
    state = state or ChatState()
    for recorded in log:
        state = _step(state, recorded)
    return state


def _step(state: ChatState, recorded: Recorded) -> ChatState:
    event = recorded.event
    state = replace(state, head=recorded.seq, last_at=recorded.at, spent=_spent(state.spent, event))
    match event:
        case ChatStarted():
            return replace(state, started=event, status="running")
        case SpeakerSelected():
            return replace(state, pending=event)
        case ModelCalled():
            return replace(state, calls=(*state.calls, event)) if event.outcome == "ok" else state
        case MessagePosted():
            return replace(
                state,
                messages=(*state.messages, event),
                pending=None,
                calls=(),
                answers=(),
                auto_replies=_auto_replies(state, event),
            )
        case DecisionRequested():
            return replace(state, request=event, status="waiting")
        case DecisionMade():
            return _decided(state, event)
        case ChatEnded():
            return replace(state, ended=event, request=None, status="ended")
        case ChatContinued():
            return replace(
                state,
                ended=None,
                status="running",
                answers=tuple(answer for answer in state.answers if answer[1].verdict in ("reply", "choose")),
                auto_replies={},
                spent=Spent(),
            )


def _spent(spent: Spent, event: Event) -> Spent:
    if isinstance(event, MessagePosted):
        spent = replace(spent, n_messages=spent.n_messages + 1)
    if isinstance(event, ModelCalled):
        n_tokens = event.usage.total if event.usage else 0
        cost_usd = event.price.cost_usd or 0.0
        spent = replace(
            spent,
            n_tokens=spent.n_tokens + n_tokens,
            cost_usd=spent.cost_usd + cost_usd,
            work_s=spent.work_s + event.duration_s,
        )
    return spent


def _auto_replies(state: ChatState, message: MessagePosted) -> dict[str, int]:
    in_a_row = 0 if message.source in ("human", "task") else state.auto_replies.get(message.agent, 0) + 1
    return {**state.auto_replies, message.agent: in_a_row}


def _decided(state: ChatState, decision: DecisionMade) -> ChatState:
    request = state.request
    if request is None or request.request != decision.request:
        raise ValueError(f"decision {decision.request!r} answers no open request")
    models = state.models
    if decision.verdict == "change_model":
        key = SELECTION if request.payload.get("purpose") == "select" else request.agent
        models = {**models, key: (decision.choice, decision.model)}
    return replace(state, status="running", request=None, answers=(*state.answers, (request, decision)), models=models)


def model_messages(state: ChatState) -> list[dict[str, Any]]:
    """The chat's messages as pyautogen's GroupChat keeps them, oldest first."""
    return [{"role": "user", "name": message.agent, "content": message.content} for message in state.messages]
