"""Rooms for runs in tests, which an ordinary user can reach too: pytest's own folders are closed to others."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.sandbox.values import RunFolders


@contextmanager
def new_run_folders(uid: int | None = None) -> Iterator[RunFolders]:
    """An empty room, of that user where this one may give it away; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="studio-room-"))
    run_folders = RunFolders(home / "files", home / "packages")
    try:
        for folder in (home, home / "files", home / "packages"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
            if uid is not None:
                os.chown(folder, uid, uid)
        yield run_folders
    finally:
        shutil.rmtree(home)
