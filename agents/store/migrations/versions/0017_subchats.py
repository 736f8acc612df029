"""Chats of teams that are members of others: which chat one is a part of, and which one waits for."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("chats", sa.Column("parent", PlainText))
    op.add_column("chats", sa.Column("subchat", PlainText))
    shown, part = sa.text("deleted_at IS NULL"), sa.text("parent IS NOT NULL")
    for name, columns in (("chats_by_activity", ["updated_at"]), ("chats_by_status", ["status", "updated_at"])):
        op.drop_index(name, "chats")
        op.create_index(name, "chats", [*columns, "id", "parent"], sqlite_where=shown, postgresql_where=shown)
    op.create_index("chats_by_parent", "chats", ["parent"], sqlite_where=part, postgresql_where=part)
    is_run = sa.text("deleted_at IS NULL AND parent IS NULL AND team_id IS NULL AND n_tokens > 0")
    op.drop_index("chats_by_team", "chats")
    op.create_index("chats_by_team", "chats", ["team_name", "id"], sqlite_where=is_run, postgresql_where=is_run)
