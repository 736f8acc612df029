"""Many writers at once, on each database: the log stays one gap-free sequence and every leg but the newest is dead."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from agents.chats import ChatContinued, ChatState, Event, MessagePosted
from agents.errors import FenceError, OutageError
from agents.store import open_store
from agents.store.database import saying_outages
from tests.support.chat_log import ANNA, call, started, waiting
from tests.support.threads import at_once


class TestRacing:
    def test_people_and_legs_write_one_gap_free_sequence(self, store, start):
        chat = start()

        def legs() -> None:
            for _ in range(5):
                fence = store.chats.begin_leg(chat, "w")
                try:
                    for _ in range(5):
                        store.chats.append(chat, call(), fence=fence)
                except FenceError:
                    continue

        def person(name: str) -> Callable[[], None]:
            def speak(state: ChatState) -> list[Event]:
                return [MessagePosted(turn=state.turn, agent=name, content=f"{state.head}", source="human")]

            def act() -> None:
                for n in range(10):
                    store.chats.append_from_person(chat, speak, client_id=f"{name} {n}")

            return act

        at_once(legs, legs, legs, legs, *(person(f"P{n}") for n in range(4)))
        log = store.chats.log(chat)
        assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
        said = [recorded for recorded in log[2:] if isinstance(recorded.event, MessagePosted)]
        assert len(said) == 40
        assert [recorded.event.content for recorded in said] == [str(recorded.seq - 1) for recorded in said]
        with store.db.connect() as connection:
            fences = connection.scalars(sa.text("SELECT fence FROM events WHERE fence IS NOT NULL ORDER BY seq")).all()
        assert fences == sorted(fences)
        assert len(store.ledger.calls(chat)) == len(fences)
        assert store.chats.verify(chat) == []

    def test_one_click_arriving_eight_times_at_once_is_one_act(self, store, start):
        chat = start()
        written = []

        def click() -> None:
            written.append(
                store.chats.append_from_person(chat, lambda state: [ChatContinued(by=ANNA)], client_id="a click")
            )

        at_once(*[click] * 8)
        assert all(events == written[0] for events in written)
        assert store.chats.row(chat).head == 3

    def test_one_start_arriving_eight_times_at_once_is_one_chat(self, store, start):
        begun = []
        at_once(*(lambda n=n: begun.append(start.again(f"c{n}", "a click")) for n in range(8)))
        assert all(events == begun[0] for events in begun)
        assert [row.chat for row in store.chats.rows()] == [begun[0][0].chat]
        assert [recorded.event for recorded in begun[0]] == started()

    def test_eight_legs_begun_at_once_have_eight_fences(self, store, start):
        chat, fences = start(*waiting()), []
        at_once(*[lambda: fences.append(store.chats.begin_leg(chat, "w"))] * 8)
        assert sorted(fences) == list(range(2, 10))


class TestAFrozenProcess:
    def test_inside_a_transaction_holds_a_chat_up_only_until_postgresql_ends_it(self, postgres_url: str, home: Path):
        store = open_store(postgres_url, home)
        store.chats.create("c", started(), client_id="c", team_id=None, revision=None, title="c")
        with store.db.connect() as frozen:
            frozen.execute(sa.text("SELECT id FROM chats WHERE id = 'c' FOR UPDATE"))
            assert store.chats.begin_leg("c", "another") == 1
            with pytest.raises(OutageError, match="does not answer"), saying_outages(store.db):
                frozen.execute(sa.text("SELECT 1"))
            frozen.invalidate()
        store.close()
