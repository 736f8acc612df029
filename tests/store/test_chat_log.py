"""The log's guarantees, on each database."""

import pytest
import sqlalchemy as sa

from agents.chats import ChatEnded, ChatStarted, DecisionMade, MessagePosted, fold
from agents.errors import ConflictError, FenceError, NotFoundError
from tests.support.chat_log import ANNA, call, request, started, waiting, whole

STOP = ChatEnded(reason="stopped", text="Anna stopped the chat.", by=ANNA)


def said(content: str, turn: int = 1) -> MessagePosted:
    return MessagePosted(turn=turn, agent="Writer", content=content, source="model")


def reply(state) -> list:
    asked = state.request
    return [DecisionMade(request=asked.request, digest=asked.digest, verdict="reply", text="Yes", by=ANNA)]


class TestStarting:
    def test_a_chat_holds_the_events_it_was_started_with(self, store, start):
        chat = start()
        assert [recorded.event for recorded in store.chats.log(chat)] == started()
        assert [recorded.seq for recorded in store.chats.log(chat)] == [1, 2]

    def test_the_same_client_id_starts_one_chat(self, store, start):
        first = start.again("c1", "a click")
        assert start.again("c2", "a click") == first
        assert [row.chat for row in store.chats.rows()] == ["c1"]

    def test_a_taken_id_is_a_conflict(self, store, start):
        first = start.again("c1", "a click")
        with pytest.raises(ConflictError, match="'c1'"):
            start.again("c1", "another click")
        assert store.chats.log("c1") == first

    def test_a_hook_that_fails_starts_nothing(self, store, start):
        def fail(connection, chat, head):
            raise RuntimeError("the queue is away")

        with pytest.raises(RuntimeError):
            start.again("c1", "a click", hook=fail)
        assert store.chats.rows() == []
        assert store.chats.log("c1") == []

    def test_the_hook_sees_what_is_being_written(self, store, start):
        seen = []

        def look(connection, chat, head):
            seen.append((chat, head, connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()))

        start.again("c1", "a click", hook=look)
        assert seen == [("c1", 2, 2)]

    def test_the_row_says_who_works_from_the_start(self, store, start):
        start.again("c1", "a click", leg_worker="me")
        assert store.chats.row("c1").leg_worker == "me"
        assert store.chats.owing({"me"}) == []


