"""Change detectors wake for what others write and sleep on otherwise, on each database."""

import asyncio
import threading
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from agents.store import StreamedText, open_store
from agents.store.file_writes import FileWrites
from tests.support.chat_log import call, waiting


@pytest.fixture
def detector(store):
    """A detector that is up to date."""
    with store.change_detector() as opened:
        assert opened.wait(10)
        yield opened


@pytest.fixture
def chat(start):
    """A chat in its first leg."""
    return start()


class TestDetecting:
    def test_nothing_written_is_no_change(self, chat, detector):
        assert not detector.wait(0.05)
        assert not detector.wait(0)

    def test_appends_people_drafts_and_titles_are_changes(self, store, chat, detector):
        fence = store.chats.begin_leg(chat, "w")
        detector.wait(0)
        for write in (
            lambda: store.chats.append(chat, call(), fence=fence),
            lambda: store.chats.append_from_person(chat, lambda state: [waiting()[7]], client_id="a click"),
            lambda: store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", "Hi", fence)]),
            lambda: store.chats.rename(chat, "New"),
            lambda: store.chats.delete(chat),
            lambda: store.chats.restore(chat),
        ):
            write()
            assert detector.wait(10)
            assert not detector.wait(0)

    def test_a_change_wakes_the_sleeper(self, store, chat, detector, db_url, home):
        other = open_store(db_url, home, environ={})
        woken = []
        sleeper = threading.Thread(target=lambda: woken.append(detector.wait(30)))
        sleeper.start()
        other.chats.rename(chat, "New")
        sleeper.join(10)
        assert woken == [True]
        other.close()

    def test_a_change_is_seen_where_the_kernel_tells_of_no_writes(self, store, chat, monkeypatch):
        monkeypatch.setattr(FileWrites, "__init__", Mock(side_effect=OSError("no more watches")))
        with store.change_detector() as detector:
            assert detector.wait(10)
            assert not detector.wait(0.05)
            store.chats.rename(chat, "New")
            assert detector.wait(10)

    def test_a_change_wakes_a_coroutine(self, store, chat, detector):
        async def sleep_and_write() -> bool:
            sleeper = asyncio.create_task(detector.changed(30))
            await asyncio.to_thread(store.chats.rename, chat, "New")
            return await asyncio.wait_for(sleeper, 10)

        assert asyncio.run(sleep_and_write())

    def test_what_is_rolled_back_is_no_change(self, store, chat, detector):
        def fail(state):
            raise RuntimeError

        with pytest.raises(RuntimeError):
            store.chats.append_from_person(chat, fail, client_id="a click")
        assert not detector.wait(0.05)

    def test_closing_wakes_the_sleeper(self, detector):
        woken = []
        sleeper = threading.Thread(target=lambda: woken.append(detector.wait(30)))
        sleeper.start()
        detector.close()
        sleeper.join(10)
        assert woken == [False]
        assert not detector.wait(30)


class TestLostConnections:
    def test_a_restarted_postgresql_is_found_again(self, postgres_url, home):
        store, killer = open_store(postgres_url, home, environ={}), sa.create_engine(postgres_url)
        with store.change_detector() as detector:
            assert detector.wait(10)
            store.settings.set("a", "1")
            with killer.connect() as connection:
                connection.execute(
                    sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() "
                            "AND datname = current_database()")
                )  # fmt: skip
            assert store.settings.get("a") == "1"
            assert detector.wait(10)  # it was lost, so that something may have been missed
            assert detector.wait(10)  # and listens again
            assert not detector.wait(0)
        killer.dispose()
        store.close()
