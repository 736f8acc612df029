"""The verbs on chats: started once, answered once, stopped at once, and nothing forged gets in."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from agents.chats import ChatEnded, ChatStarted, DecisionMade, MessagePosted, Person
from agents.chats.requests import Answer
from agents.errors import ConflictError, NotFoundError, SpecError, StudioError
from agents.specs import ConnectionSpec, TeamSpec, team_from_dict
from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer

ANNA, BEN = Person(name="Anna"), Person(name="Ben")


def team(**changes: Any) -> TeamSpec:
    """The person is asked first; then a model answers."""
    agents = [
        {"name": "User", "role": "human"},
        {"name": "Writer", "prompt": "Write about {topic}.", "connection": changes.pop("connection", "")},
    ]
    fields = {"name": "Pair", "agents": agents, "initiator": "Writer", "variables": {"topic": "cats"}}
    return team_from_dict({**fields, **changes})


def start(studio: Studio, **changes: Any) -> str:
    given: dict[str, Any] = {"by": ANNA, "client_id": "start-1", "run_here": True, **changes}
    chats = studio.as_(given.pop("by")).chats
    return chats.start(given.pop("team", team()), given.pop("task", "Write a poem."), **given)


def waiting(studio: Studio, **changes: Any) -> tuple[str, Any]:
    """A chat that has asked a person, and its request."""
    chat = start(studio, **changes)
    studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
    request = studio.local.chats.state(chat).request
    assert request
    return chat, request


def decide(studio: Studio, chat: str, asked: Any, verdict: Any = "reply", **changes: Any) -> None:
    given: dict[str, Any] = {"text": "Go on", "by": ANNA, "client_id": "answer-1", "run_here": True, **changes}
    own = {name: given.pop(name) for name in ("by", "client_id", "run_here", "for_chat") if name in given}
    answer = replace(Answer.to(asked, verdict), **given)
    studio.as_(own.pop("by")).requests.decide(chat, answer, **own)


def kinds(studio: Studio, chat: str) -> list[str]:
    return [recorded.event.kind for recorded in studio.local.chats.log(chat)]


def has_job(studio: Studio, chat: str) -> bool:
    """Whether a leg of the chat is on the way: then waking those that owe a turn wakes nobody."""
    assert [name for name, _ in studio.store.chats.owing(set())] == [chat]
    return studio.queue.wake(studio.store.chats.owing(set())) == []


class TestStarting:
    def test_a_chat_its_task_and_its_job_are_there_at_once(self, studio: Studio):
        chat = start(studio, run_here=False)
        begun, task = (recorded.event for recorded in studio.local.chats.log(chat))
        assert isinstance(begun, ChatStarted)
        assert begun.team["name"] == "Pair"
        assert task == MessagePosted(turn=0, agent="Writer", content="Write a poem.", source="task", by=ANNA)
        assert studio.local.chats.get(chat).title == "Write a poem."
        assert has_job(studio, chat)

    def test_a_chat_run_here_has_no_job_and_no_worker_takes_it_while_this_process_lives(self, studio: Studio):
        chat = start(studio)
        assert studio.store.chats.owing(studio.store.workers.live(4.0)) == []
        assert not has_job(studio, chat)

    def test_a_double_click_starts_one_chat(self, studio: Studio):
        assert start(studio) == start(studio)
        assert len(studio.local.chats.rows()) == 1

    def test_placeholders_are_filled_in_what_the_chat_keeps(self, studio: Studio):
        pinned = studio.local.chats.state(start(studio, variables={"topic": "bells"})).started
        assert pinned
        assert team_from_dict(dict(pinned.team)).agent("Writer").prompt == "Write about bells."

    def test_ids_sort_as_chats_began_and_may_stand_in_a_url(self, studio: Studio):
        ids = [start(studio, client_id=f"start-{n}") for n in range(5)]
        assert len(set(ids)) == 5
        assert [id_[:9] for id_ in ids] == sorted(id_[:9] for id_ in ids)
        assert all(id_.isalnum() and id_.isascii() and len(id_) < 16 for id_ in ids)

    def test_an_unknown_connection_is_named_with_those_there_are_and_nothing_is_saved(self, studio: Studio):
        with pytest.raises(SpecError, match=r"agents\.2\.connection: .*'gone'; use one of default, embedded") as caught:
            start(studio, team=team(connection="gone"))
        assert [path for path, _ in caught.value.problems] == ["agents.2.connection"]
        assert studio.local.chats.rows() == []

    @pytest.mark.parametrize("task", ["", " \n\t", "x" * 100_001])
    def test_a_task_says_something_of_a_bounded_length(self, studio: Studio, task: str):
        with pytest.raises(StudioError, match=r"The task is empty|100,001 characters"):
            start(studio, task=task)
        assert studio.local.chats.rows() == []


class TestDeciding:
    def test_a_waiting_chat_is_among_the_open_requests_until_it_is_answered(self, studio: Studio):
        chat, request = waiting(studio)
        assert [(row.chat, row.question) for row in studio.local.requests.open()] == [(chat, request.question)]
        decide(studio, chat, request)
        assert studio.local.requests.open() == []
        assert studio.local.chats.state(chat).status == "running"

    def test_an_answer_enqueues_the_next_leg(self, studio: Studio):
        chat, request = waiting(studio)
        decide(studio, chat, request, run_here=False)
        assert has_job(studio, chat)

    def test_a_double_click_answers_once(self, studio: Studio):
        chat, request = waiting(studio)
        decide(studio, chat, request)
        decide(studio, chat, request)
        assert kinds(studio, chat).count("DecisionMade") == 1

    def test_the_second_to_answer_hears_who_was_first_with_what_and_when(self, studio: Studio):
        chat, request = waiting(studio)
        decide(studio, chat, request, text="A limerick, please")
        before = kinds(studio, chat)
        with pytest.raises(
            ConflictError, match=r"Anna has already answered this \(reply: 'A limerick, please'\) on 20"
        ):
            decide(studio, chat, request, "end", by=BEN, client_id="answer-2")
        assert kinds(studio, chat) == before

    def test_of_many_answers_at_the_same_moment_one_is_recorded(self, studio: Studio):
        chat, request = waiting(studio)
        barrier, conflicts = threading.Barrier(8), []

        def press(n: int) -> None:
            barrier.wait()
            try:
                decide(studio, chat, request, text=f"I am {n}", client_id=f"answer-{n}")
            except ConflictError as conflict:
                conflicts.append(conflict)

        threads = [threading.Thread(target=press, args=[n]) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(conflicts) == 7
        assert kinds(studio, chat).count("DecisionMade") == 1
        assert studio.store.chats.verify(chat) == []

    def test_what_was_not_shown_is_not_answered(self, studio: Studio):
        chat, request = waiting(studio)
        with pytest.raises(ConflictError, match="changed since it was shown"):
            decide(studio, chat, request, digest="0" * 64)
        assert studio.local.chats.state(chat).status == "waiting"

    @pytest.mark.parametrize("verdict", ["choose", "retry", "change_model", "approve"])
    def test_a_forged_verdict_is_refused(self, studio: Studio, verdict: str):
        chat, request = waiting(studio)
        with pytest.raises(StudioError, match="choose one of reply, skip, end"):
            decide(studio, chat, request, verdict)
        assert studio.local.chats.state(chat).status == "waiting"

    def test_a_forged_request_is_not_found(self, studio: Studio):
        chat, request = waiting(studio)
        with pytest.raises(NotFoundError, match="no request 'r999'"):
            decide(studio, chat, request, request="r999")
        with pytest.raises(NotFoundError, match="no chat 'nowhere'"):
            decide(studio, "nowhere", request)

    def test_end_ends_the_chat_without_a_leg(self, studio: Studio):
        chat, request = waiting(studio)
        decide(studio, chat, request, "end", run_here=False)
        events = [recorded.event for recorded in studio.local.chats.log(chat)]
        assert isinstance(events[-2], DecisionMade)
        assert events[-1] == ChatEnded(reason="person", text="Anna ended the chat.", by=ANNA)
        assert studio.store.chats.owing(set()) == []

    def test_an_answer_after_the_end_hears_why_it_ended(self, studio: Studio):
        chat, request = waiting(studio)
        studio.as_(BEN).chats.stop(chat, client_id="stop-1")
        with pytest.raises(ConflictError, match="ended before your answer came: Ben stopped the chat"):
            decide(studio, chat, request)

    def test_a_failed_model_call_is_answered_with_another_model(
        self, studio: Studio, server: ScriptedServer, scripted: Any
    ):
        failing = team(connection="scripted", initiator="User")
        writer = failing.agents[1].model_copy(update={"model": "fault-401"})
        chat, request = waiting(studio, team=failing.model_copy(update={"agents": [failing.agents[0], writer]}))
        assert request.of == "model_failure"
        with pytest.raises(StudioError, match="no connection named 'gone'"):
            decide(studio, chat, request, "change_model", choice="gone")
        decide(studio, chat, request, "change_model", choice="scripted", model="scripted-1")
        studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
        assert [message.agent for message in studio.local.chats.state(chat).messages] == ["User", "Writer"]


class TestStopping:
    def test_stop_ends_a_chat_while_its_model_hangs_and_nothing_is_written_after(self, studio: Studio):
        with ScriptedServer() as server:
            studio.local.connections.save(ConnectionSpec(name="slow", base_url=server.base_url, model="fault-timeout"))
            chat = start(studio, team=team(connection="slow", initiator="User"))
            given = [chat, lambda *piece: None, threading.Event()]
            leg = threading.Thread(target=studio.local.chats.run_here, args=given, daemon=True)
            leg.start()
            server.wait_for(lambda records: records)
            studio.as_(ANNA).chats.stop(chat, client_id="stop-1")
            assert studio.local.chats.state(chat).status == "ended"
            n_events = len(studio.local.chats.log(chat))
        leg.join(30)  # the server's end is the call's end
        assert not leg.is_alive()
        assert len(studio.local.chats.log(chat)) == n_events
        assert kinds(studio, chat)[-1] == "ChatEnded"

    def test_a_chat_is_stopped_once(self, studio: Studio):
        chat = start(studio)
        studio.as_(ANNA).chats.stop(chat, client_id="stop-1")
        studio.as_(ANNA).chats.stop(chat, client_id="stop-1")
        with pytest.raises(ConflictError, match=r"already ended: Anna stopped the chat\."):
            studio.as_(BEN).chats.stop(chat, client_id="stop-2")
        assert kinds(studio, chat).count("ChatEnded") == 1


class TestContinuing:
    def test_an_ended_chat_goes_on_with_what_the_person_says(self, studio: Studio):
        chat = start(studio)
        studio.as_(ANNA).chats.stop(chat, client_id="stop-1")
        studio.as_(BEN).chats.continue_(chat, text="Shorter, please", client_id="go-1")
        studio.as_(BEN).chats.continue_(chat, text="Shorter, please", client_id="go-1")
        assert kinds(studio, chat)[-2:] == ["ChatContinued", "MessagePosted"]
        assert studio.local.chats.state(chat).messages[-1].by == BEN
        assert has_job(studio, chat)

    def test_a_chat_that_has_not_ended_is_not_continued(self, studio: Studio):
        chat, _ = waiting(studio)
        with pytest.raises(ConflictError, match="has not ended"):
            studio.as_(ANNA).chats.continue_(chat, client_id="go-1")


class TestTitles:
    def test_a_title_is_the_tasks_first_line_until_a_person_gives_another(self, studio: Studio):
        chat = start(studio, task="\n  Write   a poem\nabout bells " + "x" * 200)
        assert studio.local.chats.get(chat).title == "Write a poem"
        studio.local.chats.rename(chat, "Bells")
        assert studio.local.chats.get(chat).title == "Bells"
        studio.local.chats.rename(chat, "")
        assert studio.local.chats.get(chat).title == "Write a poem"


class TestDeleting:
    def test_a_chat_that_owed_a_turn_has_a_job_again_when_it_is_brought_back(self, studio: Studio):
        chat = start(studio)
        studio.local.chats.delete(chat)
        assert studio.local.chats.rows() == []
        studio.local.chats.restore(chat)
        assert [row.chat for row in studio.local.chats.rows()] == [chat]
        assert has_job(studio, chat)


class TestTools:
    def test_a_chat_whose_team_wants_a_tool_that_is_not_here_does_not_start(self, studio: Studio):
        wanting = team(
            agents=[{"name": "u", "role": "human"}, {"name": "a", "prompt": "p", "tools": ["now", "fax"]}],
            initiator="u",
        )
        with pytest.raises(SpecError, match=r"agents\.2\.tools: There is no tool named 'fax'; there are: ask_person,"):
            studio.as_(Person()).chats.start(wanting, "Go.", client_id="c")
        assert studio.local.chats.rows() == []

    def test_nor_one_whose_team_wants_a_function_that_is_not_here(self, studio: Studio):
        spec = team().model_dump()
        spec["selection"]["function"], spec["termination"]["function"] = "gone", "away"
        with pytest.raises(SpecError, match="There is no function named 'gone' for this; there are: none") as refused:
            studio.as_(Person()).chats.start(type(team()).model_validate(spec), "Go.", client_id="c")
        assert [path for path, _ in refused.value.problems] == ["selection.function", "termination.function"]
        assert studio.local.chats.rows() == []
