"""Runs between the studio and a program that it starts: lets nothing of that outlive the studio, however it ends.

    process_guard.py LIFELINE PATIENCE_S LIMITS COMMAND [ARGUMENT...]

LIFELINE is a descriptor that ends when the studio does, or lets go. Then the program gets PATIENCE_S to end by itself,
as long again after SIGTERM, and is killed with all that it started; on Linux, orphans become children of this process,
so that none escapes. LIMITS are the kernel's, "number=value,..." or "". Exits with the program's code. Runs alone, with
nothing but the standard library.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable

CANNOT_START = 127
_PR_SET_CHILD_SUBREAPER = 36
_FOR_EVER_S = 1e8


def main(lifeline: int, patience_s: float, limits: str, command: list[str]) -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for limit, value in (map(int, pair.split("=")) for pair in limits.split(",") if pair):
        resource.setrlimit(limit, (value, value))
    waking, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # whoever wants the program gone lets go of the lifeline
    os.set_inheritable(lifeline, False)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setsid=True, setsigdef=[signal.SIGPIPE])
    except OSError as error:
        print(f"{command[0]!r} cannot be started: {error.strerror}.", file=sys.stderr)
        return CANNOT_START
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)  # its ends of the pipes are the program's alone
    code = _wait(child, [waking, lifeline], _FOR_EVER_S)
    if code is None and patience_s:
        code = _wait(child, [waking], patience_s)
        if code is None:
            _kill(os.killpg, child, signal.SIGTERM)
            code = _wait(child, [waking], patience_s)
    _end_all(child)
    code = -signal.SIGKILL if code is None else code
    return code if code >= 0 else 128 - code


def _wait(child: int, waking: list[int], timeout_s: float) -> int | None:
    """Return the child's exit code once it has ended; None when time is up, or the lifeline is cut."""
    deadline = time.monotonic() + timeout_s
    while (left_s := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select(waking, [], [], left_s)
        if waking[0] in ready:
            os.read(waking[0], 4_096)
        if (code := _reap(child)) is not None:
            return code
        if set(ready) & set(waking[1:]):
            break
    return None


def _reap(child: int) -> int | None:
    """Take note of all that ended, orphans too; return the child's exit code if it is among them."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def _end_all(child: int) -> None:
    """Kill the command's group and, where the system names them, everything below this process, until none is left."""
    while True:
        for pid in _below(os.getpid()):
            _kill(os.kill, pid, signal.SIGKILL)
        _kill(os.killpg, child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill(how: Callable[[int, int], None], pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it is gone, or will be when its parent is
        how(pid, number)


def _below(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
            found += children
            waiting += children
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]))
