"""An idle worker is told of a job at once, and is not kept busy by one that it cannot take. On each database."""

import threading
import time

import pytest
import sqlalchemy as sa

from agents.store.database import is_sqlite
from agents.worker.job_watch import JobWatch
from tests.support.waiting import allowed_s


def waited_s(watch: JobWatch, timeout: float) -> float:
    began = time.monotonic()
    assert not watch.wait(timeout)
    return time.monotonic() - began


@pytest.fixture
def watch(queue):
    opened = queue.watch()
    yield opened
    opened.close()


class TestWaiting:
    def test_it_ends_as_soon_as_a_job_comes(self, store, queue, start, watch):
        queue.prepare()
        assert not watch.is_set()
        assert waited_s(watch, 0.3) >= 0.3
        threading.Timer(0.2, start).start()
        assert waited_s(watch, 60) < allowed_s(2)

    def test_a_job_that_waits_for_its_chats_leg_does_not_end_it(self, store, queue, start, watch):
        chat = start()
        table = "workflow_status" if is_sqlite(store.db) else "dbos.workflow_status"
        with store.db.begin() as connection:
            connection.execute(sa.text(f"UPDATE {table} SET status = 'PENDING'"))
        queue.enqueue(chat, 3)
        assert waited_s(watch, 0.3) >= 0.3
        start()
        assert waited_s(watch, 60) < allowed_s(2)

    def test_without_the_queues_tables_it_waits_until_the_polling_is_due(self, watch):
        assert 0.3 <= waited_s(watch, 0.3) < allowed_s(2)
