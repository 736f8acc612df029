"""What people tried to do and were not allowed to."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("who", PlainText, nullable=False),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("chat_id", PlainText, nullable=False),
        sa.Column("why", PlainText, nullable=False),
    )
    op.create_index("refusals_by_time", "refusals", ["at"])
    op.create_index("refusals_by_chat", "refusals", ["chat_id", "at"])
