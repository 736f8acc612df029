"""What each ready team cost when it was last run is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    is_run = sa.text("deleted_at IS NULL AND team_id IS NULL AND n_tokens > 0")
    op.create_index("chats_by_team", "chats", ["team_name", "id"], sqlite_where=is_run, postgresql_where=is_run)
