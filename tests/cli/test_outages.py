"""Whatever keeps the database from being read or written, each command says so in one sentence and an exit code."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from agents.studio import Studio
from tests.support.app_pages import played
from tests.support.command_line import CommandLine
from tests.support.outages import OF_A_FILE, TECHNICAL, damaged, locked, wrong_commands
from tests.support.postgres import PostgresServer
from tests.support.studio import opened
from tests.support.studio_process import free_port


@pytest.fixture
def chat(studio: Studio) -> str:
    """A chat that waits for a person."""
    return played(studio, "Hello", question="What now?")


class TestEveryCommand:
    @pytest.mark.parametrize("kind", OF_A_FILE)
    def test_says_what_is_wrong_with_the_database(
        self, agents: CommandLine, studio: Studio, chat: str, pair: str, home: Path, kind: str
    ):
        studio.store.db.dispose()
        assert wrong_commands(agents, chat, pair, partial(OF_A_FILE[kind], home / "studio.db")) == []

    def test_says_that_postgresql_is_stopped(
        self, home: Path, pair: str, postgres_url: str, postgres_server: PostgresServer
    ):
        with opened(home, db_url=postgres_url) as studio:
            chat = played(studio, "Hello", question="What now?")
        agents = CommandLine(home)
        agents.environ["STUDIO_DB"] = postgres_url
        assert wrong_commands(agents, chat, pair, postgres_server.stopped) == []

    @pytest.mark.processes
    def test_serve_and_worker_end_with_the_sentence_where_somebody_must_do_something(
        self, agents: CommandLine, home: Path
    ):
        with sqlite3.connect(home / "studio.db") as file:
            file.execute("UPDATE studio_version SET version_num = '9999'")
        for command in (["worker"], ["serve", "--port", str(free_port())]):
            done = agents.process(*command)
            assert done.code == 1, done
            assert not TECHNICAL.search(done.err)
            assert done.err.splitlines()[-1].startswith("studio: The database"), done.err


class TestWorker:
    @pytest.mark.processes
    def test_waits_for_a_database_that_is_locked_and_then_works(self, agents: CommandLine, studio: Studio, home: Path):
        studio.store.db.dispose()
        works_after(locked(home / "studio.db"), agents, says="waits for the database")

    @pytest.mark.processes
    def test_begins_anew_when_the_database_goes_away_while_it_begins(self, home: Path, postgres_url: str):
        agents = CommandLine(home)
        agents.environ["STUDIO_DB"] = postgres_url
        db = sa.create_engine(postgres_url)
        with db.begin() as other:
            other.execute(sa.text(f"ALTER DATABASE {db.url.database} SET lock_timeout = 200"))
        works_after(locked_table(db), agents, says="could not begin and tries again")
        db.dispose()


def works_after(outage: AbstractContextManager[None], agents: CommandLine, *, says: str) -> None:
    """Start a worker in the outage: it says so, and is ready once that is over."""
    agents.environ["STUDIO_LOCAL_MODEL"] = "off"
    with outage:
        worker = agents.start("worker")
        assert worker.stderr is not None
        assert worker.stdout is not None
        assert says in worker.stderr.readline()
    try:
        assert "is ready" in worker.stdout.readline()
    finally:
        worker.terminate()
        worker.communicate()


@contextmanager
def locked_table(db: sa.Engine) -> Iterator[None]:
    """Nobody else can use the table of workers."""
    with db.begin() as other:
        other.execute(sa.text("LOCK TABLE workers IN ACCESS EXCLUSIVE MODE"))
        yield


class TestDoctor:
    def test_reads_all_of_the_database_and_says_what_to_do_with_a_damaged_one(
        self, agents: CommandLine, studio: Studio, chat: str, home: Path
    ):
        agents.environ |= {"STUDIO_SANDBOX": "off", "STUDIO_LOCAL_MODEL": "off"}
        studio.store.db.dispose()
        well = agents("doctor")
        with damaged(home / "studio.db"):
            ill = agents("doctor")
        assert "all of it can be read" in well.out
        assert ill.code == 1
        assert "FAILED  database" in ill.out
        assert "put a backup back" in ill.out
        assert "Tree" in ill.out or "tree" in ill.out, "what SQLite found"
        assert "ok      sandbox" in ill.out, "the other checks go on"
