"""A chat that leaves the studio: what is known of it, what may be left out, and what a format is.

Knows no format; each is a module of its own, and `chat_formats` lists them. `agents.studio.exports` makes the value.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from agents.chats import ChatState, FileChange, Recorded, fold
from agents.exchange.chat_redaction import Redaction
from agents.specs import TeamSpec
from agents.workspaces.file_history import FileRow, file_rows

NOT_KEPT = "this version is not kept"
TOO_LARGE = "it is too large"


@dataclass(frozen=True)
class ExportOptions:
    """What a person wants to be in it."""

    has_amounts: bool = True
    """Costs and tokens."""
    has_names: bool = True
    """The names of people, and e-mail addresses."""


@dataclass(frozen=True)
class ExportedChat:
    """A chat as it may be written: nothing in it is secret, and what is to be left out is."""

    chat: str
    title: str
    log: list[Recorded]
    """Ascending by seq, from its beginning; never empty."""
    parts: list[list[Recorded]]
    """The logs of the teams that worked in it, each behind its parent."""
    options: ExportOptions
    redaction: Redaction
    made_at: datetime
    version: Callable[[str], Path | None] = field(repr=False)
    """SHA-256 -> where that version of a file is kept; None when it is not."""

    @cached_property
    def state(self) -> ChatState:
        """What the log amounts to."""
        return fold(self.log)

    @cached_property
    def team(self) -> TeamSpec:
        """The team as pinned at the chat's start."""
        assert self.state.started is not None
        return self.state.started.spec

    @property
    def labels(self) -> dict[str, str]:
        """Agent name -> name to show."""
        return {agent.name: agent.label for agent in self.team.agents}

    @cached_property
    def file_rows(self) -> list[FileRow]:
        """The files that the chat has, by path, each with its versions."""
        return file_rows(self.log)

    @property
    def files(self) -> list[FileChange]:
        """The newest version of each of them."""
        return [row.newest.change for row in self.file_rows]

    def content(self, file: FileChange, max_bytes: int) -> tuple[bytes, str]:
        """Return (what is in that version of the file, ""), or (nothing, why it stays out)."""
        path = self.version(file.sha256)
        if path is None:
            return b"", NOT_KEPT
        if path.stat().st_size > max_bytes:
            return b"", TOO_LARGE
        content = path.read_bytes()
        why_not = self.redaction.why_not(content)
        return (b"", why_not) if why_not else (content, "")


@dataclass(frozen=True)
class ChatFormat:
    """A form in which a chat can be taken out."""

    name: str
    """What is typed on the command line."""
    label: str
    purpose: str
    """What it is for, on one line."""
    ending: str
    """Of the file's name."""
    mime: str
    write: Callable[[ExportedChat, BinaryIO], None] = field(repr=False)
    """Writes all of it into the file."""
    suffix: str = ""
    """Of the file's name, before its ending."""
    needs_edits: bool = False
    """Whether it holds nothing where nobody edited a reply."""


def lines_of(chat: ExportedChat) -> Iterator[Recorded]:
    """The events of the chat, then those of the teams that worked in it."""
    yield from chat.log
    for log in chat.parts:
        yield from log
