"""The message that a leg is streaming right now, overwritten as it grows. Never part of a log, never resumed from.

It counts only while its leg is the chat's newest and its turn is not over. What a dead leg left behind is not shown,
and the next leg overwrites it. Written by `worker.running_legs`, read by the live feed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agents.store.database import CHANNEL, connected, insert, is_sqlite, now, writing
from agents.store.schema import chats, streamed_texts


@dataclass(frozen=True)
class StreamedText:
    """The text so far of a message being streamed."""

    chat: str
    turn: int
    agent: str
    text: str
    fence: int
    """The token of the leg that streams it."""
    notice: str = ""
    """What is waited for while there is no text."""
    at: datetime | None = None
    """When the store took it; None until then."""


class StreamedTexts:
    """The streamed messages of all chats, at most one for each."""

    db: sa.Engine

    def save_streamed_texts(self, texts: Sequence[StreamedText]) -> None:
        """Overwrite the texts of these chats in one transaction; one from an older leg than the stored is dropped."""
        if not texts:
            return
        with writing(self.db) as connection:
            new = insert(connection, streamed_texts)
            columns = ("turn", "agent", "text", "notice", "fence")
            taken = {column: new.excluded[column] for column in (*columns, "at")}
            upsert = new.on_conflict_do_update(
                index_elements=[streamed_texts.c.chat_id],
                set_=taken,
                where=streamed_texts.c.fence <= new.excluded.fence,
            )
            at = now(connection) if is_sqlite(connection) else connection.scalar(sa.select(now(connection)))
            # In the order of their chats: two processes that save the same chats then wait, and never deadlock.
            rows = [
                {"chat_id": streamed.chat, "at": at, **{column: getattr(streamed, column) for column in columns}}
                for _, streamed in sorted({text.chat: text for text in texts}.items())
            ]
            connection.execute(upsert, rows)
            if not is_sqlite(connection):
                names = sa.bindparam("names", [row["chat_id"] for row in rows], type_=sa.ARRAY(sa.Text))
                connection.execute(sa.select(sa.func.pg_notify(CHANNEL, sa.func.unnest(names))))

    def streamed_texts(self, asked: Iterable[str]) -> dict[str, StreamedText]:
        """Return the message being written now, by chat; chats where none is have no entry."""
        names = list(asked)
        if not names:
            return {}
        columns = [column for column in streamed_texts.c if column.name != "chat_id"]
        select = (
            sa.select(streamed_texts.c.chat_id.label("chat"), *columns)
            .join(chats, chats.c.id == streamed_texts.c.chat_id)
            .where(
                streamed_texts.c.chat_id.in_(names),
                streamed_texts.c.fence == chats.c.fence,
                streamed_texts.c.turn == chats.c.n_messages,
                chats.c.status == "running",
            )
        )
        with connected(self.db) as connection:
            return {row.chat: StreamedText(**row._mapping) for row in connection.execute(select)}
