"""What a chat leaves: its last message, or what a model makes of the whole chat, asked once however the leg is cut."""

from typing import Any

import pytest

from agents.chats import ChatContinued, ChatEnded, ChatSummarised, MessagePosted, ModelCalled, Person, SummaryAsked
from agents.chats.decisions import continued, stopped, summary_asked
from agents.chats.result import result_of
from agents.chats.state import fold
from agents.errors import ConflictError
from agents.models import ModelClient
from agents.specs import SUMMARY_PROMPT, ConnectionSpec, TeamSpec
from agents.specs.connection import ConnectionKind
from tests.support.legs import begin, extended, facts, four, kinds, last, nobody, play, replies
from tests.support.model_calls import NoModel, book
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

STOPPED = ChatEnded(reason="stopped", text="Ada stopped the chat.")
DONE: list[str | Reply] = ["I specify.", "I code.", "All is well. TERMINATE"]


def summed_up(*, mode: str = "NEVER", rounds: int = 12, **summary: Any) -> TeamSpec:
    """A person and three assistants, whose chat a model sums up."""
    team = four("{method: round_robin}", mode=mode, max_rounds=rounds)
    made = team.summary.model_copy(update={"method": "model", **summary})
    return team.model_copy(update={"summary": made})


def of_result(server: ScriptedServer) -> list[Any]:
    """The requests that asked for a summary."""
    return [record for record in server.records if record.messages[-1]["content"] == SUMMARY_PROMPT]


def said(text: str) -> MessagePosted:
    return MessagePosted(turn=1, agent="PM", content=text, source="model")


class TestTheLastMessage:
    def test_is_the_result_without_the_closing_phrase(self, model: Any, server: ScriptedServer) -> None:
        server.script(DONE)
        log = play(begin(four("{method: round_robin}", mode="NEVER")), model, replies)
        result = result_of(fold(log))
        assert result is not None
        assert (result.text, result.agent) == ("All is well.", "QA")
        assert kinds(log)[-1] == "ChatEnded"

    def test_that_says_only_the_phrase_leaves_the_one_before(self, model: Any, server: ScriptedServer) -> None:
        server.script(["I specify.", "I code.", "TERMINATE"])
        result = result_of(fold(play(begin(four("{method: round_robin}", mode="NEVER")), model, replies)))
        assert result is not None
        assert (result.text, result.agent) == ("I code.", "Dev")

    def test_is_none_while_the_chat_goes_on_or_when_nobody_said_anything(self, model: Any) -> None:
        log = play(begin(four("{method: round_robin}")), model, nobody)
        assert result_of(fold(log)) is None
        stopped = ChatEnded(reason="stopped", text="You stopped the chat.")
        assert result_of(fold(extended(begin(four("{method: round_robin}")), stopped))) is None


