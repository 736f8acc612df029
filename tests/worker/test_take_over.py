"""Workers that die, freeze and come back: the chat goes on, and nothing is written twice."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

from agents.store import Store, open_store
from agents.worker.queue import DbosQueue
from tests.support.chats import THREE, ChatStarter, assert_whole, head, status
from tests.support.processes import Processes, WorkerProcess, environment
from tests.support.waiting import WITHIN_S, allowed_s, wait_until

LIMIT_S = 1.0
STANDS_STILL_S = 6.0
"""Longer than a worker is late on any machine where it runs at all, shorter than one is taken for frozen."""


def freeze(worker: WorkerProcess, store: Store) -> None:
    """SIGSTOP, outside of a write to SQLite: its one write lock would be frozen with the process, for everybody."""
    while True:
        worker.send(signal.SIGSTOP)
        if store.db.dialect.name != "sqlite" or can_write(str(store.db.url.database)):
            return
        worker.send(signal.SIGCONT)


def can_write(path: str) -> bool:
    """Whether SQLite's write lock is to be had."""
    with closing(sqlite3.connect(path, timeout=0.5, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
    return True


class TestTakeOver:
    def test_the_chat_of_a_killed_worker_goes_on_within_a_second(self, store, model, start, workers):
        model.piece_ms = 60
        workers.start(2)
        chat = start(n_messages=8)
        wait_until(lambda: store.chats.streamed_texts([chat]) and head(store, chat) > 4)
        victim = workers.named(store.chats.row(chat).leg_worker)
        victim.send(signal.SIGKILL)
        killed_at = time.monotonic()
        assert victim.wait() == -signal.SIGKILL
        wait_until(lambda: store.chats.row(chat).leg_worker not in (victim.name, None))
        took_s = time.monotonic() - killed_at
        print(f"taken over after {took_s:.2f} s")
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 8)
        assert took_s < allowed_s(LIMIT_S)

    def test_the_chat_of_a_killed_command_line_goes_on_with_a_worker(
        self, store, model, db_url, home, workers, tmp_path
    ):
        model.piece_ms = 60
        (worker,) = workers.start(1)
        team = tmp_path / "three.yaml"
        team.write_text(THREE % 8)
        command = [sys.executable, "-m", "agents", "run", str(team), "--task", "Build it."]
        line = subprocess.Popen(command, env=environment(db_url, home, model.base_url), stdout=subprocess.DEVNULL)
        (row,) = wait_until(store.chats.rows)
        wait_until(lambda: store.chats.streamed_texts([row.chat]))
        line.kill()
        line.wait(WITHIN_S)
        killed_at = time.monotonic()
        wait_until(lambda: store.chats.row(row.chat).leg_worker == worker.name)
        assert time.monotonic() - killed_at < allowed_s(LIMIT_S)
        model.piece_ms = 0
        wait_until(lambda: status(store, row.chat) == "ended")
        assert_whole(store, row.chat, 8)

    def test_a_frozen_worker_that_wakes_up_writes_nothing(self, store, model, start, workers):
        model.piece_ms = 60
        workers.start(2)
        chat = start(n_messages=8)
        wait_until(lambda: store.chats.streamed_texts([chat]))
        zombie = workers.named(store.chats.row(chat).leg_worker)
        freeze(zombie, store)
        before = head(store, chat)
        wait_until(lambda: store.chats.row(chat).leg_worker not in (zombie.name, None) and head(store, chat) > before)
        log = store.chats.log(chat)
        n_asked = len(model.records)
        zombie.send(signal.SIGCONT)
        wait_until(lambda: zombie.name in store.workers.live())
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 8)
        assert store.chats.log(chat, limit=len(log)) == log
        n_replies = sum(recorded.event.kind == "ModelCalled" for recorded in store.chats.log(chat, after=len(log)))
        assert len(model.records) - n_asked <= n_replies + 1
        assert zombie.name in store.workers.live()

    def test_a_worker_that_stands_still_for_some_seconds_keeps_its_chat(self, store, model, start, workers):
        model.piece_ms = 60
        workers.start(2)
        chat = start(n_messages=8)
        wait_until(lambda: store.chats.streamed_texts([chat]))
        owner = workers.named(store.chats.row(chat).leg_worker)
        freeze(owner, store)
        frozen_at, fence = time.monotonic(), store.chats.heads([chat])[chat][1]
        wait_until(lambda: time.monotonic() - frozen_at > STANDS_STILL_S)
        owner.send(signal.SIGCONT)
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert store.chats.heads([chat])[chat][1] == fence
        assert_whole(store, chat, 8)

    def test_a_worker_told_to_end_leaves_its_chat_to_another_at_once(self, store, model, start, workers):
        model.piece_ms = 100
        workers.start(2)
        chat = start(n_messages=6)
        wait_until(lambda: store.chats.streamed_texts([chat]))
        ended = workers.named(store.chats.row(chat).leg_worker)
        asked_at = time.monotonic()
        ended.send(signal.SIGTERM)
        assert ended.wait() == 0
        took_s = time.monotonic() - asked_at
        assert ended.name not in store.workers.live()
        wait_until(lambda: store.chats.row(chat).leg_worker not in (ended.name, None))
        print(f"ended after {took_s:.2f} s, taken over after {time.monotonic() - asked_at:.2f} s")
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 6)
        assert took_s < allowed_s(1.2)


class TestWhenPostgresqlIsRestarted:
    def test_a_chat_goes_on_after_its_database_was_restarted(
        self, postgres_server, postgres_url, home, model, tmp_path
    ):
        store = open_store(postgres_url, home, environ={})
        with Processes(postgres_url, home, model.base_url, tmp_path) as workers:
            model.piece_ms = 40
            [worker] = workers.start()
            start = ChatStarter(store, DbosQueue(store.db))
            chat = start(n_messages=8)
            wait_until(lambda: store.chats.streamed_texts([chat]) and head(store, chat) > 4)
            postgres_server.restart()
            restarted_at = time.monotonic()
            before = head(store, chat)
            wait_until(lambda: head(store, chat) > before)
            print(f"went on {time.monotonic() - restarted_at:.2f} s after the restart")
            model.piece_ms = 0
            wait_until(lambda: status(store, chat) == "ended")
            assert_whole(store, chat, 8)
            after = start()
            wait_until(lambda: status(store, after) == "ended")
            assert worker.name in store.workers.live()
        store.close()
