"""Reading and writing beneath a folder in which hostile code may change anything at any moment.

Every step goes through a file descriptor of the folder above and follows no link, so that what is checked is what is
used. Only regular files count: a pipe, a device or a socket is never opened. Knows no chat and no event.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from agents.errors import OutageError, OutageKind
from agents.workspaces.file_names import MAX_DEPTH

MAX_SCANNED = 20_000
"""Names in all folders together; what comes after is not seen."""
UNSEEN_FOLDERS = {"__pycache__", "node_modules"}
"""And those whose name begins with a dot: caches and the like, which nobody wants listed."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Found:
    """A regular file as it was when it was looked at."""

    parts: tuple[str, ...]
    mark: tuple[int, int, int]
    """Inode, size and time of change: equal when the content is; no program can set that time."""

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    @property
    def size(self) -> int:
        return self.mark[1]

    @property
    def changed_ns(self) -> int:
        return self.mark[2]


_OUTAGES: dict[int, tuple[OutageKind, str]] = {
    errno.ENOSPC: ("full", "its disk is full"),
    errno.EDQUOT: ("full", "its user has no room left on the disk"),
    errno.EIO: ("full", "its disk does not work"),
    errno.EROFS: ("read_only", "its disk is read-only"),
    errno.EACCES: ("read_only", "the user who runs the studio may not write it"),
    errno.EPERM: ("read_only", "the user who runs the studio may not write it"),
}


@contextmanager
def saying_outages() -> Iterator[None]:
    """Raise what keeps a file from being written as an OutageError, where it is the disk's doing."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OUTAGES:
            raise
        kind, why = _OUTAGES[error.errno]
        raise OutageError(
            f"The studio's folder cannot be written: {why}. The file was not saved; all others are as they were. Make "
            "room, or let it be written, then try again.",
            kind,
            can_read=True,
        ) from error


@contextmanager
def folder(root: Path, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder `parts` beneath `root`; OSError when one of them is a link or no folder."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            if make:
                with suppress(FileExistsError):  # opening it says whether it is a folder
                    os.mkdir(part, 0o755, dir_fd=descriptor)
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def status_of(root: Path, parts: Sequence[str]) -> os.stat_result:
    """Return what is there, a link itself and not where it leads; OSError when nothing is."""
    with folder(root, parts[:-1]) as above:
        return os.stat(parts[-1], dir_fd=above, follow_symlinks=False)


def open_file(root: Path, parts: Sequence[str]) -> BinaryIO:
    """Return the regular file `parts` beneath `root`, open for reading; OSError when it is anything else."""
    with folder(root, parts[:-1]) as above:
        if not stat.S_ISREG(os.stat(parts[-1], dir_fd=above, follow_symlinks=False).st_mode):
            raise OSError("no regular file")
        descriptor = os.open(parts[-1], _FILE, dir_fd=above)
    file = os.fdopen(descriptor, "rb")
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return file
    file.close()  # it became something else between the two looks
    raise OSError("no regular file")


def walk(root: Path) -> Iterator[Found]:
    """Return the regular files beneath `root`, folder by folder, each folder's by name; what cannot be looked at is
    passed over, and so is everything beyond `MAX_SCANNED` names."""
    todo: list[tuple[str, ...]] = [()]
    n_left = MAX_SCANNED
    while todo and n_left > 0:
        parts = todo.pop()
        files, folders, n_seen = _scan(root, parts, n_left)
        n_left -= n_seen
        yield from files
        todo += reversed(folders)


def _scan(root: Path, parts: tuple[str, ...], n_left: int) -> tuple[list[Found], list[tuple[str, ...]], int]:
    files: list[Found] = []
    folders: list[tuple[str, ...]] = []
    names: list[str] = []
    with suppress(OSError), folder(root, parts) as descriptor:  # gone, or not for us: nothing in it can be shown
        with closing(os.scandir(descriptor)) as entries:
            names = sorted(entry.name for entry in islice(entries, n_left))
        for name in names:
            with suppress(OSError):  # gone since it was listed
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    files.append(Found((*parts, name), (status.st_ino, status.st_size, status.st_ctime_ns)))
                elif stat.S_ISDIR(status.st_mode) and len(parts) < MAX_DEPTH and not _is_unseen(name):
                    folders.append((*parts, name))
    return files, folders, len(names)


def _is_unseen(name: str) -> bool:
    return name.startswith(".") or name in UNSEEN_FOLDERS
