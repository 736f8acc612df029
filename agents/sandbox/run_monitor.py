"""One run from its start to its end: what it prints, how long it takes, what it uses, how it ended.

The same for every sandbox on this machine: each brings a `Job`, which ends the command and everything it started.
"""

import codecs
import contextlib
import fcntl
import os
import select
import stat
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents.cancellation import LOOK_UP_EVERY_S
from agents.sandbox.resource_usage import MAX_LEVELS, DiskMeter, UsageMeter, is_too_deep, walk
from agents.sandbox.values import MIB, Limits, Order, Probe, RunOutcome, RunResult

_GATHER_S = 0.04
"""What is printed within this time is passed on in one piece."""
_CHUNK_BYTES = 65_536


class Job(ABC):
    """A command under way: begun when made, or OSError; then watched, ended and closed."""

    output: int
    """Descriptor of what it prints, read without waiting; owned by the job."""
    exited: int
    """Descriptor that can be read once its first process has ended."""
    meters: list[UsageMeter]
    disk: DiskMeter
    is_refused = False
    """Whether nothing of it ran; what it printed says why."""

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        """Gives back, when the job is closed, what it holds."""

    @abstractmethod
    def end(self) -> int | None:
        """End it and everything it started, and return when nothing is left. Its exit code; None when it was ended.
        What it printed can still be read."""

    def close(self) -> None:
        self._open.close()

    def _pipe(self, theirs: contextlib.ExitStack) -> tuple[int, int]:
        """Return the end to read, which is the job's and is read without waiting, and the one to write, which is closed
        with `theirs`."""
        read, write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(read, False)
        self._open.callback(os.close, read)
        theirs.callback(os.close, write)
        return read, write

    def _pidfd(self, pid: int) -> int:
        descriptor = os.pidfd_open(pid)
        self._open.callback(os.close, descriptor)
        return descriptor


def watch(job: Job, limits: Limits) -> Generator[str, None, RunResult]:
    """Yield what the job prints as it comes, and "" at least every 0.25 s; return its result. Closing it ends the
    job."""
    began = time.monotonic()
    printed = _Printed(limits.output_chars)
    outcome: RunOutcome | None = None
    exit_code: int | None = None
    try:
        for _ in _ticks(job, printed, began + limits.wall_s):
            outcome = _limit_reached(job, printed, limits, time.monotonic() - began)
            if outcome is not None:
                break
            yield printed.take()
        outcome = outcome or _limit_reached(job, printed, limits, 0.0)  # by what is counted until its end
    finally:
        exit_code = job.end()
    duration_s = time.monotonic() - began
    printed.read(job.output)
    if piece := printed.take(is_last=True):
        yield piece
    outcome = outcome or ("output" if printed.is_full else None) or job.disk.limit_reached(is_last=True)
    outcome = outcome or _outcome_of(exit_code, job)
    if outcome in ("ok", "failed"):
        return RunResult(outcome, exit_code, printed.text, duration_s=duration_s)
    return RunResult(outcome, None, printed.text, sentence(outcome, limits), duration_s)


def _ticks(job: Job, printed: "_Printed", deadline: float) -> Generator[None, None, None]:
    """Step when something was printed or a meter is due; end when the job's first process has ended."""
    poll = select.poll()
    poll.register(job.output, select.POLLIN)
    poll.register(job.exited, select.POLLIN)
    every_s = min([meter.every_s for meter in job.meters], default=LOOK_UP_EVERY_S)
    while True:
        wait_s = _GATHER_S if printed.is_waiting else every_s
        ready = dict(poll.poll(max(0.0, min(wait_s, deadline - time.monotonic())) * 1000 + 1))
        if job.output in ready and not printed.read(job.output, at_most=_CHUNK_BYTES):
            poll.unregister(job.output)
        if job.exited in ready:
            return
        yield


def _limit_reached(job: Job, printed: "_Printed", limits: Limits, took_s: float) -> RunOutcome | None:
    if printed.is_full:
        return "output"
    if took_s >= limits.wall_s:
        return "timeout"
    for meter in job.meters:
        if limit_reached := meter.limit_reached():
            return limit_reached
    return job.disk.limit_reached()


_SIGXCPU, _SIGXFSZ = 128 + 24, 128 + 25


def _outcome_of(exit_code: int | None, job: Job) -> RunOutcome:
    if exit_code == 0:
        return "ok"
    if exit_code == _SIGXCPU:
        return "cpu"
    if exit_code == _SIGXFSZ or job.disk.has_full_file():
        return "disk"
    return "failed"


