"""Folders for runs of code in tests that an ordinary user can reach too; pytest's own are closed to others."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.sandbox.values import RunFolders


@contextmanager
def new_run_folders(uid: int | None = None) -> Iterator[RunFolders]:
    """Make empty folders, given to the user `uid` where this one may; removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="studio-run-"))
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
