"""The result of a chat as the studio has it: a person ends the chat, a model sums it up, lists and ledger tell it."""

import pytest

from agents.chats.requests import Answer
from agents.errors import ConflictError
from agents.specs import ConnectionSpec
from agents.studio import Session, Studio
from tests.support.conversations import ADA, pair
from tests.support.scripted_server import ScriptedServer


def begun(studio: Studio, scripted: ConnectionSpec, server: ScriptedServer) -> tuple[Session, str]:
    """Start a chat whose result is a summary; return who started it, and the chat."""
    server.script(["Once upon a time.", "They wrote a beginning."])
    me = studio.as_(ADA)
    team = pair("scripted-1", connection=scripted.name, summary={"method": "model"})
    return me, me.chats.start(team, "Write something.", run_here=True)


class TestASummary:
    def test_is_made_when_a_person_ends_the_chat_and_stands_in_list_and_ledger(
        self, studio: Studio, scripted: ConnectionSpec, server: ScriptedServer
    ) -> None:
        me, chat = begun(studio, scripted, server)
        assert me.chats.result(chat) is None
        played = me.chats.play(chat, lambda request: Answer.to(request, "end"))
        assert [message.agent for message in played] == ["You", "Writer"]
        result, row = me.chats.result(chat), me.chats.get(chat)
        assert result is not None
        assert (result.text, row.status, row.ended_text) == ("They wrote a beginning.", "ended", result.text)
        totals = {total.key: total.spend.n_calls for total in studio.store.ledger.totals_by("purpose", chat=chat)}
        assert totals == {"reply": 1, "result": 1}
        assert studio.store.chats.verify(chat) == []

    def test_of_a_stopped_chat_is_made_when_a_person_asks_for_it(
        self, studio: Studio, scripted: ConnectionSpec, server: ScriptedServer
    ) -> None:
        me, chat = begun(studio, scripted, server)
        list(me.chats.follow(chat))
        me.chats.stop(chat)
        assert (me.chats.get(chat).status, len(server.records)) == ("ended", 1)
        me.chats.write_summary(chat, run_here=True)
        assert me.chats.get(chat).status == "running"
        list(me.chats.follow(chat))
        result, row = me.chats.result(chat), me.chats.get(chat)
        assert result is not None
        assert (result.text, row.status, row.ended_text) == ("They wrote a beginning.", "ended", result.text)
        assert studio.store.chats.verify(chat) == []
        with pytest.raises(ConflictError):
            me.chats.write_summary(chat)
