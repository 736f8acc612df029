"""Starting programs so that they die with this process, in the control group that they are to be counted in.

All are started by one thread that lives as long as the process: Linux sends the death signal of a parent when the
*thread* that started the child ends.
"""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLEAN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""All that started programs see of this process's environment, and that is nothing."""

_JOIN = """
[ "$PPID" = "$1" ] || exit 125
echo 500 2>/dev/null >/proc/self/oom_score_adj
n=$2; shift 2
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; n=$((n - 1)); shift; done
exec "$@"
"""
"""Ends when its parent died before the death signal was ordered. When memory runs out, sandboxes go before the app."""

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
    import fcntl

    descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    return descriptor
