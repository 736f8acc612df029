"""What reaches a worker: each job once, after its commit, one leg of a chat at a time; and what has been lost again."""

import signal
import statistics
import time
from datetime import timedelta
from functools import partial

import pytest

from agents.chats import ChatContinued, Person
from agents.store.database import writing
from tests.support.chats import assert_whole, status, stop
from tests.support.scripted_replies import Reply
from tests.support.waiting import allowed_s, wait_until


def has_begun(store, chat):
    """Whether a leg took the chat's fence."""
    return store.chats.heads([chat])[chat][1] > 0


class TestJobs:
    def test_a_job_enqueued_twice_runs_once_and_one_rolled_back_never(self, store, queue, start, workers, model):
        hook = queue.hook
        unwanted = start(is_enqueued=False)

        def enqueue_and_fail():
            with writing(store.db) as connection:
                hook(connection, unwanted, 2)
                raise RuntimeError("rolled back")

        with pytest.raises(RuntimeError):
            enqueue_and_fail()
        chat = start()
        queue.enqueue(chat, 2)
        with writing(store.db) as connection:
            hook(connection, chat, 2)
        (worker,) = workers.start()
        wait_until(lambda: status(store, chat) == "ended")
        queue.enqueue(chat, 2)
        after = start()
        wait_until(lambda: status(store, after) == "ended")
        assert store.chats.heads([chat])[chat][1] == 1
        assert_whole(store, chat, 4)
        worker.send(signal.SIGTERM)
        worker.wait()
        assert queue.take_over(set) == []

    def test_an_idle_worker_starts_a_leg_soon(self, store, start, workers):
        workers.start()
        first = start()
        wait_until(lambda: status(store, first) == "ended")
        waits_s = []
        for _ in range(5):
            chat = start()
            asked_at = time.monotonic()
            wait_until(partial(has_begun, store, chat))
            waits_s.append(time.monotonic() - asked_at)
        print(f"started after {statistics.median(waits_s) * 1000:.0f} ms, {max(waits_s) * 1000:.0f} ms at most")
        assert statistics.median(waits_s) < allowed_s(0.6)

    def test_a_chat_stopped_and_continued_does_not_wait_for_a_model_that_hangs(
        self, store, queue, start, workers, model
    ):
        model.script(["fault-timeout"])
        workers.start()
        chat = start()
        wait_until(lambda: model.records)
        stop(store, chat)
        store.chats.append_from_person(
            chat, lambda state: [ChatContinued(by=Person())], client_id="continue", hook=queue.hook
        )
        wait_until(lambda: status(store, chat) == "ended" and store.chats.log(chat)[-1].event.reason == "max_rounds")

    def test_a_model_that_answers_after_its_chat_was_stopped_is_no_error_in_the_log(self, store, start, workers, model):
        model.script([Reply("Too late.", delay_s=1.5)])
        [worker] = workers.start()
        chat = start()
        wait_until(lambda: model.records)
        stopped_at = time.monotonic()
        stop(store, chat)
        wait_until(lambda: time.monotonic() - stopped_at > 2)
        after = start()
        wait_until(lambda: status(store, after) == "ended")
        assert worker.errors == ""


class TestWaking:
    def test_a_chat_that_nobody_works_on_is_woken_by_the_next_worker(self, store, start, workers):
        chat = start(is_enqueued=False)
        [worker] = workers.start()
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 4)
        assert f"Chat {chat} owed a turn" in worker.errors

    def test_a_chat_that_waits_in_the_queue_is_not_enqueued_again(self, store, queue, start):
        chat = start()
        assert queue.wake([(chat, 2), ("another", 7)]) == ["another"]
        assert queue.wake(store.chats.owing(set())) == []


class TestFinishedJobs:
    def test_do_not_keep_their_chat_from_being_woken_and_are_forgotten_after_a_day(
        self, store, queue, start, workers, monkeypatch
    ):
        chat = start(is_enqueued=False)
        stop(store, chat)
        queue.enqueue(chat, 2)
        workers.start()
        wait_until(lambda: queue.wake([(chat, 2)]) == [chat])  # as long as the job is open there is nothing to wake
        wait_until(lambda: queue.wake([(chat, 2)]) == [chat])
        assert queue.forget_finished() == 0
        monkeypatch.setattr("agents.worker.queue.KEPT_FOR", timedelta(days=-1))
        wait_until(lambda: queue.forget_finished() == 1)
        assert queue.forget_finished() == 0
