"""Model calls that are cut, by the end of their worker or by a person: each is in the ledger, and none is made by a
worker that lost its chat."""

import signal

from agents.chats import CUT, ModelCalled, Spend
from tests.support.chats import assert_whole, status, stop
from tests.support.scripted_replies import Reply
from tests.support.waiting import wait_until


def outcomes(store, chat):
    return [call.outcome for call in store.ledger.calls(chat)]


class TestCallsThatAreCut:
    def test_one_whose_worker_was_killed_is_unknown_and_made_again(self, store, model, start, workers):
        model.script([Reply(is_silent=True)])
        workers.start(2)
        chat = start()
        model.wait_for(lambda records: records)
        victim = workers.named(store.chats.row(chat).leg_worker)
        victim.send(signal.SIGKILL)
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 4)
        assert outcomes(store, chat) == ["unknown", "ok", "ok", "ok"]
        assert len(model.records) == 4

    def test_one_that_a_person_stopped_is_unknown(self, store, model, start, workers):
        model.script([Reply(is_silent=True)])
        workers.start(1)
        chat = start()
        model.wait_for(lambda records: records)
        stop(store, chat)
        call, ended = (recorded.event for recorded in store.chats.log(chat)[-2:])
        assert isinstance(call, ModelCalled)
        assert (call.agent, call.turn, call.outcome, call.error) == ("Dev", 1, "unknown", CUT)
        assert (call.usage, call.price.source, Spend.of(call).n_uncounted) == (None, "local", 1)
        assert ended.kind == "ChatEnded"
        assert store.chats.verify(chat) == []

    def test_one_that_was_tried_again_says_how_often(self, store, model, start, workers):
        model.script(["fault-503", Reply(is_silent=True)])
        workers.start(1)
        chat = start()
        model.wait_for(lambda records: len(records) == 2)
        stop(store, chat)
        call = store.chats.log(chat)[-2].event
        assert call.usage_raw == {"studio": {"tries": 2}}

    def test_none_is_counted_where_none_was_under_way(self, store, model, start, workers):
        workers.start(1)
        chat = start()
        wait_until(lambda: status(store, chat) == "ended")
        store.chats.begin_leg(chat, "another")
        assert outcomes(store, chat) == ["ok", "ok", "ok"]
