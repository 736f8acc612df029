"""The last test of each connection, the calls under way at those that limit them, and what a leg waits for."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "connection_reports",
        sa.Column("name", PlainText, primary_key=True),
        sa.Column("body", PlainText, nullable=False),
    )
    op.create_table(
        "call_slots",
        sa.Column("slot", PlainText, primary_key=True),
        sa.Column("connection", PlainText, nullable=False),
        sa.Column("began_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
    )
    op.create_index("call_slots_by_connection", "call_slots", ["connection"])
    op.add_column("drafts", sa.Column("notice", PlainText, nullable=False, server_default=""))
