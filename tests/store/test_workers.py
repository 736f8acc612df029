"""Heartbeats, leases and settings, on each database."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from agents.store import Store
from agents.store.schema import leases, workers
from tests.support.chat_log import NOON
from tests.support.waiting import wait_until


def set_back_by_an_hour(store: Store, column: sa.Column[datetime]) -> None:
    """What was written before seems to be of the future."""
    with store.db.begin() as connection:
        at = connection.scalars(sa.select(column)).one()
        connection.execute(sa.update(column.table).values({column: at + timedelta(hours=1)}))


class TestWorkers:
    def test_who_beats_is_alive_until_forgotten(self, store):
        store.workers.beat("a", "host", 1, NOON)
        store.workers.beat("a", "host", 1, NOON)
        store.workers.beat("b", "host", 2, NOON)
        assert store.workers.live() == {"a", "b"}
        store.workers.forget("a")
        assert store.workers.live() == {"b"}

    def test_who_stops_beating_is_dead_after_a_while(self, store):
        store.workers.beat("a", "host", 1, NOON)
        wait_until(lambda: store.workers.live(ttl_s=0.05) == set())
        assert store.workers.live(ttl_s=60) == {"a"}
        store.workers.beat("a", "host", 1, NOON)
        assert store.workers.live(ttl_s=60) == {"a"}

    def test_who_died_before_the_clock_was_set_back_is_dead(self, store):
        store.workers.beat("a", "host", 1, NOON)
        set_back_by_an_hour(store, workers.c.beat_at)
        store.workers.beat("b", "host", 2, NOON)
        assert store.workers.live() == {"b"}


class TestLeases:
    def test_one_taken_before_the_clock_was_set_back_is_anybodys(self, store):
        assert store.workers.take_lease("watchdog", "a", 60)
        set_back_by_an_hour(store, leases.c.expires_at)
        assert store.workers.take_lease("watchdog", "b", 60)
        assert not store.workers.take_lease("watchdog", "a", 60)

    def test_one_worker_holds_a_lease_and_renews_it(self, store):
        assert store.workers.take_lease("watchdog", "a", 60)
        assert store.workers.take_lease("watchdog", "a", 60)
        assert not store.workers.take_lease("watchdog", "b", 60)
        assert store.workers.take_lease("reconciler", "b", 60)

    def test_a_lease_that_ran_out_is_anybodys(self, store):
        assert store.workers.take_lease("watchdog", "a", 0.05)
        wait_until(lambda: store.workers.take_lease("watchdog", "b", 60))
        assert not store.workers.take_lease("watchdog", "a", 60)

    def test_a_forgotten_worker_gives_its_leases_up(self, store):
        store.workers.take_lease("watchdog", "a", 60)
        store.workers.forget("a")
        assert store.workers.take_lease("watchdog", "b", 60)


class TestSettings:
    def test_what_was_set_last_is_kept(self, store):
        assert store.settings.get("default_connection") == ""
        assert store.settings.get("default_connection", "embedded") == "embedded"
        for name in ("ollama", "azure"):
            store.settings.set("default_connection", name)
        assert store.settings.get("default_connection", "embedded") == "azure"
