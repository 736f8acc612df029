"""Files that a person attaches to a chat: saved in its workspace all or none, and described to its agents.

The log that says so is the caller's to write. Called by `agents.studio`, for a chat that starts and for one that runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from agents.chats import FileChange
from agents.errors import UsageError
from agents.workspaces.descriptions import described
from agents.workspaces.workspace import Workspace

Attachment = tuple[str, BinaryIO | bytes]
"""A file's name, as a person gave it, and its content."""

MAX_ATTACHED = 20
"""Files in one go."""


@contextmanager
def saved(workspace: Workspace, files: Sequence[Attachment]) -> Iterator[list[FileChange]]:
    """Save the files in the workspace, all of them; when something fails, here or in the block, none is left."""
    if len(files) > MAX_ATTACHED:
        raise UsageError(f"{len(files)} files are too many at once; attach at most {MAX_ATTACHED}. Nothing was taken.")
    changes: list[FileChange] = []
    try:
        for name, content in files:
            changes.append(workspace.save(name, content))
        yield changes
    except BaseException:
        discard(workspace, changes)
        raise


def discard(workspace: Workspace, changes: Iterable[FileChange]) -> None:
    """Remove the files again."""
    for change in changes:
        workspace.discard(change)


@contextmanager
def saved_for_new_chat(workspace: Workspace, files: Sequence[Attachment]) -> Iterator[list[FileChange]]:
    """Save files for a chat that is about to be written; when it is not, its workspace is removed."""
    try:
        with saved(workspace, files) as changes:
            yield changes
    except BaseException:
        workspace.delete()
        raise


def told_with(text: str, changes: Sequence[FileChange], workspace: Workspace) -> str:
    """Return `text`, and behind it what is attached, for the agents."""
    if not changes:
        return text
    listing = f"Attached files, in the workspace (the folder where code runs):\n{described(changes, workspace)}"
    return f"{text.rstrip()}\n\n{listing}" if text.strip() else listing
