"""What every verb checks first: whether the person may do it, or may look. What is refused to be done is kept.

The base of the parts of `agents.studio.Studio`. Knows no screen and no SQL.
"""

import copy
from datetime import datetime
from typing import Self

from agents.chats import Person
from agents.permissions import Access, RefusedError, Role
from agents.store import Refusal, Store

NOBODY = Person(name="Somebody")
"""Who did not sign in."""


class Refusing:
    """Checks and keeps."""

    store: Store
    access: Access
    _reader: Person | None = None
    """Whose eyes this is read with; None is whoever opened the studio, who has its database at hand."""

    def seen_by(self, reader: Person) -> Self:
        """The same studio as `reader` may see it: each of its reads asks anew whether they may look, RefusedError when
        not. What people are shown is read from such a one alone."""
        seen = copy.copy(self)
        seen._reader = reader
        return seen

    def look(self, *roles: Role) -> None:
        """RefusedError when who reads has none of `roles`, or without any may not look. It is not kept: pages that are
        open look every few seconds."""
        if self._reader is not None:
            self.access.check(self._reader, *(roles or ("view",)))

    def check(self, by: Person | None, *roles: Role, act: str, chat: str = "") -> None:
        """RefusedError, which is kept, when `by` has none of `roles`; None is somebody who did not sign in."""
        by = by or NOBODY
        try:
            self.access.check(by, *roles)
        except RefusedError as refused:
            self.keep_refusal(act, str(refused), chat=chat, by=by)
            raise

    def keep_refusal(self, act: str, why: str, *, chat: str = "", by: Person | None = None) -> None:
        """Remember that `by` tried `act` and was refused; None is somebody who did not sign in."""
        self.store.refusals.add(by or NOBODY, act, chat, why)

    def refusals(self, chat: str = "", since: datetime | None = None, *, limit: int = 1_000) -> list[Refusal]:
        """What people tried and were not allowed to, newest first, in one chat or in all; for those who decide or
        administer."""
        self.look("decide", "administer")
        return self.store.refusals.rows(chat=chat, since=since, limit=limit)