class TestASummaryByAModel:
    def test_is_asked_for_as_autogen_does_once_the_chat_ends(self, model: Any, server: ScriptedServer) -> None:
        server.script([*DONE, "They built it."])
        log = play(begin(summed_up()), model, replies)
        assert kinds(log)[-3:] == ["ModelCalled", "ChatEnded", "ChatSummarised"]
        assert fold(log).result == ChatSummarised(text="They built it.")
        (asked,) = of_result(server)
        said = [("user", "Build it."), ("PM", DONE[0]), ("Dev", DONE[1]), ("QA", DONE[2])]
        assert asked.messages == [
            *({"role": "user", "name": name, "content": text} for name, text in said),
            {"role": "system", "content": SUMMARY_PROMPT},
        ]
        call = log[-3].event
        assert isinstance(call, ModelCalled)
        assert (call.purpose, call.outcome) == ("result", "ok")

    def test_is_asked_for_once_wherever_the_leg_is_cut(self, model: Any, server: ScriptedServer) -> None:
        def write(request: Any) -> str | Reply:
            is_result = request.messages[-1]["content"] == SUMMARY_PROMPT
            return "They built it." if is_result else DONE[min(2, len(request.messages) - 2)]

        server.script(write)
        whole = play(begin(summed_up()), model, replies)
        server.script(write)
        server.records.clear()
        cut = play(begin(summed_up()), model, replies, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert len(of_result(server)) == 1

    def test_follows_the_end_that_a_person_decides_on(self, model: Any, server: ScriptedServer) -> None:
        server.script([*DONE[:2], "Fine so far.", "They built half."])
        answer = {"verdict": "end"}
        log = play(begin(summed_up(mode="ALWAYS")), model, lambda request: answer, cut_after_each_event=True)
        assert (fold(log).status, fold(log).result) == ("ended", ChatSummarised(text="They built half."))
        ended = fold(log).ended
        assert ended is not None
        assert (ended.reason, ended.text) == ("person", "You ended the chat.")

    def test_that_fails_ends_the_chat_all_the_same_and_says_why(self, model: Any, server: ScriptedServer) -> None:
        server.script([*DONE, "fault-401"])
        log = play(begin(summed_up()), model, replies)
        state, result = fold(log), result_of(fold(log))
        assert state.status == "ended"
        assert state.result is not None
        assert result is not None
        assert (result.text, result.error) == ("All is well.", state.result.error)
        assert "key" in result.error

    def test_is_not_asked_for_when_a_limit_is_used_up(self, model: Any, server: ScriptedServer) -> None:
        team = summed_up()
        limits = team.limits.model_copy(update={"max_tokens": 20})
        log = play(begin(team.model_copy(update={"limits": limits})), model, replies)
        assert of_result(server) == []
        assert last(log) == ChatSummarised(text="", error=last(log).error)
        assert "limit" in last(log).error

    def test_of_a_stopped_chat_is_asked_for_once_when_a_person_wants_it(
        self, model: Any, server: ScriptedServer
    ) -> None:
        log = extended(begin(summed_up()), said("I specify."), STOPPED)
        result = result_of(fold(log))
        assert result is not None
        assert (result.text, result.error) == ("I specify.", "The chat was stopped before one was written.")
        assert play(log, model, replies) == log
        server.script(["They specified it."])
        asked = extended(log, *summary_asked(fold(log), Person()))
        assert (fold(asked).status, fold(asked).owes_summary) == ("running", True)
        ended = play(asked, model, replies, cut_after_each_event=True)
        assert kinds(ended)[len(log) :] == ["SummaryAsked", "ModelCalled", "ChatSummarised"]
        assert (fold(ended).status, fold(ended).result) == ("ended", ChatSummarised(text="They specified it."))
        assert len(of_result(server)) == 1
        with pytest.raises(ConflictError, match="No summary"):
            summary_asked(fold(ended), Person())

    def test_of_a_stopped_chat_that_fails_says_why(self, model: Any, server: ScriptedServer) -> None:
        log = extended(begin(summed_up()), said("I specify."), STOPPED, SummaryAsked(by=Person()))
        server.script(["fault-401"])
        state = fold(play(log, model, replies))
        result = result_of(state)
        assert state.status == "ended"
        assert result is not None
        assert (result.text, "key" in result.error) == ("I specify.", True)

    def test_that_a_person_waits_for_can_be_stopped(self) -> None:
        state = fold(extended(begin(summed_up()), said("I specify."), STOPPED, SummaryAsked(by=Person())))
        with pytest.raises(ConflictError):
            continued(state, Person(), "")
        assert [event.kind for event in stopped(state, Person())] == ["ChatEnded"]

    @pytest.mark.parametrize("method", ["last", "model"])
    def test_is_not_asked_for_where_none_is_missing(self, method: str, model: Any, server: ScriptedServer) -> None:
        team = summed_up(method=method)
        log = begin(team)
        for state in (fold(log), fold(extended(log, STOPPED))):
            with pytest.raises(ConflictError, match="No summary"):
                summary_asked(state, Person())

    def test_is_past_once_a_person_continues(self, model: Any, server: ScriptedServer) -> None:
        server.script([*DONE, "They built it.", "More.", "TERMINATE", "They built more."])
        log = play(begin(summed_up()), model, replies)
        log = extended(log, ChatContinued(by=Person()))
        assert fold(log).result is None
        assert fold(play(log, model, replies)).result == ChatSummarised(text="They built more.")

    @pytest.mark.parametrize("prompt", ["Say it in one word."])
    def test_has_the_teams_own_prompt_and_model(self, prompt: str, model: Any, server: ScriptedServer) -> None:
        server.script([*DONE, "Built."])
        play(begin(summed_up(prompt=prompt, model="terse")), model, replies)
        assert server.records[-1].messages[-1] == {"role": "system", "content": prompt}
        assert server.records[-1].model == "terse"

    @pytest.mark.parametrize(("kind", "is_asked"), [("openai", True), ("rehearsed", False)])
    def test_is_asked_for_wherever_a_model_is_called_whatever_the_connection_is_called(
        self, kind: ConnectionKind, is_asked: bool, server: ScriptedServer
    ) -> None:
        named = ConnectionSpec(name="rehearsed-with-care" if is_asked else "demo", kind=kind)
        if is_asked:
            named = named.model_copy(update={"base_url": server.base_url, "model": "scripted"})
        scripted = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted")
        client = ModelClient(book(named, scripted), environ={}, embedded=NoModel())
        server.script([*DONE, "They built it."])
        team = summed_up(connection=named.name).model_copy(update={"connection": "scripted"})
        log = play(begin(team), client, replies)
        client.close()
        assert (len(of_result(server)), kinds(log)[-1]) == ((1, "ChatSummarised") if is_asked else (0, "ChatEnded"))
