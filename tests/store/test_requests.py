"""The rows of requests: true beside the log, whoever decides and however many at once; filled for older databases."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from agents.chats import ChatContinued, ChatEnded, DecisionMade, DecisionRequested, Event, Person, request_digest
from agents.chats.decisions import Answer, NotOpenError, decided, overdue, why_not_open
from agents.errors import ConflictError, NotFoundError
from agents.store import database as migrating
from agents.store import open_store
from agents.store.database import writing
from tests.support.chat_log import ANNA, BEN, started, waiting
from tests.support.threads import at_once

OLD = Path(__file__).parent / "databases" / "0001.sql"


def tool_call(name: str, **changes: Any) -> DecisionRequested:
    payload: dict[str, Any] = {"call": name, "tool": "send_mail", "arguments": {"to": "bob"}}
    asked = DecisionRequested(
        request=name, turn=1, of="tool_call", agent="Writer", question=f"May {name} be sent?", payload=payload,
        options=["approve", "edit", "reject", "reply", "skip", "end"],
        digest=request_digest("tool_call", "Writer", 1, payload),
    )  # fmt: skip
    return asked.model_copy(update=changes)


def made(asked: DecisionRequested, verdict: Any = "approve", **changes: Any) -> DecisionMade:
    fields: dict[str, Any] = {"request": asked.request, "digest": asked.digest, "verdict": verdict, "by": ANNA}
    return DecisionMade(**{**fields, **changes})


def calls(*asked: DecisionRequested) -> list[Event]:
    return [*started(), *asked]


class TestRows:
    def test_an_open_request_is_a_row_with_what_lists_show(self, store, start):
        chat = start(*calls(tool_call("r3", rule="Mails", deadline_s=60.0, overdue="reject")))
        (row,) = store.requests.open()
        assert (row.chat, row.request, row.seq, row.kind, row.agent, row.tool) == (
            chat, "r3", 3, "tool_call", "Writer", "send_mail",
        )  # fmt: skip
        assert (row.team_name, row.title, row.question, row.rule) == ("Pair", "A title", "May r3 be sent?", "Mails")
        assert row.due_at == row.asked_at + timedelta(seconds=60)
        assert (row.overdue, row.outcome, row.decided_by, row.who) == ("reject", "", "", "")
        assert store.requests.n_open() == 1
        assert store.requests.open_values() == {"kind": ["tool_call"], "team": ["Pair"], "agent": ["Writer"]}

    @pytest.mark.parametrize(
        ("changes", "by", "who", "is_verified"),
        [
            ({}, "person", "Anna", False),
            ({"by": Person(name="Eve", is_verified=True)}, "person", "Eve", True),
            ({"by": None, "rule": "Mails"}, "rule", "Mails", False),
            ({"by": None, "verdict": "reject"}, "deadline", "", False),
        ],
    )
    def test_a_decided_one_tells_who_decided_what_and_when(self, store, start, changes, by, who, is_verified):
        asked = tool_call("r3")
        decision = made(asked, **changes)
        chat = start(*calls(asked), decision)
        row = store.requests.get(chat, "r3")
        assert (row.outcome, row.decided_by, row.who, row.is_verified) == (decision.verdict, by, who, is_verified)
        assert (row.decided_seq, row.decided_at) == (4, store.chats.log(chat)[-1].at)
        assert store.requests.open() == []
        assert store.chats.verify(chat) == []

    def test_two_open_ones_make_the_chat_wait_for_the_oldest_until_both_are_decided(self, store, start):
        first, second = tool_call("r3"), tool_call("r4")
        chat = start(*calls(first, second))
        assert store.chats.row(chat).waiting_for == "May r3 be sent?"
        for asked, status, waits_for in [(first, "waiting", "May r4 be sent?"), (second, "running", "")]:
            store.chats.append_from_person(chat, lambda state, a=asked: [made(a)], client_id=asked.request)
            row = store.chats.row(chat)
            assert (row.status, row.waiting_for) == (status, waits_for)
            assert store.chats.verify(chat) == []

    def test_the_end_of_a_chat_withdraws_what_is_open(self, store, start):
        first, second = tool_call("r3"), tool_call("r4")
        end = ChatEnded(reason="person", text="Anna ended the chat.", by=ANNA)
        chat = start(*calls(first, second), made(first, "end"), end, ChatContinued(by=BEN))
        assert [store.requests.get(chat, name).outcome for name in ("r3", "r4")] == ["end", "withdrawn"]
        assert (store.requests.n_open(), store.chats.row(chat).status) == (0, "running")
        assert store.chats.verify(chat) == []

    def test_a_rules_decision_is_written_with_its_request_or_not_at_all(self, store, start):
        chat, asked = start(), tool_call("r3")
        fence = store.chats.begin_leg(chat, "w")
        store.chats.append(chat, asked, made(asked, by=None, rule="Mails"), fence=fence)
        assert (store.chats.row(chat).status, store.requests.n_open()) == ("running", 0)
        with pytest.raises(ValueError, match="answers no open request"):
            store.chats.append_from_person(chat, lambda state: [made(tool_call("r9"))], client_id="x")
        assert store.chats.row(chat).head == 4
        assert store.chats.verify(chat) == []

    def test_deleted_chats_ask_nobody_until_they_are_restored(self, store, start):
        chat = start(*waiting())
        store.chats.delete(chat)
        assert (store.requests.open(), store.requests.n_open()) == ([], 0)
        store.chats.restore(chat)
        assert store.requests.n_open() == 1

    def test_filters_and_order_put_first_what_is_due_first(self, store, start):
        late = start(*calls(tool_call("r3", deadline_s=500.0)))
        soon = start(*calls(tool_call("r3", deadline_s=5.0)))
        old = start(*waiting())
        assert [row.chat for row in store.requests.open()] == [soon, late, old]
        assert [row.chat for row in store.requests.open(kind="human_turn")] == [old]
        starter = store.chats.row(old).started_by
        assert [row.chat for row in store.requests.open(kind="human_turn", started_by=starter)] == [old]
        assert starter
        assert store.requests.open(started_by="Somebody else") == []
        assert [row.chat for row in store.requests.open(agent="Writer", limit=1)] == [soon]
        assert store.requests.open(team="Another") == []
        assert [row.chat for row in store.requests.recent(chat=late)] == [late]

    def test_a_request_that_never_was_is_not_found(self, store, start):
        with pytest.raises(NotFoundError, match="no request 'r99'"):
            store.requests.get(start(*waiting()), "r99")

    def test_what_a_row_does_not_say_as_the_log_is_found(self, store, start):
        asked = tool_call("r3")
        chat = start(*calls(asked), made(asked))
        for change, said in [
            ("UPDATE requests SET outcome = 'reject'", "requests r3.outcome: is 'reject', the log says 'approve'"),
            ("DELETE FROM requests", "requests r3: stands only in the log"),
        ]:
            with writing(store.db) as connection:
                connection.execute(sa.text(change))
            assert said in store.chats.verify(chat)


class TestAppendingOnAHeadThatMoved:
    def test_writes_nothing(self, store, start):
        chat, asked = start(), tool_call("r3")
        fence = store.chats.begin_leg(chat, "w")
        store.chats.append_from_person(chat, lambda state: [ChatContinued(by=ANNA)], client_id="x")
        with pytest.raises(ConflictError, match="stands at event 3, not at 2"):
            store.chats.append(chat, asked, made(asked, by=None, rule="R"), fence=fence, head=2)
        assert store.chats.row(chat).head == 3
        assert store.chats.append(chat, asked, made(asked, by=None, rule="R"), fence=fence, head=3).seq == 5


class TestOverdue:
    def test_are_those_whose_deadline_is_over_and_brings_something(self, store, start):
        over = start(*calls(tool_call("r3", deadline_s=1e-6, overdue="reject")))
        start(*calls(tool_call("r3", deadline_s=1e-6, overdue="wait")))
        start(*calls(tool_call("r3", deadline_s=3600.0, overdue="reject")))
        start(*waiting())
        gone = start(*calls(tool_call("r3", deadline_s=1e-6, overdue="skip")))
        store.chats.delete(gone)
        assert [row.chat for row in store.requests.overdue()] == [over]
        store.chats.append_from_person(over, lambda state: overdue(state, "r3"), client_id="d")
        assert store.requests.overdue() == []
        assert store.requests.get(over, "r3").decided_by == "deadline"


class TestTwoReviewersAtOnce:
    N = 200

    def test_one_wins_each_time_and_the_other_is_told_who(self, store, start):
        """Approve and Reject, 200 times, each on a connection of its own."""
        asked = tool_call("r3")
        told: list[str] = []
        for _ in range(self.N):
            chat = start(*calls(asked))
            outcomes: list[Any] = []

            def press(verdict: Any, by: Person, chat: str = chat, outcomes: list[Any] = outcomes) -> None:
                answer = Answer("r3", asked.digest, verdict, text="no")
                try:
                    store.chats.append_from_person(
                        chat, lambda state: decided(state, answer, by, set()), client_id=by.name
                    )
                    outcomes.append(by.name)
                except NotOpenError:
                    told.append(str(why_not_open(store.chats.log(chat), "r3")))

            at_once(lambda: press("approve", ANNA), lambda: press("reject", BEN))
            decisions = [r.event for r in store.chats.log(chat) if isinstance(r.event, DecisionMade)]
            assert len(decisions) == 1
            assert decisions[0].by is not None
            assert outcomes == [decisions[0].by.name]
            assert told[-1].startswith(f"{outcomes[0]} has already answered this")
            assert store.chats.verify(chat) == []
        assert len(told) == self.N


class TestADatabaseOfTheFirstVersion:
    def test_has_its_requests_as_rows_afterwards(self, empty_db_url, home):
        opened_at_version_one(empty_db_url, home)
        store = open_store(empty_db_url, home, environ={})
        done, open_ = store.requests.get("c1", "r5"), store.requests.get("c2", "r5")
        assert (done.outcome, done.decided_by, done.who, done.decided_seq) == ("reply", "person", "Anna", 9)
        assert (open_.outcome, open_.question, open_.kind) == ("", "It is your turn.", "human_turn")
        assert [row.chat for row in store.requests.open()] == ["c2"]
        assert [store.chats.verify(chat) for chat in ("c1", "c2")] == [[], []]
        (asked,) = store.chats.state("c2").requests
        answer = Answer("r5", asked.digest, "reply", text="At last")
        store.chats.append_from_person("c2", lambda state: decided(state, answer, ANNA, set()), client_id="late")
        assert (store.requests.n_open(), store.chats.verify("c2")) == (0, [])
        store.close()


def opened_at_version_one(url: str, home: Path) -> None:
    """A database as version 0001 left it: SQLite's own dump, and on PostgreSQL the same rows."""
    home.mkdir(exist_ok=True)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(home / "studio.db")) as file:
            file.executescript(OLD.read_text())
        return
    db = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    with closing(sqlite3.connect(":memory:")) as old, db.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        old.executescript(OLD.read_text())
        tables = [name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(tables) - {"studio_version"}):
            copied = sa.Table(table, sa.MetaData(), autoload_with=connection)
            cursor = old.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            booleans = {column.name for column in copied.c if isinstance(column.type, sa.Boolean)}
            for row in cursor:
                values = {k: bool(v) if k in booleans else v for k, v in zip(names, row, strict=True)}
                marks = ", ".join(f":{name}" for name in names)
                columns = ", ".join(f'"{name}"' for name in names)
                connection.execute(sa.text(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'), values)
    db.dispose()
