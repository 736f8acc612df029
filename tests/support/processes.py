"""Worker processes as the command line starts them, for tests that kill, freeze and end them."""

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any, Self

from tests.support.sandbox import shared_python_variable
from tests.support.studio import LOCAL_MODEL, OUTSIDE
from tests.support.waiting import WITHIN_S

ROOT = Path(__file__).resolve().parents[2]


def environment(db_url: str, home: Path, base_url: str) -> dict[str, str]:
    """What a studio's process needs to know: one database, and a scripted model as its default connection."""
    kept = {name: value for name, value in os.environ.items() if name not in OUTSIDE and not name.startswith("STUDIO_")}
    return {
        **kept,
        **shared_python_variable(),
        "STUDIO_HOME": str(home),
        "STUDIO_DB": db_url,
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_MODEL": "scripted",
        "STUDIO_LOCAL_MODEL": LOCAL_MODEL,
        "NO_PROXY": "127.0.0.1",
    }


class WorkerProcess:
    """One `python -m agents worker`; `wait_until_ready` before use."""

    def __init__(self, environ: dict[str, str], errors: Path):
        self._errors = errors
        with errors.open("wb") as file:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "agents", "worker"],
                cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True,
            )  # fmt: skip
        self.name = ""

    def wait_until_ready(self) -> None:
        assert self._child.stdout
        line = self._child.stdout.readline()
        assert line.endswith("is ready.\n"), f"the worker did not start: {line} {self.errors}"
        self.name = line.split()[1]

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def errors(self) -> str:
        """What it wrote to standard error."""
        return self._errors.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def wait(self, timeout_s: float = WITHIN_S) -> int:
        """Its exit code."""
        return self._child.wait(timeout_s)

    def end(self) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait(10)
        assert self._child.stdout
        self._child.stdout.close()


class Processes:
    """Workers on one database."""

    def __init__(self, db_url: str, home: Path, base_url: str, folder: Path):
        self.environ = environment(db_url, home, base_url)
        self._folder = folder
        self._started: list[WorkerProcess] = []
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        for worker in self._started:
            worker.end()

    def start(self, n: int = 1) -> list[WorkerProcess]:
        """`n` more workers, once they are ready."""
        workers = []
        for _ in range(n):
            workers.append(WorkerProcess(self.environ, self._folder / f"worker-{next(self._numbers)}.log"))
            self._started.append(workers[-1])
        for worker in workers:
            worker.wait_until_ready()
        return workers

    def named(self, name: str | None) -> WorkerProcess:
        """The worker of that name."""
        return next(worker for worker in self._started if worker.name == name)
