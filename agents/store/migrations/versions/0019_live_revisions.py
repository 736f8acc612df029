"""The revision of a team that is labelled live."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("teams", sa.Column("live_revision", sa.Integer))
