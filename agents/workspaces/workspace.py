"""The workspace of one chat: its folder of files, what changed in it, and each version of what was ever in it.

    STUDIO_HOME/workspaces/<chat>/files     what people attach and code makes; all that a sandbox may write
                                 /packages  what was installed for this chat
                                 /versions  every version, by SHA-256 (`versions`)
                                 /incoming  files being written, before they get their name
                                 /seen.json what was looked at last, so that looking again is quick
                                 /vectors.db  what embedding models made of the files' text

Code may change `files` at any moment and is not trusted: see `folders`. Knows no log: what a chat's log says of its
files is given to `changes`. Called by the engine, the tools and `agents.studio.files`.
"""

import contextlib
import hashlib
import io
import json
import logging
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from agents.chats import FileChange
from agents.errors import NotFoundError, UsageError
from agents.sandbox.run_monitor import remove
from agents.sandbox.values import MIB, RunFolders
from agents.workspaces.file_names import components, numbered, safe_name, shown, zip_name
from agents.workspaces.folders import Found, folder, open_file, saying_outages, status_of, walk
from agents.workspaces.pictures import data_url
from agents.workspaces.versions import MAX_VERSION_BYTES, TooLargeError, Versions

MAX_FILE_BYTES = 50 * MIB
"""Of a file that a person attaches or a tool reads or writes; code may make larger ones."""
MAX_ALL_BYTES = 512 * MIB
"""Of all files together: more are not attached, and of more that code makes no versions are kept. A file with holes in
it claims any size and takes no space, but a version of it does."""
MAX_FILES = 1_000
"""More are neither taken nor listed."""
SETTLED_NS = 50_000_000
"""A file that changed less than this ago is read again at the next look: its time may not tell the next change."""

_CHAT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
_log = logging.getLogger(__name__)


def workspaces_in(home: Path) -> Path:
    """Return the folder of all chats' workspaces."""
    return home / "workspaces"


