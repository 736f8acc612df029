"""The models that run on this machine, served by llama.cpp in a child process for each weights file in use.

A child is started on first use and again when it has died, and ended with this process even when that is killed. It
listens on 127.0.0.1 at a random port with a random key, which travel through its pipes and never through its
arguments. Called by `ModelClient` through `resolve`. The child's own code is `agents.models.embedded_server`.
"""

import importlib.util
import json
import logging
import os
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from agents.models.connections import EMBEDDED_CONTEXT, NotConfiguredError, RunningModel
from agents.models.weights import LocalModels, Weights

SERVER_PACKAGE = "xllamacpp"

N_THREADS = max(1, min(8, os.cpu_count() or 1))
N_SLOTS = 4 if N_THREADS >= 4 else 2
"""Replies written at the same time; further calls wait their turn inside the server."""
CACHE_MIB = 512
"""Memory for the prompts of members who have no slot at the moment: a turn reads only what is new to its speaker. Taken
as it is used."""

START_TIMEOUT_S = 60.0

log = logging.getLogger(__name__)


class EmbeddedServer:
    """The child processes, at most one for each weights file. Thread-safe."""

    def __init__(
        self, models: LocalModels, *, context: int = EMBEDDED_CONTEXT, start_timeout_s: float = START_TIMEOUT_S
    ) -> None:
        self.models = models
        self.context = context
        """Tokens that a prompt and its reply may have together."""
        self._start_timeout_s = start_timeout_s
        self._lock = threading.Lock()
        """Guards the children: two first calls at once would start two."""
        self._children: dict[str, _Child] = {}

    def missing(self) -> list[str]:
        """Return the names of the packages that are not installed; none when a model can run."""
        return [] if importlib.util.find_spec(SERVER_PACKAGE) else [SERVER_PACKAGE]

    def is_installed(self) -> bool:
        """Return whether the server is installed."""
        return not self.missing()

    def wait(self, model: str) -> Generator[str, None, object]:
        """Yield "" until the weights for `model` are on this machine; fetch them. StudioError when that fails."""
        self._refuse_when_off()
        return (yield from self.models.wait(self.models.weights(model)))

    def ensure(self, model: str = "") -> RunningModel:
        """Return where `model` is served; start its server when there is none or the last one died.

        Takes a second or two when it starts and no time when it runs. NotConfiguredError when it cannot start.
        """
        self._refuse_when_off()
        weights = self.models.weights(model)
        if not self.models.folder.has(weights):
            progress = self.models.progress(weights)
            raise NotConfiguredError(progress.error or _not_here_yet(weights, progress.share))
        with self._lock:
            child = self._children.get(weights.sha256)
            if child is None or not child.is_alive:
                if child is not None:
                    child.end()
                child = _Child(self.models.folder.file(weights), weights.name, self.context, self._start_timeout_s)
                child.start()
                self._children[weights.sha256] = child
            return RunningModel(*child.address, weights.name)

    @property
    def pid(self) -> int | None:
        """The process id of a child that runs, None when none does."""
        return next((child.pid for child in self._children.values() if child.is_alive), None)

    def close(self) -> None:
        """End the children and the fetch; the next `ensure` starts another."""
        self.models.close()
        with self._lock:
            for child in self._children.values():
                child.end()
            self._children.clear()

    def _refuse_when_off(self) -> None:
        if self.models.is_off:
            raise NotConfiguredError(
                "The local model is switched off here (STUDIO_LOCAL_MODEL is 'off'). Choose another connection, or "
                "unset the variable and start the studio again."
            )


def _not_here_yet(weights: Weights, share: float) -> str:
    return (
        f"The local model is not on this machine yet: {share:.0%} of {weights.n_bytes / 1e9:.1f} GB are here. Home "
        "shows how far it is. Try again when it is complete."
    )


class _Child:
    """One server process."""

    def __init__(self, weights: Path, model: str, context: int, start_timeout_s: float):
        self._weights, self._model, self._context, self._start_timeout_s = weights, model, context, start_timeout_s
        self._child: subprocess.Popen[str] | None = None
        self.address = ("", "")

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start it and wait until it serves; NotConfiguredError when it does not."""
        key = secrets.token_urlsafe(24)
        options = {
            "weights": str(self._weights),
            "key": key,
            "model": self._model,
            "context": self._context,
            "slots": N_SLOTS,
            "threads": N_THREADS,
            "cache_mib": CACHE_MIB,
        }
        ready: queue.Queue[str] = queue.Queue()
        starter = threading.Thread(target=self._run_child, args=(options, ready), name="embedded-model", daemon=True)
        starter.start()
        try:
            line = ready.get(timeout=self._start_timeout_s)
        except queue.Empty:
            self.end()
            raise NotConfiguredError(
                f"The local model did not start within {self._start_timeout_s:g} s; the machine may be busy or out "
                "of memory. Press Retry, or choose another connection."
            ) from None
        if not line:
            self.end()
            raise NotConfiguredError(
                "The local model ended while it started; the machine may be out of memory, its file may be no model "
                "for llama.cpp, or its processor too old for the prebuilt server. Choose another connection."
            )
        self.address = (json.loads(line)["base_url"], key)

    def _run_child(self, options: dict[str, object], ready: "queue.Queue[str]") -> None:
        """Start the child and wait for its end.

        In a thread of its own: Linux ends the child together with the thread that started it (PR_SET_PDEATHSIG),
        and a thread that serves one chat may end long before the process does.
        """
        command = [sys.executable, "-P", str(Path(__file__).with_name("embedded_server.py"))]
        # Its threads wait for each other. Spinning, with as many threads as processors and anything else running, they
        # write a tenth of what they write when they sleep meanwhile.
        asleep = {"OMP_WAIT_POLICY": "passive"}
        environ = {name: value for name, value in os.environ.items() if not _is_secret(name)} | asleep
        try:
            self._child = child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, bufsize=1
            )
            assert child.stdin
            assert child.stdout
            with suppress(OSError):  # it died before it read its options
                child.stdin.write(json.dumps(options) + "\n")
                child.stdin.flush()
                ready.put(child.stdout.readline())
            child.wait()
            child.stdout.close()
        except OSError as failure:  # no memory for another process, most likely
            log.warning("The local model's process could not be started: %s", failure)
        finally:
            ready.put("")  # whatever ended it: who still waits is told at once

    def end(self) -> None:
        """End it, at once when it does not end by itself."""
        child, self._child, self.address = self._child, None, ("", "")
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