class _Printed:
    """What a job printed: valid text, no longer than `at_most` characters, in pieces."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: list[str] = []
        self._new: list[str] = []
        self._n_chars = 0
        self._taken_at = 0.0

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def is_full(self) -> bool:
        return self._n_chars > self._at_most

    @property
    def is_waiting(self) -> bool:
        return bool(self._new)

    def read(self, descriptor: int, *, at_most: int = 4 * MIB) -> bool:
        """Take what can be had without waiting; False when no more will come."""
        while at_most > 0 and not self.is_full:
            try:
                chunk = os.read(descriptor, min(_CHUNK_BYTES, at_most))
            except BlockingIOError:
                return True
            at_most -= len(chunk)
            self._add(self._decoder.decode(chunk, final=not chunk))
            if not chunk:
                return False
        return True

    def take(self, *, is_last: bool = False) -> str:
        """Return what is new; "" when that was a moment ago, unless it `is_last`."""
        now = time.monotonic()
        if not self._new or (now - self._taken_at < _GATHER_S and not is_last):
            return ""
        self._taken_at = now
        piece, self._new = "".join(self._new), []
        return piece

    def _add(self, text: str) -> None:
        kept = text.replace("\0", "\ufffd")[: max(0, self._at_most - self._n_chars)]
        self._n_chars += len(text)
        if kept:
            self._pieces.append(kept)
            self._new.append(kept)


def sentence(outcome: RunOutcome, limits: Limits) -> str:
    """Return what an agent is told about that limit: its value, and what to do."""
    return {
        "timeout": f"The code was stopped after {limits.wall_s:g} s, the longest it may take. Do less at a time, or "
        "check for an endless loop or a wait for input.",
        "cpu": f"The code was stopped after {limits.cpu_s:g} s of processor time. Do less at a time, or check for an "
        "endless loop.",
        "memory": f"The code was stopped: all its processes together may use {_mib(limits.memory_bytes)} of memory. "
        "Work on smaller parts of the data.",
        "processes": f"The code was stopped: it may have {limits.n_processes} processes and threads at a time. Start "
        "fewer.",
        "disk": f"The code was stopped: a file may have {_mib(limits.file_bytes)}, all files of the workspace together "
        f"{_mib(limits.workspace_bytes)}, folders lie {MAX_LEVELS} deep in each other, and this machine's disk must "
        "not fill up. Write less, or delete what is no longer needed.",
        "output": f"The code was stopped: it printed more than {limits.output_chars:,} characters. Print less, or "
        "write to a file.",
    }.get(outcome, "")


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / MIB:,.0f} MiB"


CLEAN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""The environment of started programs: nothing of this process's own."""

_JOIN = """
[ "$PPID" = "$1" ] || exit 125
echo 500 2>/dev/null >/proc/self/oom_score_adj
n=$2; shift 2
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; n=$((n - 1)); shift; done
exec "$@"
"""
"""Ends when its parent died before the death signal was set. When memory runs out, sandboxes end before the app."""

_LAUNCHER = ThreadPoolExecutor(1, "sandbox-launcher")


def launch(
    command: Sequence[str], *, groups: Sequence[Path], stdin: int, output: int, keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `command` with a clean environment after joining the control groups at `groups`. Killed with this process.
    Raises OSError when it cannot be started; a group that cannot be joined ends it with exit code 125."""
    joining = ["/bin/sh", "-c", _JOIN, "sandbox", str(os.getpid()), str(len(groups)), *map(str, groups)]
    argv = ["setpriv", "--pdeathsig", "KILL", "--", *joining, *command]
    return _LAUNCHER.submit(_start, argv, stdin, output, keep).result()


def _start(argv: Sequence[str], stdin: int, output: int, keep: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv, stdin=stdin, stdout=output, stderr=output, env=CLEAN, cwd="/", pass_fds=keep, start_new_session=True
    )


def in_memory(content: bytes) -> int:
    """A descriptor from which `content` is read, and which nobody can change."""
    descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    return descriptor


class MonitoredSandbox(ABC):
    """A `Sandbox` whose runs are jobs of this machine. Whether it works is found out once, when it is first asked."""

    name: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Guards the probe: two first askers would both run one."""
        self._probe: Probe | None = None

    def probe(self) -> Probe:
        with self._lock:
            if self._probe is None:
                self._probe = self._probe_once()
            return self._probe

    def run(self, order: Order) -> Generator[str, None, RunResult]:
        probe = self.probe()
        if not probe.is_working:
            return _not_run(probe.text)
        return (yield from self._run(order))

    def _run(self, order: Order) -> Generator[str, None, RunResult]:
        """As `run`, without asking whether it works."""
        try:
            job = self._job(order)
        except OSError as error:
            return _not_run(f"Its sandbox could not be started ({error}).")
        try:
            result = yield from watch(job, order.limits)
        finally:
            job.close()
        if job.is_refused:
            return _not_run(f"Its sandbox could not be started ({result.output.strip()[-400:]}).")
        return result

    @abstractmethod
    def _probe_once(self) -> Probe:
        """Find out by running something; never raise."""

    @abstractmethod
    def _job(self, order: Order) -> Job:
        """Begin a run; OSError when it cannot be started."""


def _not_run(why: str) -> RunResult:
    return RunResult("unavailable", None, "", f"The code was not run. {why}")


def make_owner(folders: Sequence[Path], uid: int) -> None:
    """Make the folders and what is in them that user's. Nothing of it is running; links are not followed."""
    for folder in folders:
        if folder.stat().st_uid != uid:
            os.chown(folder, uid, uid)
        for entry in walk(folder):
            if not is_too_deep(entry.path, folder) and entry.stat(follow_symlinks=False).st_uid != uid:
                os.chown(entry.path, uid, uid, follow_symlinks=False)


def take_back(folders: Sequence[Path]) -> bool:
    """Let this process read and remove what code left behind, and take its set-uid marks away. Folders that are too
    deep in each other are removed whole; whether there were any."""
    too_deep: set[Path] = set()
    for folder in folders:
        _make_accessible(folder)
        for entry in walk(folder):
            if is_too_deep(entry.path, folder):
                too_deep.add(folder / Path(entry.path).relative_to(folder).parts[0])
            else:
                _make_accessible(entry.path)
    for top in too_deep:
        remove(top)
    return bool(too_deep)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, by programs that know no deepest path; code may have closed some of it
    to us. What cannot be removed is left."""
    for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
        subprocess.run([*command, "--", folder], env=CLEAN, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _make_accessible(path: str | Path) -> None:
    with contextlib.suppress(OSError):  # it is gone, or another user's, where an engine has users of its own
        found = os.stat(path, follow_symlinks=False).st_mode
        wanted = (stat.S_IMODE(found) | (0o700 if stat.S_ISDIR(found) else 0o600)) & 0o1777
        if not stat.S_ISLNK(found) and wanted != stat.S_IMODE(found):
            os.chmod(path, wanted)
