"""Who started each chat, filled from the logs there are."""

import json

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("chats", sa.Column("started_by", PlainText, nullable=False, server_default=""))
    connection = op.get_bind()
    begun = connection.execute(sa.text("SELECT chat_id, body FROM events WHERE seq = 1")).all()
    update = sa.text("UPDATE chats SET started_by = :name WHERE id = :chat")
    for chat, body in begun:
        connection.execute(update, {"name": str(json.loads(body)["by"]["name"])[:1_000], "chat": chat})
