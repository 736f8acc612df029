"""A database is brought to this version's schema, whoever opens it first and whatever wrote it."""

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from agents.errors import StudioError
from agents.store import open_store
from agents.store.schema import metadata
from tests.support.waiting import WITHIN_S

ROOT = Path(__file__).parents[2]

OPENER = """
import sys
import threading
from pathlib import Path
from agents.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1], Path(sys.argv[2]), environ={})
store.settings.set(sys.argv[3], "was here")
store.close()
"""


class TestMigrating:
    def test_the_migrations_make_the_tables_that_the_queries_expect(self, empty_db_url, home):
        store = open_store(empty_db_url, home, environ={})
        with store.db.connect() as connection:
            options = {"version_table": "studio_version", "compare_type": True}
            differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        assert differences == []
        store.close()

    def test_opening_again_keeps_everything(self, store, start, db_url, home):
        chat = start()
        again = open_store(db_url, home, environ={})
        assert again.chats.log(chat) == store.chats.log(chat)
        again.close()

    def test_a_database_file_is_for_its_owner_only_whatever_its_folder_is(self, tmp_path):
        folder = tmp_path / "shared"
        folder.mkdir(mode=0o755)
        opened = open_store(f"sqlite:///{folder / 'studio.db'}", folder, environ={})
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        opened.close()
        assert modes == dict.fromkeys(("studio.db", "studio.db-shm", "studio.db-wal"), 0o600)

    def test_four_processes_open_an_empty_database_at_once(self, empty_db_url, home):
        openers = [
            subprocess.Popen(
                [sys.executable, "-c", OPENER, empty_db_url, str(home), f"opener {n}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True,
            )
            for n in range(4)
        ]  # fmt: skip
        for opener in openers:
            assert opener.stdout is not None
            assert opener.stdout.readline() == "ready\n"
        for opener in openers:
            assert opener.stdin is not None
            opener.stdin.write("go\n")
            opener.stdin.flush()
        failures = [opener.communicate(timeout=2 * WITHIN_S)[1] for opener in openers]
        assert [opener.returncode for opener in openers] == [0] * 4, failures
        store = open_store(empty_db_url, home, environ={})
        assert [store.settings.get(f"opener {n}") for n in range(4)] == ["was here"] * 4
        store.close()

    def test_a_database_of_the_first_version_opens_and_all_is_well(self, empty_sqlite_url, home):
        home.mkdir()
        file = sqlite3.connect(home / "studio.db")
        file.executescript((Path(__file__).parent / "databases" / "0001.sql").read_text())
        file.close()
        store = open_store(empty_sqlite_url, home, environ={})
        rows = store.chats.rows()
        assert [(row.title, row.status) for row in rows] == [("Grüße 🦀", "waiting"), ("Whole", "running")]
        assert [store.chats.verify(row.chat) for row in rows] == [[], []]
        assert [team.spec.name for team in store.teams.rows()] == ["Pair"]
        assert store.ledger.totals_by("day")[0].spend.n_calls == 4
        store.close()

    def test_a_database_of_a_newer_version_is_refused_unchanged(self, store, db_url, home):
        with store.db.begin() as connection:
            connection.execute(sa.text("UPDATE studio_version SET version_num = '9999'"))
        with pytest.raises(StudioError, match=r"written by a newer version of the studio\. It was not changed"):
            open_store(db_url, home, environ={})
        with store.db.connect() as connection:
            assert connection.execute(sa.text("SELECT version_num FROM studio_version")).scalar_one() == "9999"

    def test_a_migration_that_fails_leaves_nothing_behind(self, empty_sqlite_url, home):
        home.mkdir()
        file = sqlite3.connect(home / "studio.db")
        file.execute("CREATE TABLE leases (mine)")  # the last table of the first migration is in the way
        file.close()
        with pytest.raises(StudioError, match="already exists"):
            open_store(empty_sqlite_url, home, environ={})
        file = sqlite3.connect(home / "studio.db")
        assert [name for (name,) in file.execute("SELECT name FROM sqlite_master")] == ["leases"]
        file.close()


class TestOpening:
    def test_sqlite_is_opened_for_many_writers(self, empty_sqlite_url, home):
        store = open_store(empty_sqlite_url, home, environ={})
        with store.db.connect() as connection:
            read = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in
                    ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")}  # fmt: skip
            now = connection.exec_driver_sql("SELECT unixepoch('subsec') * 1000 > 1e12, unixepoch() > 1e9").one()
        assert read == {"journal_mode": "wal", "busy_timeout": 10_000, "synchronous": 1, "foreign_keys": 1}
        assert tuple(now) == (1, 1)
        store.close()

    def test_a_file_that_another_process_writes_to_is_waited_for(self, empty_sqlite_url, home):
        home.mkdir()
        writer = sqlite3.connect(home / "studio.db", isolation_level=None)
        writer.execute("CREATE TABLE theirs (x)")
        writer.execute("BEGIN IMMEDIATE")
        opened = []
        opener = threading.Thread(target=lambda: opened.append(open_store(empty_sqlite_url, home, environ={})))
        opener.start()
        opener.join(0.2)
        assert opener.is_alive()
        writer.execute("COMMIT")
        writer.close()
        opener.join(20)
        assert opened[0].chats.rows() == []
        opened[0].close()

    def test_short_forms_of_a_postgresql_url_are_understood(self, postgres_url, home):
        for short in ("postgresql://", "postgres://"):
            store = open_store(postgres_url.replace("postgresql+psycopg://", short), home, environ={})
            assert store.chats.rows() == []
            store.close()

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite://", "names a database in memory"),
            ("mysql://u:secret@host/db", "of the kind 'mysql'; expected sqlite or postgresql"),
            ("secret nonsense", "is not the address of a database"),
            (
                "postgresql://u:secret@127.0.0.1:1/db",
                r"'postgresql://u:\*\*\*@127.0.0.1:1/db' cannot be opened",
            ),
        ],
    )
    def test_what_cannot_be_opened_is_said_without_passwords(self, home, url, said):
        with pytest.raises(StudioError, match=said) as error:
            open_store(url, home, environ={})
        assert "secret" not in str(error.value)

    def test_a_file_that_is_no_database_is_left_alone(self, empty_sqlite_url, home):
        home.mkdir()
        (home / "studio.db").write_text("My diary. " * 1000)
        with pytest.raises(StudioError, match="is no SQLite database"):
            open_store(empty_sqlite_url, home, environ={})
        assert (home / "studio.db").read_text() == "My diary. " * 1000
