"""What is in the files that teams keep for their chats: each content once, by its SHA-256, whatever teams have it.

    STUDIO_HOME/team_files/<sha256>

Which team has which, and under which name, is in the database; a chat that starts gets copies. Called by
`agents.studio`, the file route and the worker.
"""

import io
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from agents.chats import FileChange
from agents.errors import NotFoundError, UsageError
from agents.sandbox.values import MIB
from agents.workspaces.attachments import Attachment, check_number
from agents.workspaces.file_names import safe_name
from agents.workspaces.versions import TooLargeError, Versions
from agents.workspaces.workspace import MAX_FILE_BYTES

KEPT_FOR = timedelta(hours=1)
"""What no team has is deleted only then: a team may be about to have it."""


class TeamFiles:
    """The content of all teams' files. Safe to use from many threads and processes."""

    def __init__(self, home: Path):
        self._contents = Versions(home / "team_files")

    def keep(self, files: Sequence[Attachment]) -> list[FileChange]:
        """Keep what is in the files, which get safe names. UsageError when they are none, too many, or one is too
        large."""
        if not files:
            raise UsageError("There is no file to add. Choose one; nothing was changed.")
        check_number(files)
        return [self._kept(*file) for file in files]

    def find(self, sha256: str) -> Path | None:
        """Return where that content is; None when it is not kept."""
        return self._contents.path(sha256)

    def path(self, name: str, sha256: str) -> Path:
        """Return where that content is; NotFoundError, which calls it `name`, when it is not kept."""
        path = self.find(sha256)
        if path is None:
            raise NotFoundError(
                f"The team's file {name!r} is not in the studio's folder any more. Remove it, then add it again."
            )
        return path

    def forget(self, kept: Collection[str], now: datetime) -> None:
        """Delete what is not among `kept` and has not been added lately."""
        self._contents.delete_others(kept, now - KEPT_FOR)

    def _kept(self, name: str, content: BinaryIO | bytes) -> FileChange:
        name = safe_name(name)
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        try:
            sha256, size = self._contents.keep(source, max_bytes=MAX_FILE_BYTES)
        except TooLargeError:
            raise UsageError(
                f"{name!r} has more than {MAX_FILE_BYTES // MIB} MB. Nothing was added. Add a smaller one, or a part."
            ) from None
        return FileChange(path=name, change="added", size=size, sha256=sha256)
