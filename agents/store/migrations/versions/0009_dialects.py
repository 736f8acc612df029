"""What each model refuses of the API that its server claims to have."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "dialects",
        sa.Column("connection", PlainText, primary_key=True),
        sa.Column("model", PlainText, primary_key=True),
        sa.Column("quirk", PlainText, primary_key=True),
        sa.Column("address", PlainText, nullable=False),
        sa.Column("said", PlainText, nullable=False),
        sa.Column("learned_at", UtcTime, nullable=False),
    )
