"""Drafts: the message being written right now, overwritten as it grows. Never part of a log, never resumed from.

A draft counts only while it is news: its leg is the chat's newest and its turn is not over. What is left behind by
a leg that died shows nowhere and is overwritten by the next. Written by the runner's flusher, read by the feed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agents.store.database import CHANNEL, announce, insert, is_sqlite, now, writing
from agents.store.schema import chats, drafts


@dataclass(frozen=True)
class StreamedText:
    """The text so far of a message being streamed."""

    chat: str
    turn: int
    agent: str
    text: str
    fence: int
    """The token of the leg that streams it."""
    at: datetime | None = None
    """When the store took it; None until then."""


class Drafts:
    """Drafts of all chats, at most one for each."""

    db: sa.Engine

    def save_drafts(self, texts: Sequence[StreamedText]) -> None:
        """Overwrites the drafts of these chats in one transaction; one from an older leg than the stored is dropped."""
        if not texts:
            return
        with writing(self.db) as connection:
            new = insert(connection, drafts)
            taken = {column: new.excluded[column] for column in ("turn", "agent", "text", "fence", "at")}
            upsert = new.on_conflict_do_update(
                index_elements=[drafts.c.chat_id], set_=taken, where=drafts.c.fence <= new.excluded.fence
            )
            at = now(connection) if is_sqlite(connection) else connection.scalar(sa.select(now(connection)))
            # In the order of their chats: two processes that save the same chats then wait, and never deadlock.
            rows = [
                {
                    "chat_id": draft.chat,
                    "turn": draft.turn,
                    "agent": draft.agent,
                    "text": draft.text,
                    "fence": draft.fence,
                    "at": at,
                }
                for draft in sorted({draft.chat: draft for draft in texts}.values(), key=lambda draft: draft.chat)
            ]
            connection.execute(upsert, rows)
            if not is_sqlite(connection):
                names = sa.bindparam("names", [row["chat_id"] for row in rows], type_=sa.ARRAY(sa.Text))
                connection.execute(sa.select(sa.func.pg_notify(CHANNEL, sa.func.unnest(names))))

    def clear_draft(self, chat: str) -> None:
        """Forgets the chat's draft, if there is one."""
        with writing(self.db) as connection:
            if connection.execute(sa.delete(drafts).where(drafts.c.chat_id == chat)).rowcount:
                announce(connection, chat)

    def drafts(self, asked: Iterable[str]) -> dict[str, StreamedText]:
        """Chat -> the message being written in it now; chats where none is have no entry."""
        names = list(asked)
        if not names:
            return {}
        columns = [column for column in drafts.c if column.name != "chat_id"]
        select = (
            sa.select(drafts.c.chat_id.label("chat"), *columns)
            .join(chats, chats.c.id == drafts.c.chat_id)
            .where(
                drafts.c.chat_id.in_(names),
                drafts.c.fence == chats.c.fence,
                drafts.c.turn == chats.c.n_messages,
                chats.c.status == "running",
            )
        )
        with self.db.connect() as connection:
            return {row.chat: StreamedText(**row._mapping) for row in connection.execute(select)}
