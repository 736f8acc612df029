"""What people typed and have not saved or sent is kept."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "unsaved_texts",
        sa.Column("owner", PlainText, primary_key=True),
        sa.Column("place", PlainText, primary_key=True),
        sa.Column("tab", PlainText, primary_key=True),
        sa.Column("body", PlainText, nullable=False),
        sa.Column("typed", PlainText, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_index("unsaved_texts_by_time", "unsaved_texts", ["at"])