class TestLegs:
    def test_events_of_one_append_stand_together_each_with_what_follows_from_it(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "worker")
        events = (call(outcome="timeout"), call(), said("Hi"), request(), STOP)
        assert store.chats.append(chat, *events, fence=fence).event == STOP
        log = store.chats.log(chat, after=2)
        assert [(recorded.seq, recorded.event) for recorded in log] == list(enumerate(events, start=3))
        assert len(store.ledger.calls(chat)) == 2
        assert store.chats.row(chat).cost_usd == 1.0
        assert store.chats.verify(chat) == []

    def test_an_append_that_comes_too_late_writes_none_of_its_events(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "worker")
        store.chats.begin_leg(chat, "another")
        with pytest.raises(FenceError):
            store.chats.append(chat, call(), said("Hi"), fence=fence)
        assert store.chats.row(chat).head == 2
        assert store.ledger.calls(chat) == []
        assert store.chats.verify(chat) == []

    def test_an_append_is_what_the_log_holds(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        appended = [store.chats.append(chat, event, fence=fence) for event in (call(), said("Hi"))]
        assert store.chats.log(chat, after=2) == appended
        assert [recorded.seq for recorded in appended] == [3, 4]

    def test_an_older_leg_is_refused_and_writes_nothing(self, store, start):
        chat = start()
        zombie = store.chats.begin_leg(chat, "frozen")
        fence = store.chats.begin_leg(chat, "awake")
        with pytest.raises(FenceError):
            store.chats.append(chat, call(), fence=zombie)
        assert store.chats.append(chat, said("Hi"), fence=fence).seq == 3
        assert store.ledger.calls(chat) == []
        assert store.chats.verify(chat) == []

    def test_a_token_that_was_never_given_out_is_refused(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        with pytest.raises(FenceError):
            store.chats.append(chat, said("Hi"), fence=fence + 1)

    def test_ending_a_leg_frees_the_chat_unless_another_took_over(self, store, start):
        chat = start()
        old = store.chats.begin_leg(chat, "old")
        new = store.chats.begin_leg(chat, "new")
        store.chats.end_leg(chat, fence=old)
        assert store.chats.row(chat).leg_worker == "new"
        store.chats.end_leg(chat, fence=new)
        assert store.chats.row(chat).leg_worker is None

    def test_no_leg_begins_where_there_is_no_chat(self, store):
        with pytest.raises(NotFoundError, match="'nowhere'"):
            store.chats.begin_leg("nowhere", "w")

    def test_times_never_go_back(self, store, start):
        chat = start(*whole())
        times = [recorded.at for recorded in store.chats.log(chat)]
        assert times == sorted(times)
        assert store.chats.row(chat).updated_at == times[-1]


class TestPeople:
    def test_a_decision_is_made_on_the_state_of_that_moment(self, store, start):
        chat = start(*waiting())
        seen = []

        def look_and_reply(state):
            seen.append(state)
            return reply(state)

        store.chats.append_from_person(chat, look_and_reply, client_id="a click")
        assert seen == [fold(store.chats.log(chat)[:-1])]
        assert store.chats.row(chat).status == "running"

    def test_what_a_leg_appends_meanwhile_is_in_the_state(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")

        @sa.event.listens_for(store.db, "checkin", once=True)
        def append_between_the_two_reads(*_arguments):
            store.chats.append(chat, said("Meanwhile"), fence=fence)

        heads = []

        def look_and_stop(state):
            heads.append(state.head)
            return [STOP]

        store.chats.append_from_person(chat, look_and_stop, client_id="a click")
        assert heads == [3]
        assert store.chats.verify(chat) == []

    def test_a_double_click_is_one_act(self, store, start):
        chat = start(*waiting())
        first = store.chats.append_from_person(chat, lambda state: [*reply(state), STOP], client_id="a click")

        def unasked(state):
            raise AssertionError("decided twice")

        assert store.chats.append_from_person(chat, unasked, client_id="a click") == first
        assert len(first) == 2
        assert store.chats.row(chat).head == len(waiting()) + 2

    def test_the_same_client_id_in_another_chat_is_another_act(self, store, start):
        for chat in (start(*waiting()), start(*waiting())):
            assert store.chats.append_from_person(chat, reply, client_id="a click")[0].chat == chat

    def test_a_conflict_writes_nothing(self, store, start):
        chat = start(*waiting())
        before = store.chats.row(chat)

        def refuse(state):
            raise ConflictError("Ben was first.")

        with pytest.raises(ConflictError, match=r"Ben was first\."):
            store.chats.append_from_person(chat, refuse, client_id="a click", takes_fence=True)
        assert store.chats.row(chat) == before
        assert store.chats.append_from_person(chat, reply, client_id="a click")[0].seq == before.head + 1

    def test_deciding_nothing_writes_nothing(self, store, start):
        chat = start(*waiting())
        head = store.chats.row(chat).head

        def unwanted(connection, chat, head):
            raise AssertionError("the hook was called")

        assert store.chats.append_from_person(chat, lambda state: [], client_id="x", hook=unwanted) == []
        assert store.chats.row(chat).head == head

    def test_the_hook_is_part_of_the_act(self, store, start):
        chat = start(*waiting())
        hooked = []

        def fail(connection, chat, head):
            hooked.append((chat, head))
            raise RuntimeError("the queue is away")

        with pytest.raises(RuntimeError):
            store.chats.append_from_person(chat, reply, client_id="a click", hook=fail)
        assert hooked == [(chat, len(waiting()) + 1)]
        assert store.chats.row(chat).status == "waiting"
        assert store.chats.row(chat).head == len(waiting())

    def test_taking_the_fence_kills_the_running_leg(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        store.chats.append_from_person(chat, lambda state: [STOP], client_id="a click", takes_fence=True)
        with pytest.raises(FenceError):
            store.chats.append(chat, said("Too late"), fence=fence)
        assert store.chats.row(chat).leg_worker is None
        assert store.chats.state(chat).ended == STOP

    def test_without_taking_the_fence_the_leg_goes_on(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        store.chats.append_from_person(chat, lambda state: [said("A word")], client_id="a click")
        assert store.chats.append(chat, said("On", turn=2), fence=fence).seq == 4

    def test_events_that_do_not_follow_from_the_log_are_not_written(self, store, start):
        chat = start()
        with pytest.raises(ValueError, match="answers no open request"):
            store.chats.append_from_person(
                chat, lambda state: [DecisionMade(request="r9", digest="", verdict="skip", by=ANNA)], client_id="x"
            )
        assert store.chats.row(chat).head == 2

    def test_nobody_decides_where_there_is_no_chat(self, store):
        with pytest.raises(NotFoundError):
            store.chats.append_from_person("nowhere", lambda state: [STOP], client_id="a click")


class TestReading:
    def test_pages_of_the_log_are_ascending_from_either_end(self, store, start):
        chat = start(*whole())
        n = len(whole())

        def seqs(log):
            return [recorded.seq for recorded in log]

        assert seqs(store.chats.log(chat)) == list(range(1, n + 1))
        assert seqs(store.chats.log(chat, after=3, before=7)) == [4, 5, 6]
        assert seqs(store.chats.log(chat, after=3, limit=2)) == [4, 5]
        assert seqs(store.chats.page_before(chat, 6, 3)) == [3, 4, 5]
        assert seqs(store.chats.page_before(chat, None, 2)) == [n - 1, n]
        assert seqs(store.chats.page_before(chat, 1, 5)) == []

    def test_a_log_that_is_not_there_is_empty_and_has_no_state(self, store):
        assert store.chats.log("nowhere") == []
        with pytest.raises(NotFoundError):
            store.chats.state("nowhere")
        with pytest.raises(NotFoundError):
            store.chats.row("nowhere")
        with pytest.raises(NotFoundError):
            store.chats.verify("nowhere")

    def test_every_text_comes_back_as_it_was(self, store, start):
        strange = "Grüße, Ελλάδα, 日本語, 🦀\u200d, \x00\x1b[31m \\u0000 'quotes' \"and\" %s :name {}"
        chat = start(*started(), said(strange), said("é" * 1_000_000, turn=2))
        texts = [recorded.event.content for recorded in store.chats.log(chat, after=2)]
        assert texts == [strange, "é" * 1_000_000]
        assert store.chats.verify(chat) == []

    def test_a_long_task_is_cut_in_lists_only(self, store, start):
        begun, message = started()
        chat = start(begun.model_copy(update={"task": "\x00" + "long " * 10_000}), message)
        assert store.chats.row(chat).task == "\ufffd" + ("long " * 200)[:999]
        assert store.chats.state(chat).started.task == "\x00" + "long " * 10_000
        assert store.chats.verify(chat) == []

    def test_an_event_of_a_newer_version_is_a_loud_error(self, store, start):
        chat = start()
        with store.db.begin() as connection:
            connection.execute(sa.text("UPDATE events SET schema_version = 99 WHERE seq = 2"))
        with pytest.raises(ValueError, match=rf"event 2 of chat {chat} .* newer version"):
            store.chats.log(chat)

    def test_an_unknown_kind_is_a_loud_error(self, store, start):
        chat = start()
        with store.db.begin() as connection:
            connection.execute(sa.text("""UPDATE events SET body = '{"kind": "Sneezed"}' WHERE seq = 2"""))
        with pytest.raises(ValueError, match=r"event 2 .* 'Sneezed'"):
            store.chats.state(chat)


class TestDeleting:
    def test_a_deleted_chat_leaves_every_list_and_its_leg_dies(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        store.chats.delete(chat)
        assert store.chats.rows() == []
        assert store.chats.counts() == {"running": 0, "waiting": 0, "ended": 0}
        assert store.chats.owing(set()) == []
        assert [row.chat for row in store.chats.rows(is_deleted=True)] == [chat]
        with pytest.raises(FenceError):
            store.chats.append(chat, said("Hi"), fence=fence)
        with pytest.raises(NotFoundError):
            store.chats.begin_leg(chat, "w")

    def test_nobody_writes_to_a_deleted_chat(self, store, start):
        chat = start(*waiting())
        store.chats.delete(chat)
        with pytest.raises(NotFoundError, match="Restore it"):
            store.chats.append_from_person(chat, reply, client_id="a click")

    def test_a_restored_chat_is_as_it_was(self, store, start):
        chat = start(*waiting())
        before = store.chats.row(chat)
        store.chats.delete(chat)
        assert store.chats.row(chat).deleted_at is not None
        store.chats.restore(chat)
        assert store.chats.row(chat) == before
        assert store.chats.append_from_person(chat, reply, client_id="a click")

    def test_a_restored_chat_owes_the_turn_it_owed(self, store, start):
        chat = start()
        store.chats.begin_leg(chat, "alive")
        store.chats.delete(chat)
        store.chats.restore(chat)
        assert store.chats.owing({"alive"}) == [(chat, 2)]

    def test_what_is_not_there_cannot_be_changed(self, store):
        for change in (store.chats.delete, store.chats.restore, lambda chat: store.chats.rename(chat, "New")):
            with pytest.raises(NotFoundError):
                change("nowhere")


class TestVerifying:
    def test_every_kind_of_event_keeps_the_row_true(self, store, start):
        for n in range(2, len(whole()) + 1):
            chat = start(*whole()[:n])
            assert store.chats.verify(chat) == []

    @pytest.mark.parametrize(
        ("tampering", "found"),
        [
            ("UPDATE chats SET n_tokens = 1", "chats.n_tokens: is 1, the log says 20"),
            ("UPDATE chats SET cost_usd = 9.5", "chats.cost_usd: is 9.5, the log says 1.0"),
            ("UPDATE chats SET status = 'running'", "chats.status: is 'running', the log says 'waiting'"),
            ("UPDATE chats SET waiting_for = ''", "chats.waiting_for: is '', the log says 'It is your turn.'"),
            ("UPDATE chats SET head = 7", "chats.head: is 7, the log says 8"),
            ("UPDATE ledger SET output = 40 WHERE seq = 4", "ledger 4.output: is 40, the log says 4"),
            ("DELETE FROM ledger WHERE seq = 5", "ledger 5: missing"),
            ("UPDATE ledger SET seq = 6 WHERE seq = 5", "ledger 6: there is no such call in the log"),
            ("DELETE FROM events WHERE seq = 4", "events: seq 5 stands where 4 is expected"),
        ],
    )
    def test_what_was_tampered_with_is_named(self, store, start, tampering, found):
        chat = start(*waiting())
        with store.db.begin() as connection:
            connection.execute(sa.text(tampering))
        assert found in store.chats.verify(chat)

    def test_an_ended_chat_says_why(self, store, start):
        chat = start(*waiting(request()), STOP)
        row = store.chats.row(chat)
        assert (row.status, row.ended_text, row.waiting_for) == ("ended", "Anna stopped the chat.", "")
        assert isinstance(store.chats.log(chat)[0].event, ChatStarted)
