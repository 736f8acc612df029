"""The signs of life of one process: its lock and its beats, also when the database goes away in between."""

from contextlib import closing

import sqlalchemy as sa

from agents.store import open_store
from agents.worker.heartbeat import Heartbeat
from tests.support.waiting import wait_until

LOCKS = sa.text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""The connections that hold one."""


class TestHeartbeat:
    def test_a_process_is_alive_from_its_first_beat_until_it_signs_off(self, store):
        with Heartbeat(store.workers) as heart:
            assert heart.is_known
            assert heart.is_steady
            assert store.workers.live(ttl_s=0) == {heart.worker}
            assert store.workers.locks().held == {heart.worker}
        assert store.workers.live() == set()
        assert store.workers.locks().held == set()
        assert store.workers.locks().freed == {}

    def test_a_lock_that_is_lost_with_its_connection_is_taken_again_at_once(self, postgres_url, home):
        store = open_store(postgres_url, home, environ={})
        with closing(store), Heartbeat(store.workers) as heart:
            with store.db.begin() as connection:
                (lost,) = connection.execute(LOCKS).scalars()
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
            wait_until(lambda: lost not in store.workers.read(LOCKS).scalars().all())
            wait_until(lambda: heart.is_known and store.workers.locks().held == {heart.worker})
            assert store.workers.live(ttl_s=0) == {heart.worker}
