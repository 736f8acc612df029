"""Files that a person attaches to a chat: saved in its workspace all or none, and described to its agents.

The log that says so is the caller's to write. Called by `agents.studio`, for a chat that starts and for one that runs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from agents.chats import FileChange
from agents.errors import UsageError
from agents.workspaces.descriptions import described
from agents.workspaces.file_names import safe_name
from agents.workspaces.workspace import Workspace

Attachment = tuple[str, BinaryIO | bytes]
"""A file's name, as a person gave it, and its content."""

MAX_ATTACHED = 20
"""Files in one go."""


@contextmanager
def saved(workspace: Workspace, files: Sequence[Attachment]) -> Iterator[list[FileChange]]:
    """Save the files in the workspace, all of them; when something fails, here or in the block, none is left."""
    check_number(files)
    changes: list[FileChange] = []
    try:
        for name, content in files:
            changes.append(workspace.save(name, content))
        yield changes
    except BaseException:
        discard(workspace, changes)
        raise


def check_number(files: Sequence[Attachment]) -> None:
    """UsageError when these are too many in one go."""
    if len(files) > MAX_ATTACHED:
        raise UsageError(f"{len(files)} files are too many at once; attach at most {MAX_ATTACHED}. Nothing was taken.")


def discard(workspace: Workspace, changes: Iterable[FileChange]) -> None:
    """Remove the files again."""
    for change in changes:
        workspace.discard(change)


@contextmanager
def saved_for_new_chat(
    workspace: Workspace, files: Sequence[Attachment], of_team: Mapping[str, Path]
) -> Iterator[tuple[list[FileChange], list[FileChange]]]:
    """Save files for a chat that is about to be written, and those of its team (name -> where it is) but for the names
    that `files` have; when the chat is not written, its workspace is removed."""
    own = {safe_name(name) for name, _ in files}
    try:
        with saved(workspace, files) as changes, ExitStack() as opened:
            added = {name: opened.enter_context(path.open("rb")) for name, path in of_team.items() if name not in own}
            yield changes, [workspace.save(name, content) for name, content in added.items()]
    except BaseException:
        workspace.delete()
        raise


def told_with(text: str, changes: Sequence[FileChange], workspace: Workspace) -> str:
    """Return `text`, and behind it what is attached, for the agents."""
    if not changes:
        return text
    listing = f"Attached files, in the workspace (the folder where code runs):\n{described(changes, workspace)}"
    return f"{text.rstrip()}\n\n{listing}" if text.strip() else listing
