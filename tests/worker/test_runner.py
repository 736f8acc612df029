"""One leg: what it writes, when it lets go, and what it does while the database is away."""

import threading
import time
from datetime import UTC, datetime

import pytest

from agents.chats import ChatEnded, DecisionRequested, MessagePosted, OpenCall, Price, SpeakerSelected, request_digest
from agents.engine import Streamed
from agents.errors import OutageError
from agents.store import open_store
from agents.worker.queue import DbosQueue
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs
from agents.worker.worker import Worker
from tests.support.chats import ChatStarter, status, stop
from tests.support.cut_worker import CutLine
from tests.support.waiting import WITHIN_S, allowed_s, wait_until


def turn(number: int, agent: str = "PM"):
    """The events of one turn."""
    yield SpeakerSelected(turn=number, agent=agent, method="round_robin")
    yield Streamed(turn=number, agent=agent, text="What ")
    yield Streamed(turn=number, agent=agent, text=f"{agent} says.")
    yield MessagePosted(turn=number, agent=agent, content=f"What {agent} says.", source="model")


def two_turns(state, client):
    """From wherever the log stands to the end of turn 2."""
    for number in range(state.turn, 3):
        yield from turn(number)
    yield ChatEnded(reason="max_rounds", text="Enough.")


def asks(state, client):
    """Waits for a person at once."""
    digest = request_digest("human_turn", "PM", state.turn, {})
    yield DecisionRequested(
        request="1", turn=state.turn, of="human_turn", agent="PM", question="Well?", payload={},
        options=["reply"], digest=digest,
    )  # fmt: skip


class NoModel:
    """Never called: the legs of these tests know their events."""

    def call(self, *_, **__):
        raise AssertionError("no leg here calls a model")

    fallbacks = call

    context_window = sees_pictures = is_rehearsed = call

    def for_leg(self, may_begin):
        return self


class Paid(NoModel):
    """Begins a call for the first engine, which the database leaves in the middle of it; the next one makes its own."""

    def __init__(self):
        self.n_engines = 0
        self.may_begin = lambda call: False

    def for_leg(self, may_begin):
        self.may_begin = may_begin
        return self

    def events(self, state, client):
        self.n_engines += 1
        if self.n_engines == 1:
            yield SpeakerSelected(turn=1, agent="PM", method="round_robin")
            price = Price(cost_usd=None, source="unknown")
            call = OpenCall(
                agent="PM",
                purpose="reply",
                connection="c",
                model="m",
                price=price,
                started_at=datetime.now(UTC),
                tries=2,
            )
            assert self.may_begin(call)
            raise OutageError("The database is away.", "away")
        else:
            yield from two_turns(state, client)


class Endless:
    """An engine that streams for ever, and knows when it was closed."""

    def __init__(self):
        self.closed_at = 0.0

    def __call__(self, state, client):
        pause = threading.Event()
        try:
            yield SpeakerSelected(turn=state.turn, agent="PM", method="round_robin")
            while True:
                pause.wait(0.005)
                yield Streamed(turn=state.turn, agent="PM", text="and ")
        finally:
            self.closed_at = time.monotonic()


class Leg:
    """A leg of the chat on a thread of its own."""

    def __init__(self, store, chat, run, client=None):
        self.status = None
        self.freed_at = 0.0
        self._client = client or NoModel()
        self.stopping = threading.Event()
        self._legs = RunningLegs(store.chats)
        self._thread = threading.Thread(target=self._run, args=[store, chat, run])

    def __enter__(self):
        self._legs.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._thread.join()
        self._legs.__exit__(None, None, None)

    def _run(self, store, chat, run):
        self.status = run_leg(
            chat, client=self._client, worker="w", legs=self._legs, stopping=self.stopping,
            release=self._free, leg_events=run,
        )  # fmt: skip

    def _free(self):
        self.freed_at = time.monotonic()


@pytest.fixture
def chat(start):
    """A chat that owes its first turn, and is in no queue."""
    return start(is_enqueued=False)


def kinds(store, chat):
    return [recorded.event.kind for recorded in store.chats.log(chat)]


TURN = ["SpeakerSelected", "MessagePosted"]
BEGUN = ["ChatStarted", "MessagePosted"]


