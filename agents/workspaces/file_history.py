"""What a chat's log says of its files: those there are, who made each, and every version there was.

Pure functions over the events that tell of files; no folder is read. Called by `agents.studio.files` and the pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agents.chats import FileChange, FilesChanged, Recorded
from agents.workspaces.preview import Shown, shown_as


@dataclass(frozen=True)
class FileVersion:
    """One change of one file."""

    seq: int
    at: datetime
    turn: int
    agent: str
    """Whose code or tool it was; "" for a person."""
    by: str
    """Which person; "" for an agent."""
    change: FileChange
    is_of_team: bool = False
    """Whether it is a file that the saved team keeps."""


@dataclass(frozen=True)
class FileRow:
    """A file that the workspace has, as lists show it."""

    path: str
    versions: tuple[FileVersion, ...]
    """Oldest first, since it last came; never empty."""

    @property
    def newest(self) -> FileVersion:
        return self.versions[-1]

    @property
    def shown(self) -> Shown:
        """What a file of its name is shown as."""
        return shown_as(self.path)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.newest.change.size

    @property
    def sha256(self) -> str:
        return self.newest.change.sha256


def file_rows(log: Iterable[Recorded]) -> list[FileRow]:
    """Return the files there are after `log` (ascending; events of other kinds are passed over), by path."""
    rows: dict[str, FileRow] = {}
    for recorded in log:
        event = recorded.event
        if not isinstance(event, FilesChanged):
            continue
        by = event.by.name if event.by else ""
        for change in event.changes:
            before = rows.pop(change.path, None)
            if change.change == "removed":
                continue
            version = FileVersion(recorded.seq, recorded.at, event.turn, event.agent, by, change, event.is_of_team)
            rows[change.path] = FileRow(change.path, (*(before.versions if before else ()), version))
    return [rows[path] for path in sorted(rows)]
