"""The studio's web process as `make run` starts it, and a real browser, headless, to look at it with."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from bench.measuring import children

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_S = 60.0
LOOK_EVERY_S = 0.02


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Web:
    """`streamlit run app.py` on a free port, from `__enter__` to `__exit__`; what it says goes to `folder`/web.log."""

    def __init__(self, home: Path, folder: Path, *, n_workers: int):
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "web.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "OPENAI_"))}
        self._environ = {**kept, "STUDIO_HOME": str(home), "STUDIO_WORKERS": str(n_workers)}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def worker_pids(self) -> list[int]:
        """Of the worker processes that it has started."""
        return children(self.pid)

    def __enter__(self) -> Self:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = listener.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
        command += ["--server.port", str(self._port), "--server.headless", "true"]
        self.started_at = time.perf_counter()
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(command, cwd=ROOT, env=self._environ, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def open(self, page: Page, path: str = "/") -> None:
        """Opens the path in `page`, as soon as somebody listens; RuntimeError when nobody ever does."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                page.goto(self.url + path, wait_until="commit")
                return
            except BrowserError:
                if self._child.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace")[-2_000:]
                    raise RuntimeError(f"the studio does not answer at {self.url}: {said}") from None
                time.sleep(LOOK_EVERY_S)
