"""The verbs of files: attaching some to a chat, and reading what a chat has and ever had.

The part of `agents.studio.Studio` where the workspace of a chat and its log meet: files are kept first, then the log
says so; when it does not come to that, they are taken away again. Knows no screen and no SQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agents.chats import ChatEnded, ChatState, Event, FileChange, FilesChanged, Person
from agents.chats.decisions import check_length, interjected
from agents.errors import NotFoundError, UsageError
from agents.settings import Settings
from agents.studio.refusing import Refusing
from agents.workspaces import Workspace, described
from agents.workspaces.diff import difference
from agents.workspaces.file_history import FileRow, file_rows
from agents.workspaces.preview import Preview, preview

Attachment = tuple[str, BinaryIO | bytes]
"""A file's name, as a person gave it, and its content."""

MAX_ATTACHED = 20
"""Files in one go."""
TAIL_EVENTS = 200
"""So far back it is looked for files that were attached after a chat had ended."""


class Attaching(Refusing):
    """What of a studio has to do with files."""

    settings: Settings

    def attach(
        self, chat: str, files: Sequence[Attachment], *, by: Person, client_id: str, text: str = ""
    ) -> list[FileChange]:
        """Put files into the chat's workspace: the files as they were taken. The agents are told with the next turn,
        `text` first; in a chat that has ended, when it goes on.

        All of them or none: UsageError says which is too large. The same `client_id` again changes nothing."""
        self.check(by, "run", "decide", act="attach files", chat=chat)
        check_length(text, "The message")
        if earlier := self.store.chats.act(chat, client_id):
            return _attached(event.event for event in earlier)
        if not files:
            raise UsageError("There is no file to attach. Choose one; nothing was changed.")
        if self.store.chats.row(chat).deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted; nothing was attached. Restore it, then try again.")
        workspace = self._workspace(chat)
        with _taken(workspace, files) as changes:

            def act(state: ChatState) -> list[Event]:
                changed = FilesChanged(turn=state.turn, changes=changes, by=by)
                if state.ended:
                    return [changed]
                return [changed, *interjected(state, by, told_with(text, changes, workspace))]

            appended = self.store.chats.append_from_person(chat, act, client_id=client_id)
            kept = _attached(event.event for event in appended)
            if kept != changes:  # the same press, twice at the same moment
                _discard(workspace, changes)
        return kept

    # -- reads

    def files(self, chat: str) -> list[FileRow]:
        """The files that the chat's workspace has, by path, each with its versions. The cost grows with the number of
        changes to files, not with the chat."""
        self.look()
        return file_rows(self.store.chats.file_log(chat))

    def file(self, chat: str, path: str) -> FileRow:
        """One of them; NotFoundError when there is none of that path."""
        self.look()
        row = next((row for row in self.files(chat) if row.path == path), None)
        if row is None:
            raise NotFoundError(f"The chat has no file {path[:200]!r}. Look for it in the list of its files.")
        return row

    def file_version(self, chat: str, sha256: str) -> Path:
        """Where that version of a file is kept, for reading; NotFoundError when it is not, or no more."""
        self.look()
        path = self._workspace(chat).version(sha256)
        if path is None:
            raise NotFoundError(
                "This version of the file is not kept: it was too large, or gave way to newer ones, or the chat was "
                "deleted long ago."
            )
        return path

    def file_preview(self, chat: str, path: str, sha256: str) -> Preview:
        """What that version is shown as, of a file of that name; NotFoundError as in `file_version`."""
        self.look()
        return preview(path, self.file_version(chat, sha256))

    def file_difference(self, chat: str, before: str, after: str) -> tuple[str, str]:
        """(what changed from one version to another, why nothing is shown); NotFoundError as in `file_version`."""
        self.look()
        return difference(self.file_version(chat, before), self.file_version(chat, after))

    def files_zip(self, chat: str) -> BinaryIO:
        """A zip of the newest version of every file, at its beginning; closing it removes it."""
        self.look()
        return self._workspace(chat).zip_of(row.newest.change for row in self.files(chat))

    def _workspace(self, chat: str) -> Workspace:
        return Workspace(self.settings.home, chat)

    # -- for the verbs that start and continue chats

    @contextmanager
    def _keeping(self, chat: str, files: Sequence[Attachment]) -> Iterator[list[FileChange]]:
        """Keeps files for a chat that is about to be written; nothing is left of them when it is not."""
        workspace = self._workspace(chat)
        try:
            with _taken(workspace, files) as changes:
                yield changes
        except BaseException:
            workspace.delete()
            raise

    def _with_attached(self, chat: str, text: str) -> str:
        """`text` of who goes on with a chat that has ended, and the files that were attached since it did."""
        changes: list[FileChange] = []
        for recorded in self.store.chats.page_before(chat, None, TAIL_EVENTS):
            if isinstance(recorded.event, ChatEnded):
                changes = []
            elif isinstance(recorded.event, FilesChanged) and recorded.event.by:
                changes += recorded.event.changes
        return told_with(text, changes, self._workspace(chat))


def told_with(text: str, changes: Sequence[FileChange], workspace: Workspace) -> str:
    """`text`, and behind it what is attached, for the agents."""
    if not changes:
        return text
    listing = f"Attached files, in the workspace (the folder where code runs):\n{described(changes, workspace)}"
    return f"{text.rstrip()}\n\n{listing}" if text.strip() else listing


@contextmanager
def _taken(workspace: Workspace, files: Sequence[Attachment]) -> Iterator[list[FileChange]]:
    """The files in the workspace, all of them; none of them is left when something fails."""
    if len(files) > MAX_ATTACHED:
        raise UsageError(f"{len(files)} files are too many at once; attach at most {MAX_ATTACHED}. Nothing was taken.")
    changes: list[FileChange] = []
    try:
        for name, content in files:
            changes.append(workspace.save(name, content))
        yield changes
    except BaseException:
        _discard(workspace, changes)
        raise


def _discard(workspace: Workspace, changes: Iterable[FileChange]) -> None:
    for change in changes:
        workspace.discard(change)


def _attached(events: Iterable[Event]) -> list[FileChange]:
    return [change for event in events if isinstance(event, FilesChanged) for change in event.changes]
