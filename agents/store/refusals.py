"""Acts that were refused: who tried what, when, and why not. Rows are only ever added, and only so many in a day: no
one can fill the disk, and people without a verified name cannot crowd out those with one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from agents.chats import Person, Refusal
from agents.plain_text import valid
from agents.store.database import Reader, now, writing
from agents.store.schema import refusals

MAX_CHARS = 200
"""Of each text: they hold what people and forgers wrote."""
MOST_IN_A_DAY, MOST_ALIKE_IN_A_DAY = 1_000, 50
"""Within 24 hours: of people with a verified name, and as many of all others; and of one person for one act in a chat.
The last that is kept says that no more are."""
NO_MORE = "No more of these are kept within a day. "


class Refusals(Reader):
    """Writes and reads them."""

    def add(self, by: Person, act: str, chat: str, why: str) -> None:
        """Record that `by` tried `act` and was refused, unless too many were recorded within a day."""
        row = {"who": _cut(by.name), "is_verified": by.is_verified, "act": _cut(act), "chat_id": _cut(chat)}
        n_left = self._n_left(row)
        if n_left <= 0:
            return
        why = _cut(NO_MORE + why if n_left == 1 else why)
        with writing(self.db) as connection:
            values = {**row, "id": uuid4().hex, "at": now(connection), "why": why}
            connection.execute(sa.insert(refusals).values(**values))

    def _n_left(self, row: dict[str, Any]) -> int:
        """Return how many more like `row` are kept; read without a lock, so that a flood waits for nobody: a few more
        of those that come at the same moment do no harm."""
        same = sa.and_(*(refusals.c[name] == row[name] for name in ("who", "act", "chat_id")))
        counts = sa.select(sa.func.count(), sa.func.count(sa.case((same, 1)))).where(
            refusals.c.is_verified == row["is_verified"]
        )
        since = datetime.now(UTC) - timedelta(days=1)
        n_all, n_alike = self.read(counts.where(refusals.c.at > since)).one()
        return int(min(MOST_IN_A_DAY - n_all, MOST_ALIKE_IN_A_DAY - n_alike))

    def rows(self, chat: str = "", since: datetime | None = None, *, limit: int = 1_000) -> list[Refusal]:
        """Newest first, of one chat or of all."""
        of_chat = refusals.c.chat_id == chat if chat else sa.true()
        is_new = refusals.c.at >= since if since else sa.true()
        select = sa.select(refusals).where(of_chat, is_new).order_by(refusals.c.at.desc(), refusals.c.id).limit(limit)
        return [Refusal(row.at, row.who, row.is_verified, row.act, row.chat_id, row.why) for row in self.read(select)]


def _cut(text: str) -> str:
    return valid(text[:MAX_CHARS])
