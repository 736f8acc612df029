"""The web process's workers: they start with it, come back when they die, and end with it, however it ends."""

import os
import signal
import subprocess
import sys
import time

import pytest

from agents.settings import Settings
from agents.worker.supervisor import Supervisor
from tests.support.chats import assert_whole, head, status
from tests.support.processes import ROOT, environment
from tests.support.waiting import allowed_s, wait_until

pytestmark = pytest.mark.processes

ECHO = (sys.executable, "-c", "import os\nprint('ready', flush=True)\nwhile os.read(0, 1): pass")
"""A child that is ready at once and ends when its standard input does."""
DEAF = (
    sys.executable,
    "-c",
    "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('x', flush=True)\nsignal.pause()",
)
BROKEN = (sys.executable, "-c", "raise SystemExit(3)")

PARENT = """
import sys, threading
from agents.settings import Settings
from agents.worker.supervisor import Supervisor
Supervisor(Settings.from_env()).start()
threading.Event().wait()
"""


@pytest.fixture
def supervise(tmp_path):
    """Starts a supervisor of children that run a command; it is stopped after the test."""
    started = []

    def supervise(command, workers=1, **settings):
        values = {"home": tmp_path / "home", "db_url": "sqlite:///none", **settings}
        supervisor = Supervisor(Settings(workers=workers, **values), command=command)
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield supervise
    for supervisor in started:
        supervisor.stop()


def children():
    """Process ids of this process's children."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "print('ready'" in line]


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class TestSupervisor:
    def test_starts_as_many_workers_as_wanted_and_says_when_they_are_ready(self, supervise):
        supervisor = supervise(ECHO, workers=2)
        wait_until(lambda: supervisor.status().n_running == 2)
        assert supervisor.status().state == "running"

    def test_starts_none_when_none_is_wanted(self, supervise):
        supervisor = supervise(ECHO, workers=0)
        assert (supervisor.status().state, supervisor.status().n_wanted) == ("off", 0)

    def test_starts_a_killed_worker_again(self, supervise):
        supervisor = supervise(ECHO)
        wait_until(lambda: supervisor.status().state == "running")
        [pid] = children()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: supervisor.status().state == "restarting")
        wait_until(lambda: supervisor.status().state == "running")
        assert children() not in ([], [pid])

    def test_tries_ever_more_slowly_when_a_worker_cannot_start(self, supervise, caplog):
        supervisor = supervise(BROKEN)
        wait_until(lambda: caplog.text.count("ended with code 3") == 3)
        assert supervisor.status().state == "restarting"
        assert "next starts in 2 s" in caplog.text

    def test_tries_on_when_there_is_no_memory_for_another_process(self, supervise, caplog):
        supervisor = supervise(("/no/such/program",))
        wait_until(lambda: caplog.text.count("could not be started") == 2)
        assert supervisor.status().state == "restarting"

    @pytest.mark.parametrize("command", [ECHO, DEAF])
    def test_ends_its_workers_within_a_second(self, supervise, command):
        supervisor = supervise(command, workers=2)
        wait_until(lambda: supervisor.status().n_running == 2)
        asked_at = time.monotonic()
        supervisor.stop()
        assert time.monotonic() - asked_at < allowed_s(1.2)
        assert supervisor.status().state == "off"
        assert children() == []


class TestWithRealWorkers:
    def test_the_next_worker_goes_on_with_the_chat_of_the_one_that_was_killed(
        self, store, db_url, home, start, model, supervise, monkeypatch
    ):
        for name, value in environment(db_url, home, model.base_url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        supervisor = supervise((sys.executable, "-m", "agents", "worker"), db_url=db_url, home=home)
        wait_until(lambda: supervisor.status().state == "running")
        model.piece_ms = 60
        chat = start(n_messages=8)
        wait_until(lambda: store.chats.streamed_texts([chat]) and head(store, chat) > 4)
        worker = store.chats.row(chat).leg_worker
        os.kill(int(worker.split("-")[-2]), signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda: store.chats.row(chat).leg_worker not in (worker, None))
        print(f"taken over {time.monotonic() - killed_at:.2f} s after the kill")
        model.piece_ms = 0
        wait_until(lambda: status(store, chat) == "ended")
        assert_whole(store, chat, 8)

    def test_a_worker_ends_when_the_process_that_started_it_is_killed(self, sqlite_url, home, model):
        from agents.store import open_store

        store = open_store(sqlite_url, home, environ={})
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT], cwd=ROOT, env=environment(sqlite_url, home, model.base_url)
        )
        [worker] = wait_until(lambda: store.workers.live())
        parent.kill()
        parent.wait()
        killed_at = time.monotonic()
        wait_until(lambda: is_gone(int(worker.split("-")[-2])))
        print(f"the worker was gone {time.monotonic() - killed_at:.2f} s after its parent")
        assert store.workers.live() == set()
        store.close()
