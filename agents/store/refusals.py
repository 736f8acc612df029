"""Acts that were refused: who tried what, when, and why not. Only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from agents.chats import Person
from agents.store.database import now, writing
from agents.store.schema import refusals

MAX_CHARS = 1_000


@dataclass(frozen=True)
class Refusal:
    """One act that was not allowed."""

    at: datetime
    who: str
    is_verified: bool
    act: str
    """The verb, such as "decide"."""
    chat: str
    """"" for acts on no chat."""
    why: str


class Refusals:
    """Writes and reads them."""

    def __init__(self, db: sa.Engine):
        self._db = db

    def add(self, by: Person, act: str, chat: str, why: str) -> None:
        """Keeps that `by` tried `act` and was refused."""
        row = {"id": uuid4().hex, "who": by.name[:MAX_CHARS], "is_verified": by.is_verified, "act": act}
        with writing(self._db) as connection:
            values = {**row, "at": now(connection), "chat_id": chat[:MAX_CHARS], "why": why[:MAX_CHARS]}
            connection.execute(sa.insert(refusals).values(**values))

    def rows(self, *, chat: str = "", since: datetime | None = None, limit: int = 1_000) -> list[Refusal]:
        """Newest first, of one chat or of all."""
        select = sa.select(refusals).order_by(refusals.c.at.desc(), refusals.c.id).limit(limit)
        if chat:
            select = select.where(refusals.c.chat_id == chat)
        if since is not None:
            select = select.where(refusals.c.at >= since)
        with self._db.connect() as connection:
            return [
                Refusal(row.at, row.who, row.is_verified, row.act, row.chat_id, row.why)
                for row in connection.execute(select)
            ]
