"""Files: attaching some to a chat, and reading what a chat has and ever had.

A service of `agents.studio.Session`. Files are saved in the chat's workspace first, then the log says so; when it does
not come to that, they are removed again. Knows no screen and no SQL.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from agents.chats import ChatEnded, ChatState, Event, FileChange, FilesChanged
from agents.chats.decisions import check_length, interjected
from agents.errors import NotFoundError, UsageError
from agents.store import Store
from agents.studio.service import Service, needs
from agents.workspaces import Workspace
from agents.workspaces.attachments import Attachment, discard, saved, told_with
from agents.workspaces.file_history import FileRow, file_rows
from agents.workspaces.preview import Preview, difference, preview

TAIL_EVENTS = 200
"""How many of the newest events are searched for files that were attached after a chat had ended."""


class Files(Service):
    """The files of chats."""

    @needs("run", act="attach files")
    def attach(
        self, chat: str, files: Sequence[Attachment], *, client_id: str = "", text: str = ""
    ) -> list[FileChange]:
        """Put files into the chat's workspace: the files as they were taken. The agents are told with the next turn,
        `text` first; in a chat that has ended, when it goes on.

        All of them or none: UsageError says which is too large. The same `client_id` again changes nothing."""
        check_length(text, "The message")
        if client_id and (earlier := self._store.chats.act(chat, client_id)):
            return _attached(recorded.event for recorded in earlier)
        if not files:
            raise UsageError("There is no file to attach. Choose one; nothing was changed.")
        if self._store.chats.row(chat).deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted; nothing was attached. Restore it, then try again.")
        workspace, by = self._workspace(chat), self._session.person
        with saved(workspace, files) as changes:

            def act(state: ChatState) -> list[Event]:
                changed = FilesChanged(turn=state.turn, changes=changes, by=by)
                if state.ended:
                    return [changed]
                return [changed, *interjected(state, by, told_with(text, changes, workspace))]

            kept = _attached(recorded.event for recorded in self._append(chat, act, client_id))
            if kept != changes:  # the same press, twice at the same moment
                discard(workspace, changes)
        return kept

    @needs("view")
    def rows(self, chat: str) -> list[FileRow]:
        """The files that the chat's workspace has, by path, each with its versions. The cost grows with the number of
        changes to files, not with the chat."""
        return file_rows(self._store.chats.file_log(chat))

    @needs("view")
    def get(self, chat: str, path: str) -> FileRow:
        """One of them; NotFoundError when there is none of that path."""
        row = next((row for row in self.rows(chat) if row.path == path), None)
        if row is None:
            raise NotFoundError(f"The chat has no file {path[:200]!r}. Look for it in the list of its files.")
        return row

    @needs("view")
    def version(self, chat: str, sha256: str) -> Path:
        """Where that version of a file is kept, for reading; NotFoundError when it is not, or no more."""
        path = self._workspace(chat).version(sha256)
        if path is None:
            raise NotFoundError(
                "This version of the file is not kept: it was too large, or gave way to newer ones, or the chat was "
                "deleted long ago."
            )
        return path

    @needs("view")
    def preview(self, chat: str, path: str, sha256: str, sheet: str = "") -> Preview:
        """What that version is shown as, of a file of that name, of a workbook that `sheet`; NotFoundError as in
        `version`."""
        return preview(path, self.version(chat, sha256), sheet)

    @needs("view")
    def difference(self, chat: str, before: str, after: str) -> tuple[str, str]:
        """(what changed from one version to another, why nothing is shown); NotFoundError as in `version`."""
        return difference(self.version(chat, before), self.version(chat, after))

    @needs("view")
    def change(self, chat: str, path: str, text: str) -> tuple[str, str]:
        """(what a file of the chat would have changed if `text` were written to it, why nothing is shown);
        NotFoundError when there is no such file, or it is not kept."""
        return difference(self.version(chat, self.get(chat, path).sha256), text)

    @needs("view")
    def zip(self, chat: str) -> BinaryIO:
        """A zip of the newest version of every file, at its beginning; closing it removes it."""
        return self._workspace(chat).zip_of(row.newest.change for row in self.rows(chat))

    def _workspace(self, chat: str) -> Workspace:
        return Workspace(self._studio.settings.home, chat)


def attached_since_end(store: Store, chat: str) -> list[FileChange]:
    """The files that people attached to a chat since it ended."""
    changes: list[FileChange] = []
    for recorded in store.chats.page_before(chat, None, TAIL_EVENTS):
        if isinstance(recorded.event, ChatEnded):
            changes = []
        elif isinstance(recorded.event, FilesChanged) and recorded.event.by:
            changes += recorded.event.changes
    return changes


def _attached(events: Iterable[Event]) -> list[FileChange]:
    return [change for event in events if isinstance(event, FilesChanged) for change in event.changes]
