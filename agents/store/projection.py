"""What an event changes in the `chats` row and writes to the ledger, so that no list of chats reads a log.

The event decides which columns change; the database adds the numbers up. `differences` folds a whole log by the
slow road and says where the rows tell another story. Called by the chat log only.
"""

from datetime import UTC
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa

from agents.chats import (
    ChatContinued,
    ChatEnded,
    ChatStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    Recorded,
    fold,
)
from agents.store.requests import requests_of
from agents.store.schema import shown, storable

COUNTERS = ("n_messages", "n_tokens", "cost_usd", "n_unpriced")


def changes_of(event: Event) -> dict[str, Any]:
    """Column -> new value, for `COUNTERS` column -> what is added. Which columns depends on the kind alone."""
    match event:
        case ChatStarted():
            team_name, started_by = shown(str(event.team["name"])), shown(event.by.name)
            return {"status": "running", "team_name": team_name, "task": shown(event.task), "started_by": started_by}
        case ModelCalled():
            return {
                "n_tokens": event.usage.total if event.usage else 0,
                "cost_usd": event.price.cost_usd or 0.0,
                "n_unpriced": int(event.is_unpriced),
            }
        case MessagePosted():
            return {"n_messages": 1}
        case DecisionRequested():
            return {"status": "waiting", "waiting_for": shown(event.question), "waiting_agent": event.agent}
        case DecisionMade():
            return {"status": "running", "waiting_for": "", "waiting_agent": ""}
        case ChatEnded():
            return {"status": "ended", "ended_text": shown(event.text), "waiting_for": "", "waiting_agent": ""}
        case ChatContinued():
            return {"status": "running", "ended_text": ""}
        case _:
            return {}


def ledger_row(call: ModelCalled) -> dict[str, Any]:
    """The columns of a call that come from the call alone."""
    usage = call.usage
    started_at = call.started_at
    started_at = started_at.replace(tzinfo=UTC) if started_at.tzinfo is None else started_at.astimezone(UTC)
    return {
        "turn": call.turn,
        "agent": call.agent,
        "purpose": call.purpose,
        "connection": call.connection,
        "model": call.model,
        "outcome": call.outcome,
        "input_uncached": usage.input_uncached if usage else None,
        "input_cached": usage.input_cached if usage else None,
        "output": usage.output if usage else None,
        "reasoning": usage.reasoning if usage else None,
        "cost_usd": call.price.cost_usd,
        "price_source": call.price.source,
        "price_as_of": call.price.as_of,
        "started_at": started_at,
        "first_token_s": call.first_token_s,
        "duration_s": call.duration_s,
        "error": call.error,
        "day": started_at.date().isoformat(),
    }


def expected_row(log: list[Recorded]) -> dict[str, Any]:
    """What the `chats` row must say of `log`, folded whole."""
    state = fold(log)
    calls = [recorded.event for recorded in log if isinstance(recorded.event, ModelCalled)]
    started, request, ended = state.started, state.request, state.ended
    return {
        "head": state.head,
        "status": state.status,
        "team_name": shown(str(started.team["name"])) if started else "",
        "task": shown(started.task) if started else "",
        "started_by": shown(started.by.name) if started else "",
        "n_messages": len(state.messages),
        "n_tokens": sum(call.usage.total for call in calls if call.usage),
        "cost_usd": reduce(add, (call.price.cost_usd or 0.0 for call in calls), 0.0),  # sum() rounds otherwise
        "n_unpriced": sum(call.is_unpriced for call in calls),
        "waiting_for": shown(request.question) if request else "",
        "waiting_agent": request.agent if request else "",
        "ended_text": shown(ended.text) if ended else "",
        "updated_at": state.last_at,
    }


def differences(
    chat: sa.Row[Any], log: list[Recorded], ledger: dict[int, sa.Row[Any]], requests: dict[str, sa.Row[Any]]
) -> list[str]:
    """One line for each thing in the rows that `log` does not say; [] when all is well."""
    found = _gaps(log)
    for column, expected in expected_row(log).items():
        found += _difference(f"chats.{column}", chat._mapping[column], expected)
    calls = {recorded.seq: recorded.event for recorded in log if isinstance(recorded.event, ModelCalled)}
    for seq in sorted(calls.keys() | ledger.keys()):
        if seq not in ledger:
            found.append(f"ledger {seq}: missing")
        elif seq not in calls:
            found.append(f"ledger {seq}: there is no such call in the log")
        else:
            for column, expected in {**ledger_row(calls[seq]), "team_name": chat.team_name}.items():
                found += _difference(f"ledger {seq}.{column}", ledger[seq]._mapping[column], expected)
    asked = requests_of(log, chat.team_name)
    for request in sorted(asked.keys() ^ requests.keys()):
        found.append(f"requests {request}: stands only in {'the log' if request in asked else 'the table'}")
    for request in sorted(asked.keys() & requests.keys()):
        for column, expected in asked[request].items():
            found += _difference(f"requests {request}.{column}", requests[request]._mapping[column], expected)
    return found


def _gaps(log: list[Recorded]) -> list[str]:
    return [
        f"events: seq {recorded.seq} stands where {position} is expected"
        for position, recorded in enumerate(log, start=1)
        if recorded.seq != position
    ]


def _difference(what: str, found: Any, expected: Any) -> list[str]:
    if isinstance(expected, str):
        expected = storable(expected)
    return [] if found == expected else [f"{what}: is {found!r}, the log says {expected!r}"]
