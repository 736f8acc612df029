"""Files that saved teams keep for their chats."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "team_files",
        sa.Column("team_id", PlainText, primary_key=True),
        sa.Column("name", PlainText, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("by_name", PlainText, nullable=False),
        sa.Column("by_is_verified", sa.Boolean, nullable=False),
        sa.Column("added_at", UtcTime, nullable=False),
    )
