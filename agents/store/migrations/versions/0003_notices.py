"""Where people want to be told of what happens, and what is still to be told them."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "notice_addresses",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", PlainText, nullable=False),
        sa.Column("service", PlainText, nullable=False),
        sa.Column("url_encrypted", sa.Text, nullable=False),
        sa.Column("wants_request", sa.Boolean, nullable=False),
        sa.Column("wants_due", sa.Boolean, nullable=False),
        sa.Column("wants_ended", sa.Boolean, nullable=False),
        sa.Column("wants_failed", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("sent_at", UtcTime),
        sa.Column("failed_at", UtcTime),
        sa.Column("error", PlainText, nullable=False),
    )
    op.create_table(
        "notices",
        sa.Column("chat_id", PlainText, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("n_tries", sa.Integer, nullable=False),
        sa.Column("next_at", UtcTime, nullable=False),
    )
    op.create_index("notices_by_time", "notices", ["next_at"])
