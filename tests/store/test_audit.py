"""Reading requests with what was asked and decided: whole, in order, narrowed, and never one query each."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from agents.chats import ChatEnded, DecisionMade, DecisionRequested, Event, request_digest
from tests.support.chat_log import ANNA, started, waiting


def call(name: str, tool: str = "send", agent: str = "Writer") -> DecisionRequested:
    payload: dict[str, Any] = {"call": name, "tool": tool, "arguments": {"n": name}}
    return DecisionRequested(
        request=f"r{name}",
        turn=1,
        of="tool_call",
        agent=agent,
        question=f"May {tool} be called?",
        payload=payload,
        options=["approve", "reject"],
        digest=request_digest("tool_call", agent, 1, payload),
    )


def approved(request: DecisionRequested) -> DecisionMade:
    return DecisionMade(request=request.request, digest=request.digest, verdict="approve", by=ANNA)


def calls(*asked: DecisionRequested) -> list[Event]:
    return [*started(), *asked]


@pytest.fixture
def count_statements(store):
    """How many statements ran since."""
    found = []

    def remember(connection, cursor, statement, parameters, context, executemany):
        found.append(statement)

    sa.event.listen(store.db, "before_cursor_execute", remember)
    yield lambda: len(found)
    sa.event.remove(store.db, "before_cursor_execute", remember)


class TestAudit:
    def test_each_request_comes_with_what_was_asked_and_decided(self, store, start):
        first, second = call("1"), call("2")
        chat = start(*calls(first, second), approved(first))
        found = store.requests.audit(chat=chat)
        assert [(row.request, asked, made) for row, asked, made in found] == [
            ("r2", second, None),
            ("r1", first, approved(first)),
        ]

    def test_a_withdrawn_request_has_no_decision_and_says_so_in_its_row(self, store, start):
        chat = start(*waiting(), ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA))
        ((row, asked, made),) = store.requests.audit(chat=chat)
        assert (row.outcome, asked.request, made) == ("withdrawn", "r5", None)

    def test_a_period_takes_its_beginning_and_leaves_its_end(self, store, start):
        start(*calls(call("1")))
        start(*calls(call("2")))
        (late, _, _), (early, _, _) = store.requests.audit()
        assert [row.request for row, _, _ in store.requests.audit(since=late.asked_at)] == ["r2"]
        assert [row.request for row, _, _ in store.requests.audit(until=late.asked_at)] == ["r1"]
        assert store.requests.audit(since=late.asked_at + timedelta(seconds=1)) == []
        assert early.asked_at < late.asked_at

    def test_a_deleted_chat_stays_in_the_audit_and_leaves_what_is_open(self, store, start):
        chat = start(*calls(call("1")))
        store.chats.delete(chat)
        assert len(store.requests.audit()) == 1
        assert store.requests.open_mark() == (0, None)

    def test_many_are_one_query(self, store, start, count_statements):
        start(*calls(*(call(str(n)) for n in range(40))))
        before = count_statements()
        assert len(store.requests.audit(limit=30)) == 30
        assert count_statements() == before + 1


class TestOpen:
    def test_alike_are_those_of_the_same_tool_and_agent_in_all_chats(self, store, start):
        one = start(*calls(call("1"), call("2", tool="delete")))
        start(*calls(call("3")))
        start(*calls(call("4", agent="Other")))
        row = store.requests.get(one, "r1")
        assert [asked.request for _, asked, _ in store.requests.alike(row)] == ["r1", "r3"]
        assert [asked.request for _, asked, _ in store.requests.alike(row, limit=1)] == ["r1"]
        assert store.requests.n_alike(row) == 2

    def test_the_mark_changes_when_what_is_open_does(self, store, start):
        marks = [store.requests.open_mark()]
        first, second = call("1"), call("2")
        chat = start(*calls(first))
        marks.append(store.requests.open_mark())
        fence = store.chats.begin_leg(chat, "w")
        store.chats.append(chat, approved(first), second, fence=fence)  # one leaves, one comes
        marks.append(store.requests.open_mark())
        store.chats.append(chat, approved(second), fence=fence)
        marks.append(store.requests.open_mark())
        assert [n for n, _ in marks] == [0, 1, 1, 0]
        assert marks[1] != marks[2]
