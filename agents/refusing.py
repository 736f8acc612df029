"""What every verb checks first: whether the person may do it. What is refused is kept.

The base of the parts of `agents.studio.Studio`. Knows no screen and no SQL.
"""

from datetime import datetime

from agents.access import Access, RefusedError, Role
from agents.chats import Person
from agents.store import Refusal, Store

NOBODY = Person(name="Somebody")
"""Who did not sign in."""


class Refusing:
    """Checks and keeps."""

    store: Store
    access: Access

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
        """What people tried and were not allowed to, newest first, in one chat or in all."""
        return self.store.refusals.rows(chat=chat, since=since, limit=limit)
