"""Code that runs when its worker is killed, ended or told to stop: it ends at once with everything it started, and is
never run again by itself."""

import signal
import uuid
from pathlib import Path

import pytest

from agents.chats import ChatStarted, CodeStarted, DecisionMade, MessagePosted, Person
from agents.specs import team_from_dict
from agents.store import Store
from agents.worker.queue import DbosQueue
from agents.workspaces import Workspace
from tests.support.chats import status, stop
from tests.support.processes import Processes
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import allowed_s, wait_until

CODE = """```sh
echo begun >> begun.txt
setsid sleep {seconds} &
(trap '' TERM HUP INT; sleep {seconds}; true) &
sleep {seconds}
```"""


class Running:
    """A chat whose code has begun and would sleep for a day, in three processes."""

    def __init__(self, store: Store, queue: DbosQueue, model: ScriptedServer, home: Path):
        self._store, self._home = store, home
        self.seconds = str(86_400_000 + uuid.uuid4().int % 1_000_000)
        """How long it sleeps, by which its processes are known."""
        self.chat = f"chat-{uuid.uuid4().hex[:8]}"
        model.script([CODE.format(seconds=self.seconds)])
        agents = [{"name": "Coder", "prompt": "You write code."}, {"name": "Executor", "role": "executor"}]
        team = team_from_dict(
            {
                "name": "Coders",
                "agents": agents,
                "initiator": "Executor",
                "policies": [{"kind": "code_block", "action": "approve"}],
                "sandbox": {"timeout_s": 600},
            }
        )
        started = ChatStarted(team=team.model_dump(mode="json"), task="Sleep.", by=Person())
        task = MessagePosted(turn=0, agent="Executor", content="Sleep.", source="task", by=Person())
        store.chats.create(
            self.chat, [started, task], client_id=self.chat, team_id=None, revision=None, title="Sleep", hook=queue.hook
        )

    def wait_until_it_runs(self) -> None:
        wait_until(lambda: len(self.processes()) >= 3)
        assert self.n_begun == 1

    def processes(self) -> list[int]:
        """Those of the code that are alive on this machine, whatever they did to hide."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = file.read_bytes().split(b"\0")
            except OSError:
                continue
            if self.seconds.encode() in arguments:
                found.append(int(file.parent.name))
        return found

    @property
    def n_begun(self) -> int:
        """How often the code began."""
        return len(Workspace(self._home, self.chat).read("begun.txt").splitlines())

    @property
    def n_started(self) -> int:
        return sum(isinstance(recorded.event, CodeStarted) for recorded in self._store.chats.log(self.chat))


@pytest.fixture
def running(store: Store, queue: DbosQueue, model: ScriptedServer, home: Path) -> Running:
    return Running(store, queue, model, home)


class TestCodeWhoseWorkerIsKilled:
    def test_dies_with_it_is_asked_about_and_not_run_again(
        self, store: Store, running: Running, workers: Processes
    ) -> None:
        (first,) = workers.start()
        running.wait_until_it_runs()
        first.send(signal.SIGKILL)
        wait_until(lambda: not running.processes())
        workers.start()
        wait_until(lambda: status(store, running.chat) == "waiting")
        request = store.chats.state(running.chat).request
        assert request is not None
        assert (request.of, request.payload["is_cut"], request.options[0]) == ("code_block", True, "retry")
        assert (running.n_begun, running.n_started, running.processes()) == (1, 1, [])

    def test_runs_again_when_a_person_says_so(
        self, store: Store, queue: DbosQueue, running: Running, workers: Processes
    ) -> None:
        (first,) = workers.start()
        running.wait_until_it_runs()
        first.send(signal.SIGKILL)
        workers.start()
        wait_until(lambda: status(store, running.chat) == "waiting")
        request = store.chats.state(running.chat).request
        assert request is not None
        retry = DecisionMade(request=request.request, digest=request.digest, verdict="retry", by=Person())
        store.chats.append_from_person(running.chat, lambda _: [retry], client_id="retry", hook=queue.hook)
        wait_until(lambda: running.n_begun == 2)
        stop(store, running.chat)
        wait_until(lambda: not running.processes())


class TestCodeOfAChatThatIsStopped:
    def test_ends_within_seconds_and_all_it_started(self, store: Store, running: Running, workers: Processes) -> None:
        workers.start()
        running.wait_until_it_runs()
        stop(store, running.chat)
        wait_until(lambda: not running.processes(), within_s=allowed_s(3))
        assert status(store, running.chat) == "ended"


class TestCodeOfAWorkerThatIsToEnd:
    def test_ends_with_it(self, running: Running, workers: Processes) -> None:
        (worker,) = workers.start()
        running.wait_until_it_runs()
        worker.send(signal.SIGTERM)
        wait_until(lambda: not running.processes())
        assert worker.wait() == 0
