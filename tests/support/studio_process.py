"""The studio as a user starts it: `streamlit run app.py`, a process of its own on a folder of its own.

It can be ended, killed as a power cut would, and started again on the same port with the same data.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from agents.sandbox.python_env import VARIABLE
from agents.settings import Settings
from agents.studio import Studio
from tests.support.sandbox import shared_python_variable
from tests.support.studio import LOCAL_MODEL
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
STREAMLIT = Path(sys.executable).with_name("streamlit")
START_WITHIN_S = 60.0


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without keys and studio settings, with `home` and `more`; the sandbox's Python, which
    takes a minute to build, is the one that all tests share."""
    ours = ("STUDIO_", "OPENAI_")
    kept = {name: value for name, value in os.environ.items() if name == VARIABLE or not name.startswith(ours)}
    kept = {**shared_python_variable(), **kept}
    return {**kept, "STUDIO_HOME": str(home), "STUDIO_LOCAL_MODEL": LOCAL_MODEL, "NO_PROXY": "127.0.0.1", **more}


class StudioProcess:
    """One `streamlit run app.py` after another, always on the same port and folder."""

    def __init__(self, home: Path, log: Path, **environ: str):
        self.home, self.log = home, log
        self._variables = environ
        self._environ = clean_environment(home, **environ)
        self._port = free_port()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, *, within_s: float = START_WITHIN_S) -> None:
        """Starts it and waits until it is healthy."""
        command = [str(STREAMLIT), "run", "app.py", "--server.port", str(self._port), "--server.headless", "true"]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(self._is_healthy, within_s=within_s, what=f"the studio is healthy ({self.log})")

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def kill(self, *, with_workers: bool = False) -> None:
        """`kill -9` of the web process; returns when its worker has noticed and is gone as well, or was killed too."""
        assert self._child is not None
        orphans = descendants(self._child.pid)
        self._child.kill()
        for pid in orphans if with_workers else []:
            os.kill(pid, signal.SIGKILL)
        self._child.wait(10)
        wait_until(lambda: not any(is_alive(pid) for pid in orphans), what="the killed studio's workers are gone")

    def end(self) -> None:
        """Ends it as a service manager would; nothing of it is left. No matter when it has ended already."""
        if self._child is not None and self._child.poll() is None:
            family = descendants(self._child.pid)
            self._child.terminate()
            self._child.wait(10)
            wait_until(lambda: not any(is_alive(pid) for pid in family), what="the ended studio's workers are gone")

    @contextmanager
    def data(self) -> Iterator[Studio]:
        """The same studio's data, used from outside while it runs; a chat that starts here has its connections."""
        settings = Settings.from_env({"STUDIO_HOME": str(self.home), "STUDIO_WORKERS": "0"})
        with patch.dict(os.environ, self._variables), Studio.open(settings) as studio:
            yield studio

    def attach_from_elsewhere(self, chat: str) -> None:
        """Somebody else puts a file into the chat."""
        with self.data() as data:
            data.as_("Elsewhere").files.attach(chat, [("note.txt", b"A note.")])

    def _is_healthy(self) -> bool:
        assert self._child is not None
        assert self._child.poll() is None, f"the studio ended: {self.log.read_text()[-2000:]}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def studio_running(folder: Path, **environ: str) -> Iterator[StudioProcess]:
    """A studio whose data and log are in `folder`, from here to the end of the block."""
    process = StudioProcess(folder / "home", folder / "server.log", **environ)
    try:
        process.start()
        yield process
    finally:
        process.end()


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started, and those that they started."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    found = sorted({int(child) for file in threads for child in _read(file).split()})
    return [each for child in found for each in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet waited for does not."""
    stat = _read(Path(f"/proc/{pid}/stat"))
    return bool(stat) and stat.rpartition(")")[2].split()[0] != "Z"


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
