"""What an event changes in the `chats` row and writes to the ledger, so that no list of chats reads a log.

The event decides which columns change; the database adds the numbers up. `differences` folds a whole log anew and
compares. Called by the chat log only.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from agents.chats import Event, Recorded, Spend, events, fold
from agents.plain_text import valid
from agents.store.inbox import requests_of
from agents.store.ledger import columns_of, usage_in_row
from agents.store.schema import shown

COUNTERS = frozenset({"n_messages", "n_tokens", "cost_usd", "n_unpriced"})


def changes_of(event: Event) -> dict[str, Any]:
    """Return column -> new value, for `COUNTERS` column -> what is added. Which columns depends on the kind alone."""
    match event:
        case events.ChatStarted():
            team_name, started_by = shown(str(event.team["name"])), shown(event.by.name)
            row = {"status": "running", "team_name": team_name, "task": shown(event.task), "started_by": started_by}
            return {**row, "is_try": event.is_try}
        case events.ModelCalled():
            return {**_spent(Spend.of(event)), "open_call": None}
        case events.MessagePosted():
            return {"n_messages": 1, "subchat": None}
        case events.SubchatStarted():
            return {"subchat": event.chat}
        case events.SubchatReturned():
            return {**_spent(event.spend), "subchat": None}
        case events.SubchatSpent():
            return _spent(event.spend)
        case events.DecisionRequested():
            return {"status": "waiting", "waiting_for": shown(event.question), "waiting_agent": event.agent}
        case events.DecisionMade():
            return {"status": "running", "waiting_for": "", "waiting_agent": ""}
        case events.ChatEnded():
            return {"status": "ended", "ended_text": shown(event.text), "waiting_for": "", "waiting_agent": ""}
        case events.ChatSummarised():
            return {"status": "ended"} | ({"ended_text": shown(event.text)} if event.text else {})
        case events.SummaryAsked():
            return {"status": "running"}
        case events.ChatContinued():
            return {"status": "running", "ended_text": ""}
        case _:
            return {}


def added_up(changes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the changes of several events as one."""
    total: dict[str, Any] = {}
    for each in changes:
        for column, value in each.items():
            total[column] = total[column] + value if column in COUNTERS and column in total else value
    return total


def _spent(spend: Spend) -> dict[str, Any]:
    return {"n_tokens": spend.n_tokens, "cost_usd": spend.cost_usd, "n_unpriced": spend.n_unpriced}


def _spend_of(event: Event) -> Spend | None:
    match event:
        case events.ModelCalled():
            return Spend.of(event)
        case events.SubchatReturned() | events.SubchatSpent():
            return event.spend
    return None


def expected_row(log: list[Recorded]) -> dict[str, Any]:
    """Return what the `chats` row must say of `log`."""
    state = fold(log)
    spends = [spend for recorded in log if (spend := _spend_of(recorded.event)) is not None]
    started, request, ended, result = state.started, state.request, state.ended, state.result
    return {
        "head": state.head,
        "status": state.status,
        "team_name": shown(str(started.team["name"])) if started else "",
        "task": shown(started.task) if started else "",
        "started_by": shown(started.by.name) if started else "",
        "is_try": started is not None and started.is_try,
        "n_messages": len(state.messages),
        **_spent(sum(spends, Spend())),
        "parent": started.parent.chat if started and started.parent else None,
        "subchat": state.subchat.chat if state.subchat else None,
        "waiting_for": shown(request.question) if request else "",
        "waiting_agent": request.agent if request else "",
        "ended_text": shown((result and result.text) or ended.text) if ended else "",
        "updated_at": state.last_at,
    }


def differences(
    chat: sa.Row[Any], log: list[Recorded], ledger: dict[int, sa.Row[Any]], requests: dict[str, sa.Row[Any]]
) -> list[str]:
    """Return one line for each difference between the rows and `log`; [] when there is none."""
    found = _gaps(log)
    for column, expected in expected_row(log).items():
        found += _difference(f"chats.{column}", chat._mapping[column], expected)
    calls = {recorded.seq: recorded.event for recorded in log if isinstance(recorded.event, events.ModelCalled)}
    for seq in sorted(calls.keys() | ledger.keys()):
        if seq not in ledger:
            found.append(f"ledger {seq}: missing")
        elif seq not in calls:
            found.append(f"ledger {seq}: there is no such call in the log")
        else:
            expected_call = columns_of(calls[seq], is_try=chat.is_try)
            found += _call_differences(seq, ledger[seq], {**expected_call, "team_name": chat.team_name})
    asked = requests_of(log, chat.team_name)
    for request in sorted(asked.keys() ^ requests.keys()):
        found.append(f"requests {request}: stands only in {'the log' if request in asked else 'the table'}")
    for request in sorted(asked.keys() & requests.keys()):
        for column, expected in asked[request].items():
            found += _difference(f"requests {request}.{column}", requests[request]._mapping[column], expected)
    return found


def _call_differences(seq: int, row: sa.Row[Any], expected: dict[str, Any]) -> list[str]:
    usage = usage_in_row(row)
    found = {**row._mapping, **(asdict(usage) if usage else {})}
    return [
        line for column in expected for line in _difference(f"ledger {seq}.{column}", found[column], expected[column])
    ]


def _gaps(log: list[Recorded]) -> list[str]:
    return [
        f"events: seq {recorded.seq} stands where {position} is expected"
        for position, recorded in enumerate(log, start=1)
        if recorded.seq != position
    ]


def _difference(what: str, found: Any, expected: Any) -> list[str]:
    if isinstance(expected, str):
        expected = valid(expected)
    return [] if found == expected else [f"{what}: is {found!r}, the log says {expected!r}"]
