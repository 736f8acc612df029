"""One command running in a container: started by the engine's client, counted, ended, its workspace made accessible.

`docker` decides what the engine is asked for; this file knows how a container is watched and ended.
"""

import contextlib
import json
import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.sandbox.process_launch import launch
from agents.sandbox.resource_usage import DiskMeter, TreeMeter, UsageMeter, walk
from agents.sandbox.values import Limits, RunFolders, RunOutcome

NOBODY = 65_534
N_OURS = 3
"""Processes of a container that are not the code's."""
_PROBE_EVERY_S = 0.5

_GUARDED = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL -1) & exec 3<&-; exec "$@" < /run/stdin 2>&1'
"""Ends all of the container when the client's input closes, and that is when this process ends, however it does."""

Ask = Callable[..., subprocess.CompletedProcess[str]]
"""Asks the engine something, with the client's arguments."""


class DockerProcess:
    """One command in a container, begun; see `run_monitor.Job`."""

    def __init__(
        self,
        name: str,
        client: Sequence[str],
        image: str,
        command: Sequence[str],
        run_folders: RunFolders,
        limits: Limits,
        *,
        stdin: str,
        ask: Ask,
    ) -> None:
        """Begin container `name` of `image` with the `client`'s command line, which names all but its input."""
        self._name, self._ask = name, ask
        self._folders = [
            run_folders.files,
            *([run_folders.packages] if run_folders.packages and run_folders.may_install else []),
        ]
        for folder in self._folders:
            _make_owner(folder)
        self._input_folder = tempfile.TemporaryDirectory(prefix="studio-run-")
        input_file = Path(self._input_folder.name) / "stdin"
        input_file.write_bytes(stdin.encode(errors="replace"))
        input_file.chmod(0o444)
        self._open: list[int] = []
        try:
            argv = [*client, mount(input_file, "/run/stdin"), image, "sh", "-c", _GUARDED, "sh", *command]
            self.output, output = self._pipe()
            os.set_blocking(self.output, False)
            alive, self._alive = self._pipe()
            self._client = launch(argv, groups=[], stdin=alive, output=output)
            for descriptor in (output, alive):
                self._close(descriptor)
            self.exited = os.pidfd_open(self._client.pid)
            self._open.append(self.exited)
        except OSError:
            self.close()
            raise
        self.meters: list[UsageMeter] = [_Meter(name, limits, self._client, ask)]
        self.disk = DiskMeter(self._folders, limits, self._client.pid)
        self.is_refused = False
        """Whether the engine made no container of it."""

    def end(self) -> int | None:
        code = self._client.poll()
        self.is_refused = code == 125
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self._ask("rm", "--force", "--volumes", self._name)
        if code is None:
            self._client.kill()
        self._client.wait()
        for folder in self._folders:
            _make_readable(folder)
        return code

    def close(self) -> None:
        for descriptor in list(self._open):
            self._close(descriptor)
        self._input_folder.cleanup()

    def _pipe(self) -> tuple[int, int]:
        pair = os.pipe2(os.O_CLOEXEC)
        self._open += pair
        return pair

    def _close(self, descriptor: int) -> None:
        self._open.remove(descriptor)
        os.close(descriptor)


class _Meter:
    """Memory is the engine's to limit, and it is asked once the run is over whether it did. Processor time and
    processes are added up from outside, where the container's are processes of this machine."""

    every_s = 0.1

    def __init__(self, name: str, limits: Limits, client: subprocess.Popen[bytes], ask: Ask) -> None:
        self._name, self._client, self._ask = name, client, ask
        self._limits = replace(limits, n_processes=limits.n_processes + N_OURS)
        self._tree: TreeMeter | None = None
        self._counted_in: Path | None = None
        self._probe_at = 0.0

    def limit_reached(self) -> RunOutcome | None:
        code = self._client.poll()
        if code is not None:
            return "memory" if code not in (0, 125) and self._state().get("OOMKilled") else None
        if self._tree is None and time.monotonic() > self._probe_at:
            first = int(self._state().get("Pid") or 0)
            self._probe_at = time.monotonic() + _PROBE_EVERY_S
            if first and _is_in_container(first):
                self._tree, self._counted_in = TreeMeter(first, self._limits, {"memory"}), _memory_group(first)
        if self._counted_in is not None and _n_killed(self._counted_in):
            return "memory"
        return self._tree.limit_reached() if self._tree else None

    def _state(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
            state = json.loads(self._ask("inspect", "--format", "{{json .State}}", self._name).stdout)
            return state if isinstance(state, dict) else {}
        return {}


def _make_owner(folder: Path) -> None:
    """Make the user `nobody`, as whom code runs when we are root, the owner of what it may write. Follow no link."""
    if os.geteuid() != 0:
        return
    os.chown(folder, NOBODY, NOBODY, follow_symlinks=False)
    for entry in walk(folder):
        with contextlib.suppress(OSError):
            os.chown(entry.path, NOBODY, NOBODY, follow_symlinks=False)


def _make_readable(folder: Path) -> None:
    """Whatever modes code gave to what it made: this process reads it, and so does the next run."""
    for entry in walk(folder):
        with contextlib.suppress(OSError):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                least = 0o700 if stat.S_ISDIR(mode) else 0o600
                if mode & least != least:
                    os.chmod(entry.path, stat.S_IMODE(mode) | least)


def _is_in_container(pid: int) -> bool:
    """Whether that is a container's process here, and not the number of one in the engine's own machine."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    return False


def _memory_group(pid: int) -> Path | None:
    """Return the file in which the kernel counts what it killed for the container's memory, where that can be seen
    here."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            root = Path("/sys/fs/cgroup")
            if "memory" in controllers.split(","):
                file = root / "memory" / path.lstrip("/") / "memory.oom_control"
            elif not controllers:
                file = root / path.lstrip("/") / "memory.events"
            else:
                continue
            if file.exists():
                return file
    return None


def _n_killed(file: Path) -> int:
    with contextlib.suppress(OSError):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def mount(source: Path, target: str, *, is_writable: bool = False) -> str:
    quoted = (
        f'"source={source}"'.replace("\\", "\\\\") if "," in str(source) or '"' in str(source) else f"source={source}"
    )
    return f"--mount=type=bind,{quoted},target={target}" + ("" if is_writable else ",readonly")
