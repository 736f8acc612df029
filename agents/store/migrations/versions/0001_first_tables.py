"""The first tables. Never changed again: what comes later is a file of its own."""

import sqlalchemy as sa
from alembic import op

from agents.store.schema import PlainText, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False, unique=True),
        sa.Column("title", PlainText, nullable=False),
        sa.Column("team_name", PlainText, nullable=False),
        sa.Column("team_id", sa.Text),
        sa.Column("revision", sa.Integer),
        sa.Column("task", PlainText, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("leg_worker", sa.Text),
        sa.Column("n_messages", sa.Integer, nullable=False),
        sa.Column("n_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_usd", sa.Double, nullable=False),
        sa.Column("n_unpriced", sa.Integer, nullable=False),
        sa.Column("waiting_for", PlainText, nullable=False),
        sa.Column("waiting_agent", PlainText, nullable=False),
        sa.Column("ended_text", PlainText, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("deleted_at", UtcTime),
    )
    is_shown = sa.text("deleted_at IS NULL")
    op.create_index(
        "chats_by_activity", "chats", ["updated_at", "id"], sqlite_where=is_shown, postgresql_where=is_shown
    )
    op.create_index(
        "chats_by_status", "chats", ["status", "updated_at", "id"], sqlite_where=is_shown, postgresql_where=is_shown
    )
    op.create_table(
        "events",
        sa.Column("chat_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer),
        sa.Column("at", UtcTime, nullable=False),
    )
    is_act = sa.text("client_id IS NOT NULL")
    op.create_index(
        "events_by_client_id",
        "events",
        ["chat_id", "client_id", "part"],
        unique=True,
        sqlite_where=is_act,
        postgresql_where=is_act,
    )
    op.create_table(
        "drafts",
        sa.Column("chat_id", sa.Text, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("agent", PlainText, nullable=False),
        sa.Column("text", PlainText, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("chat_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("agent", PlainText, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("connection", PlainText, nullable=False),
        sa.Column("model", PlainText, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("input_uncached", sa.BigInteger),
        sa.Column("input_cached", sa.BigInteger),
        sa.Column("output", sa.BigInteger),
        sa.Column("reasoning", sa.BigInteger),
        sa.Column("cost_usd", sa.Double),
        sa.Column("price_source", PlainText, nullable=False),
        sa.Column("price_as_of", PlainText, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("first_token_s", sa.Double),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("error", PlainText, nullable=False),
        sa.Column("team_name", PlainText, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
    )
    op.create_index("ledger_by_day", "ledger", ["day"])
    op.create_table(
        "teams",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("deleted_at", UtcTime),
    )
    op.create_table(
        "team_revisions",
        sa.Column("team_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("by_name", PlainText, nullable=False),
        sa.Column("by_is_verified", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
    )
    op.create_table(
        "connections",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("key_encrypted", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", PlainText, nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("worker", sa.Text, primary_key=True),
        sa.Column("host", PlainText, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("beat_at", UtcTime, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
    )
