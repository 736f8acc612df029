"""MCP servers whose tools agents may call."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "mcp_servers",
        sa.Column("name", PlainText, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("secrets_encrypted", sa.Text, nullable=False),
        sa.Column("tools", PlainText, nullable=False),
        sa.Column("listed_at", UtcTime),
        sa.Column("error", PlainText, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
