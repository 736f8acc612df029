"""The processes of the chaos, and what is done to them: killed, frozen, their database restarted; others watch them.

On SQLite the studio as a person starts it, with two workers of its own; on PostgreSQL three workers and two web
processes, each started again when it was killed, as a service manager does.
"""

import re
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from os import kill
from pathlib import Path
from typing import Self

from tests.support.postgres import PostgresServer
from tests.support.processes import Processes
from tests.support.studio_process import StudioProcess, descendants, is_alive
from tests.support.waiting import wait_until

START_S = 300.0
"""Everything else uses the processors as well."""
TAKEN_OVER = re.compile(r"Chat (\S+) is taken over from worker (\S+),")


class Machine(ABC):
    """Its processes run from `__enter__` to `__exit__`."""

    db_url: str

    def __init__(self, folder: Path):
        self.folder, self.home = folder, folder / "home"
        self.frozen: dict[int, float] = {}
        """Process id -> when it was frozen, of the workers that are."""
        self.were_frozen: set[int] = set()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for pid in list(self.frozen):
            self.thaw(pid)
        self._stack.close()

    @abstractmethod
    def start(self) -> None:
        """Start everything; return when the workers are ready."""

    @abstractmethod
    def worker_pids(self) -> list[int]:
        """Return the workers that live now, frozen ones too."""

    @abstractmethod
    def logs(self) -> Sequence[Path]:
        """Return the files that the workers' warnings go to."""

    @abstractmethod
    def mend(self) -> None:
        """Start again the workers that ended and that nobody else starts."""

    @abstractmethod
    def kill_web(self) -> None:
        """Kill a web process and start it again."""

    def restart_database(self) -> bool:
        """Restart the database's server; False where there is none."""
        return False

    def kill_worker(self, pid: int) -> None:
        """`kill -9`; return when it is gone."""
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
        self.frozen.pop(pid, None)
        wait_until(lambda: not is_alive(pid))

    def freeze(self, pid: int) -> None:
        """SIGSTOP."""
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGSTOP)
            self.frozen[pid] = time.monotonic()
            self.were_frozen.add(pid)

    def thaw(self, pid: int) -> None:
        """SIGCONT."""
        self.frozen.pop(pid, None)
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGCONT)


class SqliteMachine(Machine):
    """`streamlit run app.py` with two workers."""

    def start(self) -> None:
        self.db_url = f"sqlite:///{self.home / 'studio.db'}"
        self._app = StudioProcess(self.home, self.folder / "app.log", STUDIO_WORKERS="2")
        self._app.start(within_s=START_S)
        self._stack.callback(self._app.end)
        wait_until(lambda: len(self.worker_pids()) == 2)

    def worker_pids(self) -> list[int]:
        return [pid for pid in descendants(self._app.pid) if _is_worker(pid) and is_alive(pid)]

    def logs(self) -> list[Path]:
        return [self.folder / "app.log"]

    def mend(self) -> None:
        return  # the studio does

    def kill_web(self) -> None:
        for pid in list(self.frozen):  # a frozen worker does not notice that its parent is gone
            self.thaw(pid)
        self._app.kill()
        self._app.start(within_s=START_S)


class PostgresMachine(Machine):
    """A server, three workers, two web processes."""

    def start(self) -> None:
        self._server = PostgresServer()
        self._server.start()
        self._stack.callback(self._server.stop)
        self.db_url = self._server.new_database()
        self._workers = self._stack.enter_context(Processes(self.db_url, self.home, "http://unused", self.folder))
        self._webs = []
        for n in range(2):
            web = StudioProcess(self.home, self.folder / f"web-{n}.log", STUDIO_DB=self.db_url, STUDIO_WORKERS="0")
            web.start(within_s=START_S)
            self._stack.callback(web.end)
            self._webs.append(web)
        self._living = self._workers.start(3)

    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._living if is_alive(worker.pid)]

    def logs(self) -> list[Path]:
        return sorted(self.folder.glob("worker-*.log"))

    def mend(self) -> None:
        dead = [worker for worker in self._living if not is_alive(worker.pid)]
        self._living = [worker for worker in self._living if worker not in dead] + self._workers.start(len(dead))

    def kill_web(self) -> None:
        self._webs.reverse()
        self._webs[0].kill()
        self._webs[0].start(within_s=START_S)

    def restart_database(self) -> bool:
        self._server.restart()
        return True


MACHINES: dict[str, type[SqliteMachine] | type[PostgresMachine]] = {
    "sqlite": SqliteMachine,
    "postgresql": PostgresMachine,
}


class TakeOvers:
    """Reads what the workers log, and asks at once whether the worker that lost a chat is really dead."""

    def __init__(self, machine: Machine):
        self._machine = machine
        self._read: dict[Path, int] = {}
        self.n_seen = 0
        self.of_frozen: list[str] = []
        self.of_living: list[str] = []

    def look(self) -> None:
        """Judge the lines that are new."""
        for file in self._machine.logs():
            text = file.read_text(errors="replace") if file.exists() else ""
            new = text[self._read.get(file, 0) :].rpartition("\n")[0]
            self._read[file] = self._read.get(file, 0) + len(new)
            for line in new.splitlines():
                if found := TAKEN_OVER.search(line):
                    self._judge(found[2], line)

    def _judge(self, worker: str, line: str) -> None:
        self.n_seen += 1
        pid = pid_of(worker)
        if pid in self._machine.were_frozen:
            self.of_frozen.append(line)
        elif is_alive(pid):
            threading.Event().wait(1.0)  # one that is ending has signed off already
            if is_alive(pid):
                self.of_living.append(line)


class Hogs:
    """Programs that do nothing but use the processors."""

    def __init__(self, n: int):
        self._n = n

    def __enter__(self) -> Self:
        busy = [sys.executable, "-c", "while True: pass"]
        self._children = [subprocess.Popen(busy) for _ in range(self._n)]
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.kill()
            child.wait()


def pid_of(worker: str) -> int:
    """Return the process id in a worker's name."""
    return int(worker.split("-")[-2])


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
