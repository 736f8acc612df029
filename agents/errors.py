"""Errors whose text is written for the person at the screen.

Every `StudioError` message may be shown as it is, on a page or on the command line: it says what happened,
what became of the work, and what to do now. Anything else that escapes is a defect and reaches the log only.
"""

from typing import Literal


class StudioError(Exception):
    """A failure that a person can act on; its text is safe to show."""


OutageKind = Literal["away", "busy", "full", "read_only", "broken", "newer"]


class OutageError(StudioError):
    """The database did not do what it was asked, through no fault of who asked. What was to be written was not written,
    or, when the database went away meanwhile, may not have been."""

    def __init__(self, text: str, kind: OutageKind, *, can_read: bool = False):
        super().__init__(text)
        self.kind = kind
        self.can_read = can_read
        """Whether only writing fails: what is saved can still be shown."""

    @property
    def passes(self) -> bool:
        """Whether it may be over without anybody touching the database itself."""
        return self.kind in ("away", "busy", "full")


class SpecError(StudioError):
    """A team or connection as written cannot be used; `problems` has one line for each thing to change.

    `problems` are (path, message) pairs, path being dotted as in `agents.2.name` ("" for the whole file).
    """

    def __init__(self, subject: str, problems: list[tuple[str, str]]):
        self.subject = subject
        self.problems = problems
        lines = [f"{path}: {message}" if path else message for path, message in problems]
        super().__init__(f"{subject} cannot be used. " + " ".join(lines))


class UsageError(StudioError):
    """What was given cannot be meant, such as an empty task or an answer that was not offered; nothing was changed."""


class NotFoundError(StudioError):
    """The named chat, team, connection or request does not exist."""


class ConflictError(StudioError):
    """Somebody else was first, or what was shown is no longer what stands; nothing was changed."""


class FenceError(Exception):
    """The leg that tries to append is no longer the chat's newest: another one owns it. Never shown; the leg ends."""
