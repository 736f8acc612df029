"""The signs of life of one process: its lock and its beats, also when the database goes away in between."""

import sqlalchemy as sa

from agents.store import open_store
from agents.worker.heartbeat import Heartbeat
from tests.support.waiting import wait_until


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
        with Heartbeat(store.workers) as heart:
            with store.db.begin() as connection:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                connection.execute(sa.text(ended))
            wait_until(lambda: not heart.is_known)
            wait_until(lambda: heart.is_known)
            assert store.workers.locks().held == {heart.worker}
            assert store.workers.live(ttl_s=0) == {heart.worker}
        store.close()
