"""What becomes of requests that nobody answers in time: what they say, once, and never an approval."""

from typing import Any

import pytest

from agents.chats import DecisionMade, DecisionRequested, Person, request_digest
from agents.chats.decisions import Answer, decided
from agents.store import Store, open_store
from agents.store.database import writing
from agents.worker.periodic_tasks import decide_overdue
from tests.support.chats import ChatStarter, status
from tests.support.threads import at_once
from tests.support.waiting import wait_until


def asking(**changes: Any) -> DecisionRequested:
    """A tool call whose deadline is over as soon as it is asked."""
    payload: dict[str, Any] = {"call": "0.0", "tool": "send_mail", "arguments": {}}
    asked = DecisionRequested(
        request="r3", turn=1, of="tool_call", agent="Dev", question="May send_mail be called?", payload=payload,
        options=["approve", "edit", "reject", "reply", "skip", "end"],
        digest=request_digest("tool_call", "Dev", 1, payload), deadline_s=1e-6, overdue="reject",
    )  # fmt: skip
    return asked.model_copy(update=changes)


def waits(store: Store, start: ChatStarter, asked: DecisionRequested) -> str:
    """A chat that waits for `asked`."""
    chat = start(is_enqueued=False)
    fence = store.chats.begin_leg(chat, "w")
    store.chats.append(chat, asked, fence=fence)
    store.chats.end_leg(chat, fence=fence)
    return chat


def decisions(store: Store, chat: str) -> list[DecisionMade]:
    return [r.event for r in store.chats.log(chat) if isinstance(r.event, DecisionMade)]


class TestADeadlineThatIsOver:
    @pytest.mark.parametrize(
        ("outcome", "then"), [("reject", "running"), ("skip", "running"), ("end", "ended"), ("wait", "waiting")]
    )
    def test_brings_what_it_says_and_never_an_approval(self, store, start, queue, outcome, then):
        chat = waits(store, start, asking(overdue=outcome))
        n_decided = decide_overdue(store, queue.hook, set())
        made = decisions(store, chat)
        assert (n_decided, status(store, chat)) == (int(outcome != "wait"), then)
        assert [(one.verdict, one.by, one.rule) for one in made] == ([(outcome, None, "")] if made else [])
        assert len(made) == n_decided
        assert store.chats.verify(chat) == []

    def test_fires_once_however_often_and_from_however_many_places_one_looks(self, store, start, queue, db_url, home):
        chats = [waits(store, start, asking()) for _ in range(10)]
        hook = queue.hook
        others = [open_store(db_url, home, environ={}) for _ in range(3)]
        counts: list[int] = []
        at_once(*(lambda s=s: counts.append(decide_overdue(s, hook, set())) for s in [store, *others]))
        assert decide_overdue(store, hook, set()) == 0
        assert [len(decisions(store, chat)) for chat in chats] == [1] * 10
        assert [store.chats.verify(chat) for chat in chats] == [[]] * 10
        for other in others:
            other.close()

    def test_enqueues_the_leg_that_goes_on(self, store, start, queue):
        chat = waits(store, start, asking())
        decide_overdue(store, queue.hook, set())
        assert store.chats.owing(set()) == [(chat, 4)]
        assert queue.wake(store.chats.owing(set())) == []  # its job is there already

    def test_leaves_the_others_of_the_reply_to_a_person(self, store, start, queue):
        chat = start(is_enqueued=False)
        fence = store.chats.begin_leg(chat, "w")
        second = asking(request="r4", deadline_s=None)
        store.chats.append(chat, asking(), second, fence=fence)
        decide_overdue(store, queue.hook, set())
        assert [request.request for request in store.chats.state(chat).requests] == ["r4"]
        assert store.requests.n_open() == 1

    def test_is_a_persons_when_they_decide_at_the_same_moment(self, store, start, queue):
        hook, asked = queue.hook, asking()
        for n in range(20):
            chat = waits(store, start, asked)

            def person(chat: str = chat) -> None:
                answer = Answer("r3", asked.digest, "approve")
                store.chats.append_from_person(
                    chat, lambda state: decided(state, answer, Person(name="Ann"), set()) if state.requests else [],
                    client_id="ann",
                )  # fmt: skip

            at_once(person, lambda: print(decide_overdue(store, hook, set())))
            (made,) = decisions(store, chat)
            assert made.verdict == ("approve" if made.by else "reject"), n
            assert store.chats.verify(chat) == []

    def test_of_a_chat_that_cannot_be_read_does_not_keep_the_others_waiting(self, store, start, queue, caplog):
        broken, whole = waits(store, start, asking()), waits(store, start, asking())
        with writing(store.db) as connection:
            connection.exec_driver_sql(f"UPDATE events SET body = '{{}}' WHERE chat_id = '{broken}' AND seq = 1")
        assert decide_overdue(store, queue.hook, set()) == 1
        assert len(decisions(store, whole)) == 1
        assert broken in caplog.text

    def test_of_a_deleted_or_stopped_chat_brings_nothing(self, store, start, queue):
        chat = waits(store, start, asking())
        store.chats.delete(chat)
        assert decide_overdue(store, queue.hook, set()) == 0


class TestWithWorkers:
    def test_two_workers_decide_once_what_was_due_while_none_ran(self, store, start, workers, model):
        chats = [waits(store, start, asking(overdue="skip")) for _ in range(3)]
        assert [status(store, chat) for chat in chats] == ["waiting"] * 3
        workers.start(2)
        wait_until(lambda: all(status(store, chat) == "ended" for chat in chats))
        assert [len(decisions(store, chat)) for chat in chats] == [1] * 3
        assert [store.chats.verify(chat) for chat in chats] == [[]] * 3
        assert "send_mail" not in [r.event.kind for chat in chats for r in store.chats.log(chat)]
