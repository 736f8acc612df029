"""The events that tell of files are found without reading a log."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    tells_of_files = sa.text("kind = 'FilesChanged'")
    op.create_index(
        "events_of_files", "events", ["chat_id", "seq"], sqlite_where=tells_of_files, postgresql_where=tells_of_files
    )