class TestALeg:
    def test_appends_every_event_and_lets_go(self, store, chat):
        with Leg(store, chat, two_turns) as leg:
            assert wait_until(lambda: leg.status) == "ended"
        assert kinds(store, chat) == [*BEGUN, *TURN, *TURN, "ChatEnded"]
        assert store.chats.row(chat).leg_worker is None
        assert store.chats.verify(chat) == []

    def test_ends_when_a_person_is_asked(self, store, chat):
        with Leg(store, chat, asks) as leg:
            assert wait_until(lambda: leg.status) == "waiting"

    def test_leaves_a_chat_alone_that_owes_no_turn(self, store, chat):
        stop(store, chat)
        fence = store.chats.heads([chat])[chat][1]
        with Leg(store, chat, two_turns) as leg:
            assert wait_until(lambda: leg.status) == "ended"
        assert store.chats.heads([chat])[chat][1] == fence

    def test_shows_what_is_being_written(self, store, chat):
        with Leg(store, chat, Endless()):
            draft = wait_until(lambda: store.chats.streamed_texts([chat]).get(chat))
            assert draft.agent == "PM"
            assert wait_until(lambda: len(store.chats.streamed_texts([chat])[chat].text) > len(draft.text))

    def test_is_over_within_moments_when_a_person_stops_the_chat(self, store, chat):
        engine = Endless()
        with Leg(store, chat, engine) as leg:
            wait_until(lambda: store.chats.streamed_texts([chat]))
            stop(store, chat)
            stopped_at = time.monotonic()
            assert wait_until(lambda: leg.status) == "running"
        took_s = engine.closed_at - stopped_at
        print(f"the stream was closed {took_s * 1000:.0f} ms after the stop")
        assert took_s < allowed_s(0.3)
        assert kinds(store, chat)[-1] == "ChatEnded"

    def test_gives_its_place_away_when_it_is_stopped_while_a_model_is_silent(self, store, chat):
        silent = threading.Event()

        def hangs(state, client):
            yield SpeakerSelected(turn=1, agent="PM", method="round_robin")
            silent.wait(WITHIN_S)
            yield Streamed(turn=1, agent="PM", text="late")

        with Leg(store, chat, hangs) as leg:
            wait_until(lambda: kinds(store, chat)[-1] == "SpeakerSelected")
            stop(store, chat)
            wait_until(lambda: leg.freed_at)
            assert leg.status is None
            silent.set()
            assert wait_until(lambda: leg.status) == "running"

    def test_gives_its_place_away_although_the_database_was_away_at_first(self, store, chat):
        tries = []

        def release():
            tries.append(time.monotonic())
            if len(tries) == 1:
                raise OSError("the database is away")

        with RunningLegs(store.chats) as legs:
            fence = store.chats.begin_leg(chat, "w1")
            leg = legs.add(chat, fence, release)
            stop(store, chat)
            wait_until(lambda: len(tries) == 2)
            assert leg.has_moved

    def test_ends_the_chat_in_words_when_the_engine_has_a_defect(self, store, chat, caplog):
        def breaks(state, client):
            yield from turn(1)
            raise KeyError("a defect")

        with Leg(store, chat, breaks) as leg:
            assert wait_until(lambda: leg.status) == "ended"
        ended = store.chats.log(chat)[-1].event
        assert (ended.kind, ended.reason) == ("ChatEnded", "defect")
        assert "KeyError" not in ended.text
        assert "KeyError: 'a defect'" in caplog.text

    def test_does_not_take_for_a_defect_what_fails_because_the_process_ends(self, store, chat):
        legs: list[Leg] = []

        def closed(state, client):
            yield from turn(1)
            legs[0].stopping.set()
            raise RuntimeError("Cannot send a request, as the client has been closed.")

        legs.append(Leg(store, chat, closed))
        with legs[0] as leg:
            assert wait_until(lambda: leg.status) == "running"
        assert kinds(store, chat)[-1] == "MessagePosted"

    def test_lets_go_of_a_chat_that_is_deleted(self, store, chat):
        with Leg(store, chat, Endless()) as leg:
            wait_until(lambda: store.chats.streamed_texts([chat]))
            store.chats.delete(chat)
            assert wait_until(lambda: leg.status) == "running"
        with Leg(store, chat, Endless()) as leg:
            assert wait_until(lambda: leg.status) == "running"


class TestADatabaseThatGoesAway:
    def test_an_append_whose_answer_is_lost_is_not_written_twice(self, postgres_url, home, caplog):
        with CutLine(postgres_url) as line:
            store = open_store(line.url, home, environ={})
            chat = ChatStarter(store, DbosQueue(store.db))(is_enqueued=False)
            line.cut_after_commit_of('"source":"model"')
            with Leg(store, chat, two_turns) as leg:
                assert wait_until(lambda: leg.status) == "ended"
            assert line.n_cut == 1
            assert kinds(store, chat) == [*BEGUN, *TURN, *TURN, "ChatEnded"]
            assert store.chats.verify(chat) == []
            assert "waits for the database" in caplog.text
            store.close()

    def test_a_call_that_was_under_way_is_cut(self, store, chat):
        client = Paid()
        with Leg(store, chat, client.events, client) as leg:
            assert wait_until(lambda: leg.status) == "ended"
        (call,) = (each.event for each in store.chats.log(chat) if each.event.kind == "ModelCalled")
        assert (call.outcome, call.usage_raw) == ("unknown", {"studio": {"tries": 2}})
        assert len(store.ledger.calls(chat)) == 1
        assert store.chats.verify(chat) == []

    def test_a_locked_sqlite_file_is_waited_for(self, sqlite_url, home, monkeypatch, caplog):
        monkeypatch.setattr("agents.store.database.BUSY_TIMEOUT_S", 0.02)
        store = open_store(sqlite_url, home, environ={})
        chat = ChatStarter(store, DbosQueue(store.db))(is_enqueued=False)
        may_go_on = threading.Event()

        def waits(state, client):
            assert may_go_on.wait(WITHIN_S)
            yield from two_turns(state, client)

        with Leg(store, chat, waits) as leg:
            wait_until(lambda: store.chats.row(chat).leg_worker)
            with store.db.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                may_go_on.set()
                wait_until(lambda: f"Chat {chat} waits for the database" in caplog.text)
                assert status(store, chat) == "running"
            assert wait_until(lambda: leg.status) == "ended"
        assert kinds(store, chat) == [*BEGUN, *TURN, *TURN, "ChatEnded"]
        store.close()


class TestALostLeg:
    def test_is_let_go_by_the_worker_that_has_it_in_the_store_and_does_not_run_it(self, store, queue, start):
        worker = Worker(store, queue, NoModel(), leg_events=lambda _, state, client: two_turns(state, client))
        lost, running = start(), start()
        store.chats.begin_leg(lost, worker.name)
        worker.legs.add(running, store.chats.begin_leg(running, worker.name))
        worker.let_lost_go()
        assert store.chats.row(lost).leg_worker == worker.name, "a leg that begins is in the store first"
        worker.let_lost_go()
        assert [store.chats.row(chat).leg_worker for chat in (lost, running)] == [None, worker.name]
