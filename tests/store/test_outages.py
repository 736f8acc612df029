"""What a database raises when it is away, busy, full or damaged is one error that says what became of the work."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from agents.errors import OutageError
from agents.store import Store, database, open_store
from agents.store.outages import TEXTS
from agents.store.worker_locks import WorkerLock
from tests.support.outages import damaged, locked, newer
from tests.support.postgres import PostgresServer

WAYS_IN: dict[str, Callable[[Store], object]] = {
    "a read": lambda store: store.settings.get("name"),
    "a write": lambda store: store.settings.set("name", "value"),
    "a prepared read": lambda store: store.chats.heads(["chat"]),
    "a prepared write": lambda store: store.chats.end_leg("chat", fence=1),
    "a worker's lock": lambda store: cast(WorkerLock, store.workers.lock("worker")).close(),
}


@pytest.fixture
def file(sqlite_url: str, home: Path) -> Path:
    return home / "studio.db"


@pytest.fixture
def store(sqlite_url: str, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    opened = open_store(sqlite_url, home, environ={})
    yield opened
    opened.close()


class TestKinds:
    def test_a_writer_elsewhere_leaves_what_is_saved_to_be_read(self, store: Store, file: Path):
        with locked(file, also_reading=False):
            assert store.settings.get("name") == ""
            with pytest.raises(OutageError, match="kept busy by another program") as outage:
                store.settings.set("name", "value")
        assert (outage.value.kind, outage.value.can_read, outage.value.passes) == ("busy", True, True)
        store.settings.set("name", "value")
        assert store.settings.get("name") == "value"

    def test_a_program_that_keeps_the_file_for_itself_leaves_nothing_to_be_read(self, store: Store, file: Path):
        store.close()
        with locked(file), pytest.raises(OutageError) as outage:
            store.settings.get("name")
        assert (outage.value.kind, outage.value.can_read) == ("busy", False)

    def test_a_damaged_part_is_told_and_the_rest_goes_on(self, store: Store, file: Path):
        store.close()
        with damaged(file):
            with pytest.raises(OutageError, match="is damaged") as outage:
                store.chats.rows()
            assert store.settings.get("name") == ""
            assert store.damage()
            store.close()
        assert (outage.value.kind, outage.value.passes) == ("broken", False)
        assert store.damage() == ""

    def test_tables_that_a_newer_version_changed_meanwhile_are_told(self, store: Store, file: Path):
        store.close()
        with newer(file), pytest.raises(OutageError, match="newer version of the studio") as outage:
            store.chats.rows()
        assert outage.value.kind == "newer"

    def test_a_wrong_statement_is_no_outage(self, store: Store):
        with pytest.raises(sa.exc.OperationalError), database.connected(store.db) as connection:
            connection.execute(sa.text("SELECT nothing FROM chats"))

    def test_every_connection_in_use_is_an_outage(self, sqlite_url: str, home: Path):
        db = sa.create_engine(sqlite_url, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01)
        with db.connect(), pytest.raises(OutageError, match="kept busy"), database.connected(db):
            pass
        db.dispose()

    def test_each_says_what_happened_what_became_of_the_work_and_what_to_do(self):
        for kind, text in TEXTS.items():
            assert text.startswith("{name} "), kind
            assert "saved" in text or "changed nothing" in text, kind
            assert text.count(".") >= 3, kind


class TestTheOneEntry:
    def test_nobody_else_opens_a_connection(self):
        """Or its outages would be raw errors."""
        store = Path(database.__file__).parent
        words = ("db.connect(", "db.begin(", "raw_connection(")
        entering = {file.name for file in store.glob("*.py") if any(word in file.read_text("utf-8") for word in words)}
        assert entering == {"database.py"}

    @pytest.mark.parametrize("way", WAYS_IN)
    def test_a_server_that_goes_away_is_an_outage_at_each_way_in(
        self, postgres_url: str, postgres_server: PostgresServer, home: Path, way: str
    ):
        with closing(open_store(postgres_url, home, environ={})) as store:
            WAYS_IN[way](store)
            for _ in range(2):  # with a connection of before, and with none
                with postgres_server.stopped(), pytest.raises(OutageError, match="does not answer") as outage:
                    WAYS_IN[way](store)
                assert outage.value.kind == "away"
                store.db.dispose()
            WAYS_IN[way](store)


class TestDamage:
    def test_a_whole_database_has_none(self, db_url: str, home: Path):
        store = open_store(db_url, home, environ={})
        assert store.damage() == ""
        store.close()

    def test_a_file_that_is_cut_off_is_told(self, store: Store, file: Path):
        store.settings.set("name", "value")
        store.close()
        with sqlite3.connect(file) as reader:
            reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader.close()
        with file.open("r+b") as content:
            content.truncate(file.stat().st_size // 2)
        assert store.damage()
