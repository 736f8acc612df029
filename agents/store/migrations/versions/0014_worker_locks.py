"""Workers say by which lock their life is known; a chat says which model call is under way."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("workers", sa.Column("lock", sa.Text))
    op.add_column("chats", sa.Column("open_call", sa.Text))
