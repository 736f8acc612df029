"""The process that runs one command on the machine itself and ends whatever that started: run as a file by `host`.

Lives as long as the command and as its lifeline, a pipe whose other end closes when the studio's process ends in any
way. On Linux, orphans of the command become its children, so that none escapes. Imports nothing of the studio.

Arguments: lifeline's descriptor, status descriptor, limits as "number=value,...", then the command.
"""

import ctypes
import os
import resource
import select
import signal
import sys
from collections.abc import Callable

_PR_SET_CHILD_SUBREAPER = 36


def main(lifeline: int, status: int, limits: str, command: list[str]) -> None:
    """Write the command's exit code to `status` as soon as it is known, and return when all has ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number, value in (map(int, limit.split("=")) for limit in limits.split(",")):
        resource.setrlimit(number, (value, value))
    waking, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    os.set_inheritable(lifeline, False)
    os.set_inheritable(status, False)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setsid=True, setsigdef=[signal.SIGPIPE])
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", flush=True)
        os.write(status, b"127")
        return
    while True:
        ready, _, _ = select.select([lifeline, waking], [], [])
        if waking in ready:
            os.read(waking, 4_096)
        ended, how = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(how)
            os.write(status, str(code if code >= 0 else 128 - code).encode())
        if ended or lifeline in ready:
            _end_all(child)
            return


def _end_all(child: int) -> None:
    """Kill the command's group and, where the system names them, everything below this process, until none is left."""
    while True:
        for pid in _below(os.getpid()):
            _kill(os.kill, pid)
        _kill(os.killpg, child)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill(how: Callable[[int, int], None], pid: int) -> None:
    try:
        how(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # it is gone, or will be when its parent is


def _below(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = [int(word) for word in file.read().split()]
        except OSError:
            continue
        found += children
        waiting += children
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
