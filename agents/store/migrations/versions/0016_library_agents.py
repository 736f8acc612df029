"""Agents that people saved to the library."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "library_agents",
        sa.Column("id", PlainText, primary_key=True),
        sa.Column("name", PlainText, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("by_name", PlainText, nullable=False),
        sa.Column("by_is_verified", sa.Boolean, nullable=False),
        sa.Column("saved_at", UtcTime, nullable=False),
        sa.Column("deleted_at", UtcTime),
    )
    is_there = sa.text("deleted_at IS NULL")
    op.create_index(
        "library_agents_by_name",
        "library_agents",
        ["name"],
        unique=True,
        sqlite_where=is_there,
        postgresql_where=is_there,
    )
