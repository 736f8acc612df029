"""Writes into the files of a folder, told by the kernel: Linux's inotify (`man 7 inotify`).

Called by the change detector of SQLite, which looks every few milliseconds where the kernel cannot tell.
"""

import ctypes
import logging
import os
import select
import sys
from io import FileIO
from pathlib import Path

IN_MODIFY = 0x2

log = logging.getLogger(__name__)


class FileWrites:
    """Tells one waiting caller that something was written; it is told of what this machine writes alone."""

    def __init__(self, folder: Path):
        """OSError when the kernel takes no more watches."""
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if number < 0:
            raise _failure()
        self._told = FileIO(number)
        if libc.inotify_add_watch(number, os.fsencode(folder), IN_MODIFY) < 0:
            failure = _failure()
            self._told.close()
            raise failure
        self._poll = select.poll()
        self._poll.register(self._told, select.POLLIN)

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as something was written since the last call; False after `timeout_s`."""
        if not self._poll.poll(timeout_s * 1000):
            return False
        while self._told.read(_AT_ONCE):
            continue
        return True

    def close(self) -> None:
        """End the watch; may be called twice."""
        self._told.close()


_AT_ONCE = 65_536
"""Bytes."""


def writes_into(folder: Path) -> FileWrites | None:
    """Watch the folder; None where the kernel cannot tell."""
    if sys.platform != "linux":
        return None
    try:
        return FileWrites(folder)
    except OSError as error:
        log.warning("The kernel does not tell of writes into %s: %s", folder, error)
        return None


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
