"""Started between the studio and a server's program: lets nothing of it outlive the studio, however that ends.

    process_guard.py LIFELINE COMMAND [ARGUMENT...]

LIFELINE is a file descriptor that ends when the studio does, or lets go. The program is asked to end, then told, then
killed with all of its group. Runs alone, with nothing but the standard library.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys

STDIN_CLOSED_S = 1.0
"""Its input has ended by then: a well-behaved server goes by itself."""
TERMINATED_S = 1.0
CANNOT_START = 127


def main() -> int:
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # whoever wants the program gone lets go of the lifeline
    try:
        program = subprocess.Popen(command, process_group=0)
    except OSError as error:
        print(f"{command[0]!r} cannot be started: {error.strerror}.", file=sys.stderr)
        return CANNOT_START
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)  # its ends of the pipes are the program's alone
    try:
        while program.poll() is None:
            ready, _, _ = select.select([lifeline, ended], [], [])
            if ended in ready:
                os.read(ended, 1024)
            if lifeline in ready:
                break
        return _end(program)
    finally:
        _signal(program, signal.SIGKILL)  # what it left behind in its group


def _end(program: "subprocess.Popen[bytes]") -> int:
    for patience_s, number in ((STDIN_CLOSED_S, signal.SIGTERM), (TERMINATED_S, signal.SIGKILL)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return program.wait(patience_s)
        _signal(program, number)
    return program.wait()


def _signal(program: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, number)


if __name__ == "__main__":
    code = main()
    sys.exit(code if code >= 0 else 128 - code)
