"""The locks that tell whether a worker's process lives, on each database."""

import fcntl
import signal
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from agents.store import Store, open_store
from agents.store.schema import workers
from tests.support.chat_log import NOON
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from agents.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]), environ={})
lock = store.workers.lock("other")
store.workers.beat("other", "host", 1, datetime.now(UTC), lock.mark)
print("holds it", flush=True)
sys.stdin.readline()
"""


def join(store: Store, worker: str):
    """Make it a worker of this process; return its lock."""
    lock = store.workers.lock(worker)
    assert lock is not None
    store.workers.beat(worker, "host", 1, NOON, lock.mark)
    return lock


def beat_long_ago(store: Store, worker: str) -> None:
    with store.db.begin() as connection:
        connection.execute(sa.update(workers).where(workers.c.worker == worker).values(beat_at=NOON))


class TestLocks:
    def test_a_worker_is_known_by_its_lock_until_it_signs_off(self, store):
        lock = join(store, "a")
        assert store.workers.locks().held == {"a"}
        store.workers.forget("a")
        lock.close()
        assert store.workers.locks().held == set()
        assert store.workers.locks().freed == {}

    def test_one_that_ends_without_signing_off_is_dead_however_lately_it_has_beaten(self, store):
        kept, lost = join(store, "a"), join(store, "b")
        lost.close()
        wait_until(lambda: store.workers.locks().freed == {"b": lost.mark})
        assert store.workers.live() == store.workers.not_dead() == {"a"}
        store.workers.forget("b", lost.mark)
        assert store.workers.locks().freed == {}
        kept.close()

    def test_the_end_of_a_process_frees_its_lock_whatever_ended_it(self, store, db_url, home):
        other = subprocess.Popen(
            [sys.executable, "-c", HOLDER, db_url, str(home)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "holds it\n"
        assert store.workers.locks().held == {"other"}
        other.send_signal(signal.SIGSTOP)
        assert store.workers.locks().held == {"other"}
        other.kill()
        other.wait()
        wait_until(lambda: "other" in store.workers.locks().freed)
        other.stdin.close()
        other.stdout.close()

    def test_one_that_holds_its_lock_and_does_not_beat_is_frozen_and_not_dead(self, store):
        lock = join(store, "a")
        assert store.workers.live(ttl_s=0) == {"a"}
        beat_long_ago(store, "a")
        assert store.workers.live() == set()
        assert store.workers.not_dead() == {"a"}
        lock.close()

    def test_a_worker_that_took_a_new_lock_is_not_struck_off_for_the_old_one(self, store):
        old = join(store, "a")
        old.close()
        new = join(store, "a")
        assert store.workers.take_lease("watchdog", "a", 60)
        store.workers.forget("a", "another lock")
        assert store.workers.live() == {"a"}
        assert not store.workers.take_lease("watchdog", "b", 60)
        new.close()

    def test_one_of_an_earlier_version_has_no_lock_and_is_known_by_its_beats(self, store):
        lock = join(store, "a")
        store.workers.beat("old", "host", 2, NOON)
        assert store.workers.live() == store.workers.not_dead() == {"a", "old"}
        wait_until(lambda: store.workers.live(ttl_s=0.05) == {"a"})
        lock.close()


class TestFiles:
    def test_where_files_cannot_be_locked_there_is_no_lock_and_no_file(self, empty_sqlite_url, home):
        store = open_store(empty_sqlite_url, home, environ={})
        with patch.object(fcntl, "flock", side_effect=OSError("no locks here")):
            assert store.workers.lock("a") is None
        with patch.object(fcntl, "flock"):  # succeeds, and locks nothing
            assert store.workers.lock("a") is None
        assert list((home / "studio.db-workers").iterdir()) == []
        store.close()


class TestSessions:
    @pytest.fixture
    def postgres(self, postgres_url, home):
        store = open_store(postgres_url, home, environ={})
        yield store
        store.close()

    def test_a_lost_connection_is_noticed_at_once(self, postgres):
        lock, ending = join(postgres, "a"), threading.Event()
        assert lock.lasts(0.01, ending)
        with postgres.db.begin() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        assert not lock.lasts(3600, ending)
        assert postgres.workers.locks().freed == {"a": lock.mark}
        lock.close()

    def test_a_restart_of_the_server_says_nothing_of_who_lives(self, postgres_server, postgres):
        lock = join(postgres, "a")
        postgres_server.restart()
        assert not lock.lasts(3600, threading.Event())
        lock.close()
        postgres.db.dispose()
        assert postgres.workers.locks().freed == {}
        assert postgres.workers.live() == {"a"}
        again = join(postgres, "a")
        assert postgres.workers.locks().held == {"a"}
        again.close()
        wait_until(lambda: "a" in postgres.workers.locks().freed)
