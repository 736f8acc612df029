"""Alembic's entry. Runs on the connection, and in the transaction, that `migrating` holds."""

from alembic import context

from agents.store.database import VERSION_TABLE
from agents.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
