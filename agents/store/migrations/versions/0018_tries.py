"""Tries: chats in which one agent answers one message, and which no list shows."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("chats", sa.Column("is_try", sa.Boolean, nullable=False, server_default=sa.false()))
    shown = sa.text("deleted_at IS NULL")
    for name, columns in (("chats_by_activity", ["updated_at"]), ("chats_by_status", ["status", "updated_at"])):
        op.drop_index(name, "chats")
        op.create_index(name, "chats", [*columns, "id", "parent", "is_try"], sqlite_where=shown, postgresql_where=shown)
    is_run = sa.text("deleted_at IS NULL AND parent IS NULL AND NOT is_try AND team_id IS NULL AND n_tokens > 0")
    op.drop_index("chats_by_team", "chats")
    op.create_index("chats_by_team", "chats", ["team_name", "id"], sqlite_where=is_run, postgresql_where=is_run)
