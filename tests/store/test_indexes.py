"""What the screens read runs on indexes, as the database itself explains it: no list reads a log or sorts a table."""

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from agents.chats import Person
from agents.store.prepared import Driver
from tests.support.chat_log import waiting

READS = {
    "a page of the log": lambda store, chat: store.chats.page_before(chat, 5, 3),
    "what is new in the log": lambda store, chat: store.chats.log(chat, after=5, limit=100),
    "the files": lambda store, chat: store.chats.file_log(chat),
    "the row": lambda store, chat: store.chats.row(chat),
    "the list of chats": lambda store, chat: store.chats.rows(),
    "the list of chats of a status": lambda store, chat: store.chats.rows(status="waiting"),
    "the list of chats of a revision": lambda store, chat: store.chats.rows(team_id="t1", revision=2),
    "what the ready teams cost last": lambda store, chat: store.chats.last_runs(["Team", "Other"]),
    "who spoke in a team's chats": lambda store, chat: store.chats.speakers(None, store.chats.row(chat).team_name),
    "the runs of a team's revisions": lambda store, chat: store.chats.runs("t1"),
    "the mark of the chats": lambda store, chat: store.chats.mark(),
    "the unsaved texts of a person": lambda store, chat: store.unsaved_texts.rows("name You", "team:"),
    "the saved agents of the library": lambda store, chat: store.library_agents.rows(),
    "the counts": lambda store, chat: store.chats.counts(),
    "the heads": lambda store, chat: store.chats.heads([chat]),
    "the drafts": lambda store, chat: store.chats.streamed_texts([chat]),
    "what is owed": lambda store, chat: store.chats.owing({"w"}),
    "a double click": lambda store, chat: store.chats.append_from_person(chat, lambda state: [], client_id="x"),
    "a chat's calls": lambda store, chat: store.ledger.calls(chat),
    "a chat's totals": lambda store, chat: store.ledger.totals_by("turn", split_by="agent", chat=chat),
    "the inbox": lambda store, chat: store.requests.open(),
    "how many wait": lambda store, chat: store.requests.open_mark(),
    "what is overdue": lambda store, chat: store.requests.overdue(),
    "what waits and is alike": lambda store, chat: store.requests.alike(store.requests.get(chat, "r5")),
    "the audit of a chat": lambda store, chat: store.requests.audit(chat=chat),
    "what was refused": lambda store, chat: store.refusals.rows(),
    "what was refused in a chat": lambda store, chat: store.refusals.rows(chat=chat),
    "keeping a refusal": lambda store, chat: store.refusals.add(Person(), "decide", chat, "No."),
    "the audit": lambda store, chat: store.requests.audit(),
    "the totals since a day": lambda store, chat: store.ledger.totals_by("model", since=date(2026, 1, 1)),
}


def selects(store, read) -> list[tuple[str, Any]]:
    """Every SELECT that `read` runs, through SQLAlchemy or prepared, with its parameters."""
    statements = []

    def remember(statement, parameters):
        if statement.lstrip().upper().startswith("SELECT"):
            statements.append((statement, parameters))

    def listen(connection, cursor, statement, parameters, context, executemany):
        remember(statement, parameters)

    def execute(driver, sql, values=()):
        remember(sql, tuple(values) if isinstance(values, list) else values)
        return executed(driver, sql, values)

    executed = Driver.execute
    sa.event.listen(store.db, "before_cursor_execute", listen)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Driver, "execute", execute)
        read()
    sa.event.remove(store.db, "before_cursor_execute", listen)
    return statements


def plans(store, read) -> list[str]:
    """The plan of every SELECT that `read` runs, a line for each step."""
    statements = selects(store, read)
    assert statements
    with store.db.connect() as connection:
        if connection.dialect.name == "sqlite":
            return [
                row.detail
                for statement, parameters in statements
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        # On a small table a scan is right; forbidding it shows whether there is another way.
        connection.exec_driver_sql("SET enable_seqscan = off")
        found = []
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
            found.append(json.dumps(plan))
        connection.rollback()
        return found


class TestIndexes:
    @pytest.mark.parametrize("what", READS)
    def test_reads_run_on_indexes(self, store, start, what):
        chat = start(*waiting())
        for step in plans(store, lambda: READS[what](store, chat)):
            assert "Seq Scan" not in step
            assert "SCAN" not in step or "USING" in step or "VIRTUAL TABLE" in step, step
            for table in ("events", "ledger"):
                assert f"SCAN {table}" not in step

    @pytest.mark.parametrize(
        ("column", "read"),
        [("due_at", lambda store: store.requests.overdue()), ("next_at", lambda store: store.notices.has_due())],
    )
    def test_what_time_brings_is_found_by_the_time_and_not_among_all_that_is_to_come(self, store, start, column, read):
        start(*waiting())
        found = "\n".join(plans(store, lambda: read(store)))
        assert f"({column}<?)" in found or f'"Index Cond": "({column} <= ' in found, found

    @pytest.mark.parametrize("what", ["the list of chats", "the list of chats of a status", "a page of the log"])
    def test_lists_come_sorted_from_the_index(self, store, start, what):
        chat = start(*waiting())
        for step in plans(store, lambda: READS[what](store, chat)):
            assert "TEMP B-TREE" not in step
            assert '"Sort"' not in step