class Workspace:
    """One chat's files. Safe to use from many threads and processes; folders are made when first written to."""

    def __init__(self, home: Path, chat: str):
        if not _CHAT.fullmatch(chat):
            raise NotFoundError(f"There is no chat {shown(chat[:80])!r}.")
        self._home, self._folder = home, workspaces_in(home) / chat
        self.files = self._folder / "files"
        self.packages = self._folder / "packages"
        self.vectors = self._folder / "vectors.db"
        self._seen_file = self._folder / "seen.json"
        self._versions = Versions(self._folder / "versions")

    def run_folders(self) -> RunFolders:
        """Return the folders that this chat's code sees, made if need be."""
        with saying_outages():
            self._make()
        return RunFolders(files=self.files, packages=self.packages)

    # -- what is new

    def changes(self, known: Mapping[str, FileChange]) -> list[FileChange]:
        """Return how the folder differs from `known` (path -> last change), by path. New versions are kept
        before this returns. Links, devices and pipes are passed over; of more than `MAX_FILES` files only known ones
        and the first by folder and name count; one that is too large, or one too many for `MAX_ALL_BYTES`, has no
        version."""
        if not self.files.is_dir():
            return [FileChange(path=path, change="removed") for path in sorted(known)]
        before, after = self._seen(), dict[str, tuple[int, int, int, str]]()
        found_files: dict[str, tuple[str, int]] = {}
        n_new = 0
        found = list(walk(self.files))
        n_bytes = sum(file.size for file in found if self._is_kept(file, before.get(shown(file.path))))
        for file in found:
            path = shown(file.path)
            if path in found_files or (path not in known and len(known) + n_new >= MAX_FILES):
                continue
            n_new += path not in known
            is_kept = self._is_kept(file, before.get(path))
            content = (before[path][3], file.size) if is_kept else self._content(file, MAX_ALL_BYTES - n_bytes)
            if content is None:
                continue
            n_bytes += content[1] if content[0] and not is_kept else 0
            found_files[path] = content
            if content[0] and time.time_ns() - file.changed_ns > SETTLED_NS:
                after[path] = (*file.mark, content[0])
        if after != before:
            self._remember(after)
        changes = [
            FileChange(path=path, change="changed" if path in known else "added", size=size, sha256=sha256)
            for path, (sha256, size) in found_files.items()
            if path not in known or (known[path].sha256, known[path].size) != (sha256, size)
        ]
        if changes:
            self._versions.prune({sha256 for sha256, _ in found_files.values()})
        gone = [path for path in known if path not in found_files and not self._is_there(path)]
        changes += [FileChange(path=path, change="removed") for path in gone]
        return sorted(changes, key=lambda change: change.path)

    def _is_kept(self, file: Found, seen: tuple[int, int, int, str] | None) -> bool:
        """Whether it is as it was `seen`, with a version."""
        return seen is not None and seen[:3] == file.mark and self._versions.path(seen[3]) is not None

    def _content(self, file: Found, most_bytes: int) -> tuple[str, int] | None:
        """(SHA-256, size) of the file, its version kept; no SHA-256 when it is too large, None when it cannot be
        read."""
        most_bytes = min(most_bytes, MAX_VERSION_BYTES)
        if file.size > most_bytes:
            return "", file.size
        try:
            with open_file(self.files, file.parts) as content:
                return self._versions.keep(content, max_bytes=most_bytes)
        except TooLargeError:  # it grew meanwhile
            return "", file.size
        except OSError as error:  # gone, or closed to us, or the disk is full
            _log.warning("A file of a workspace was passed over: %s", error.strerror or error)
            return None

    def _is_there(self, path: str) -> bool:
        try:
            return stat.S_ISREG(status_of(self.files, path.split("/")).st_mode)
        except (OSError, ValueError):
            return False

    def _seen(self) -> dict[str, tuple[int, int, int, str]]:
        try:
            kept = json.loads(self._seen_file.read_text(encoding="utf-8"))
            return {path: (inode, size, changed, sha256) for path, (inode, size, changed, sha256) in kept.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError, TypeError):
            _log.warning("What was seen of a workspace could not be read; all of it is looked at again")
            return {}

    def _remember(self, seen: Mapping[str, tuple[int, int, int, str]]) -> None:
        try:
            with self._incoming() as (path, file):
                file.write(json.dumps(seen).encode())
                file.close()
                os.replace(path, self._seen_file)
        except OSError as error:  # the disk is full
            _log.warning("What was seen of a workspace is not kept; it is looked at again: %s", error.strerror or error)

    # -- attaching

    def save(self, name: str, content: BinaryIO | bytes) -> FileChange:
        """Take an attached file under a safe name, "-2" and so on behind it when there is one of that name already.

        UsageError, and nothing is taken, when it or all files together would be too large or too many."""
        with saying_outages():
            return self._save(safe_name(name), content)

    def _save(self, name: str, content: BinaryIO | bytes) -> FileChange:
        self._make()
        n_files, n_bytes = self._used()
        if n_files >= MAX_FILES:
            raise UsageError(f"{name!r} was not attached: the chat has {n_files:,} files, the most it can have.")
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        free_bytes = min(MAX_FILE_BYTES, MAX_ALL_BYTES - n_bytes)
        try:
            sha256, size = self._versions.keep(source, max_bytes=max(free_bytes, 0))
        except TooLargeError:
            raise UsageError(self._why_too_large(name, free_bytes)) from None
        version = self._versions.path(sha256)
        if version is None:
            raise FileNotFoundError(sha256)
        with self._incoming() as (path, file), version.open("rb") as kept:
            shutil.copyfileobj(kept, file)
            file.close()
            taken = self._named(path, name)
        return FileChange(path=taken, change="added", size=size, sha256=sha256)

    def discard(self, taken: FileChange) -> None:
        """Remove what `save` made, unless it was changed since."""
        with contextlib.suppress(OSError, UsageError):
            if hashlib.sha256(self.read(taken.path)).hexdigest() == taken.sha256:
                (self.files / taken.path).unlink()

    def _named(self, incoming: Path, name: str) -> str:
        """Give the finished file the first free name, without replacing or following anything."""
        with folder(self.files, []) as above:
            for number in range(1, MAX_FILES + 2):
                candidate = numbered(name, number)
                with contextlib.suppress(FileExistsError):
                    os.link(incoming, candidate, dst_dir_fd=above)
                    return candidate
        raise UsageError(f"{name!r} was not attached: there are too many files of that name. Give it another.")

    def _why_too_large(self, name: str, free_bytes: int) -> str:
        if free_bytes < MAX_FILE_BYTES:
            return (
                f"{name!r} was not attached: all files of a chat together may have {MAX_ALL_BYTES // MIB} MB, and "
                f"{max(free_bytes, 0) // MIB} MB are left. Attach a smaller one."
            )
        return (
            f"{name!r} was not attached: it has more than {MAX_FILE_BYTES // MIB} MB. Attach a smaller one, or a part."
        )

    # -- for tools

    def open(self, path: str) -> BinaryIO:
        """Return the file of that path, open for reading; UsageError when there is none, or it leads out of the
        workspace."""
        parts = components(path)
        try:
            return open_file(self.files, parts)
        except OSError:
            raise UsageError(f"There is no file {'/'.join(parts)!r} in the workspace.") from None

    def read(self, path: str) -> bytes:
        """Return all of that file; UsageError as in `open`, and when it is larger than `MAX_FILE_BYTES`."""
        with self.open(path) as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise UsageError(f"{path!r} has more than {MAX_FILE_BYTES // MIB} MB. Read it with code, part by part.")
        return content

    def write(self, path: str, content: bytes) -> None:
        """Write the file whole or not at all, its folders made; UsageError outside the workspace, through a link, over
        something that is no file, or over a limit."""
        parts = components(path)
        name = "/".join(parts)
        if len(content) > MAX_FILE_BYTES:
            raise UsageError(f"{name!r} was not written: it has more than {MAX_FILE_BYTES // MIB} MB.")
        with saying_outages():
            self._make()
        n_files, n_bytes = self._used()
        if n_bytes + len(content) > MAX_ALL_BYTES or (n_files >= MAX_FILES and not self._is_there(name)):
            raise UsageError(
                f"{name!r} was not written: the workspace is full ({n_files:,} files, {n_bytes // MIB} MB; at most "
                f"{MAX_FILES:,} and {MAX_ALL_BYTES // MIB} MB)."
            )
        try:
            with (
                saying_outages(),
                self._incoming() as (incoming, file),
                folder(self.files, parts[:-1], make=True) as above,
            ):
                file.write(content)
                file.close()
                self._replace(incoming, parts[-1], above)
        except OSError:
            raise UsageError(f"{name!r} cannot be written: something else, or a link, is in its place.") from None

    def _replace(self, incoming: Path, name: str, above: int) -> None:
        try:
            status = os.stat(name, dir_fd=above, follow_symlinks=False)
        except FileNotFoundError:
            status = None
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise OSError("no regular file")
        os.replace(incoming, name, dst_dir_fd=above)  # a link that came meanwhile is replaced, not followed

    def listed(self) -> list[tuple[str, int]]:
        """(path, bytes) of the files there are now, by path, at most `MAX_FILES`."""
        files = [(shown(file.path), file.size) for file, _ in zip(walk(self.files), range(MAX_FILES), strict=False)]
        return sorted(files)

    # -- from chat to chat

    def give(self, chat: str, files: Iterable[FileChange]) -> list[FileChange]:
        """Copy those versions of files into the workspace of another chat, over what is there, and return what came
        there, by path. What has no version, and what cannot be put in its place, is left out."""
        return Workspace(self._home, chat)._copied(self, files)

    def take(self, chat: str, files: Iterable[FileChange]) -> None:
        """Copy those versions of files of another chat's workspace into this one, as `give` does."""
        self._copied(Workspace(self._home, chat), files)

    def _copied(self, source: "Workspace", files: Iterable[FileChange]) -> list[FileChange]:
        copied = []
        for file in sorted(files, key=lambda file: file.path):
            version = source.version(file.sha256)
            if version is None:
                continue
            try:
                self._place(file.path, version)
            except (OSError, UsageError) as error:
                _log.warning("A file was not copied from chat to chat: %s", error)
                continue
            self._versions.adopt(version, file.sha256)
            copied.append(file.model_copy(update={"change": "added"}))
        return copied

    def _place(self, path: str, version: Path) -> None:
        """Write the file whole or not at all, its folders made, as a copy of that version."""
        parts = components(path)
        self._make()
        with (
            self._incoming() as (incoming, file),
            folder(self.files, parts[:-1], make=True) as above,
            version.open("rb") as kept,
        ):
            shutil.copyfileobj(kept, file)
            file.close()
            self._replace(incoming, parts[-1], above)

    # -- versions

    def version(self, sha256: str) -> Path | None:
        """Return where that version of a file is kept; None when it is not."""
        return self._versions.path(sha256)

    def picture(self, change: FileChange) -> str | None:
        """Return that version of a picture as a data URL; None when it is not kept, or no picture."""
        version = self.version(change.sha256)
        return data_url(version.read_bytes()) if version else None

    def zip_of(self, files: Iterable[FileChange]) -> BinaryIO:
        """A zip of those versions under their paths, at its beginning; closing it removes it. One that is not kept is
        left out."""
        packed = tempfile.TemporaryFile()  # noqa: SIM115  the caller's to close
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for change in files:
                version = self.version(change.sha256)
                if version is None:
                    continue
                entry = zipfile.ZipInfo(zip_name(change.path), time.localtime(version.stat().st_mtime)[:6])
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with version.open("rb") as source, archive.open(entry, "w") as target:
                    shutil.copyfileobj(source, target)
        packed.seek(0)
        return packed

    def delete(self) -> None:
        """Remove everything of this chat; nothing happens when there is nothing. OSError when some of it is left."""
        remove(self._folder)
        if self._folder.exists():
            raise OSError(f"{self._folder} cannot be removed")

    # -- inside

    def _make(self) -> None:
        for path in (self._folder.parent.parent, self._folder.parent, self._folder):
            path.mkdir(mode=0o700, exist_ok=True, parents=True)
        self.files.mkdir(mode=0o700, exist_ok=True)

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A new file outside the reach of code, gone at the end unless it was given a name."""
        above = self._folder / "incoming"
        above.mkdir(mode=0o700, exist_ok=True, parents=True)
        path = above / secrets.token_hex(8)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            try:
                yield path, file
            finally:
                path.unlink(missing_ok=True)

    def _used(self) -> tuple[int, int]:
        """(files, bytes)"""
        n_files = n_bytes = 0
        for file in walk(self.files):
            n_files, n_bytes = n_files + 1, n_bytes + file.size
        return n_files, n_bytes
