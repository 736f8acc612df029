"""Members that are teams, on real workers: killed at any moment, nothing is lost, doubled or waited for in vain."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.chats import Event, MessagePosted, Person, SubchatReturned
from agents.chats.decisions import Answer, decided, stopped
from agents.specs import TeamSpec, load_team
from agents.store import Store, open_store
from agents.worker.queue import DbosQueue
from tests.support.chats import status
from tests.support.legs import begin, facts, kinds, messages
from tests.support.nested_legs import nested
from tests.support.processes import Processes
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.processes


def start(store: Store, team: TeamSpec, chat: str, queue: DbosQueue | None = None) -> str:
    events = [recorded.event for recorded in begin(team)]
    hook = queue.hook if queue else None
    store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title="Nested", hook=hook)
    return chat


def asking() -> TeamSpec:
    """As `nested`, and the team's chief is a person who is asked at every turn."""
    value = nested(inner_rounds=4).model_dump()
    value["agents"][2]["team"]["agents"][0]["human_input_mode"] = "ALWAYS"
    return load_team(str(value).replace("None", "null").replace("True", "true").replace("False", "false"))


def timeless(log: list) -> list[Event]:
    """The facts of a log, without what a team's calls took."""
    return [
        fact.model_copy(update={"spend": None, "work_s": 0.0, "chat": ""})
        if isinstance(fact, SubchatReturned)
        else fact.model_copy(update={"chat": ""})
        if fact.kind == "SubchatStarted"
        else fact.model_copy(update={"parent": None})
        if fact.kind == "ChatStarted"
        else fact
        for fact in facts(log)
    ]


class TestATreeWhoseProcessDiesAfterEveryEvent:
    def test_equals_the_uninterrupted_one_in_transcripts_prompts_and_bill(self, db_url: str, tmp_path: Path) -> None:
        home = tmp_path / "home"
        store = open_store(db_url, home)
        with ScriptedServer() as server:

            def worked(chat: str, *flags: str) -> int:
                start(store, nested(), chat)
                command = [sys.executable, "-m", "tests.support.killed_worker", db_url, str(home), server.base_url]
                done = subprocess.run(
                    [*command, chat, *flags], capture_output=True, text=True, timeout=120, check=False
                )
                assert done.returncode == 0, done.stderr
                return int(done.stdout)

            assert worked("whole", "--whole") == 0
            asked = [record.messages for record in server.records]
            server.records.clear()
            assert worked("killed") > 12
            assert [record.messages for record in server.records] == asked
            for whole, killed in [("whole", "killed"), ("whole-2", "killed-2")]:
                assert timeless(store.chats.log(killed)) == timeless(store.chats.log(whole))
                assert store.chats.verify(killed) == []
            counted = server.totals()
            assert store.chats.row("killed").n_tokens == counted["prompt_tokens"] + counted["completion_tokens"]
            assert kinds(store.chats.log("killed")).count("SubchatReturned") == 1
        store.close()


class TestWorkers:
    def test_one_that_is_killed_while_a_team_works_is_taken_over_and_the_parent_has_one_result(
        self, store: Store, model: ScriptedServer, queue: DbosQueue, workers: Processes
    ) -> None:
        model.piece_ms = 300
        workers.start(2)
        chat = start(store, nested(), "parent", queue)
        wait_until(lambda: store.chats.row(chat).subchat)
        part = f"{chat}-2"
        wait_until(lambda: store.chats.streamed_texts([part]))
        wait_until(lambda: store.chats.row(chat).leg_worker is None, what="the parent's leg is over")
        victim = workers.named(store.chats.row(part).leg_worker)
        victim.send(signal.SIGKILL)
        victim.wait()
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert [agent for agent, _ in messages(store.chats.log(chat))] == ["user", "Planner", "Studio", "user"]
        assert kinds(store.chats.log(chat)).count("SubchatReturned") == 1
        for each in (chat, part):
            assert store.chats.verify(each) == []

    def test_none_holds_a_chat_whose_team_waits_for_a_person_and_the_answer_wakes_both(
        self, store: Store, model: ScriptedServer, queue: DbosQueue, workers: Processes
    ) -> None:
        workers.start(1)
        chat = start(store, asking(), "parent", queue)
        part = f"{chat}-2"
        wait_until(lambda: store.chats.row(chat).subchat == part and status(store, part) == "waiting")
        assert status(store, chat) == "running"
        for each in (chat, part):
            wait_until(lambda each=each: store.chats.row(each).leg_worker is None, what="its leg is over")  # type: ignore[misc]
        assert queue.wake(store.chats.owing(set())) == []
        store.chats.append_from_person(
            part,
            lambda state: decided(
                state,
                Answer(state.requests[0].request, state.requests[0].digest, verdict="reply", text="Fine."),
                Person(),
                [],
            ),
            client_id="answer",
            hook=queue.hook,
        )
        wait_until(lambda: status(store, chat) == "ended")
        assert messages(store.chats.log(chat))[2] == ("Studio", "Fine.")

    def test_a_team_that_is_stopped_lets_its_parent_go_on(
        self, store: Store, model: ScriptedServer, queue: DbosQueue, workers: Processes
    ) -> None:
        model.piece_ms = 300
        workers.start(1)
        chat = start(store, nested(), "parent", queue)
        part = f"{chat}-2"
        wait_until(lambda: store.chats.row(chat).subchat and store.chats.streamed_texts([part]))
        store.chats.append_from_person(
            part, lambda state: stopped(state, Person()), client_id="stop", takes_fence=True, hook=queue.hook
        )
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        posted = [recorded.event for recorded in store.chats.log(chat) if isinstance(recorded.event, MessagePosted)]
        assert (posted[2].content, posted[2].source) == ("The team was stopped.", "team")
