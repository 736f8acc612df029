"""The ledger says why each reply ended: of the calls there are, what their logs say."""

import json

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("ledger", sa.Column("finish_reason", PlainText, nullable=False, server_default=""))
    connection = op.get_bind()
    calls = connection.execute(sa.text("SELECT chat_id, seq, body FROM events WHERE kind = 'ModelCalled'"))
    reasons = ((call.chat_id, call.seq, json.loads(call.body).get("finish_reason")) for call in calls)
    found = [{"chat": chat, "call": seq, "reason": reason} for chat, seq, reason in reasons if reason]
    if found:
        ledger = sa.table("ledger", sa.column("chat_id"), sa.column("seq"), sa.column("finish_reason", PlainText))
        is_that = sa.and_(ledger.c.chat_id == sa.bindparam("chat"), ledger.c.seq == sa.bindparam("call"))
        connection.execute(sa.update(ledger).where(is_that).values(finish_reason=sa.bindparam("reason")), found)
