"""The ledger counts tokens written to a provider's cache; null in calls from before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("ledger", sa.Column("cache_write", sa.BigInteger))
