"""The tables and indexes, as SQLAlchemy values.

The truth is `events`; `chats` and `ledger` are updated with it in the same transaction, so that a list of
chats or a chart reads no log. Knows no query. A change here needs a new file in `migrations/versions`.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

from agents.chats import BUCKETS
from agents.plain_text import valid


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time: `timestamptz` on PostgreSQL, on SQLite ISO text of fixed width, which sorts as time does."""

    impl = sa.String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.String(32))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


MAX_SHOWN_CHARS = 1_000
"""Of a task, a question or an ending, lists show the beginning: an append must not rewrite a book."""


def shown(text: str) -> str:
    """Return the part of `text` that lists show."""
    return valid(text[:MAX_SHOWN_CHARS])


class PlainText(TypeDecorator[str]):
    """Text that is shown or looked up and never resumed from, so that `valid` may change it: a name that no database
    takes is then one that is not found."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else valid(value)


metadata = sa.MetaData()

chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", PlainText, primary_key=True),
    sa.Column("client_id", PlainText, nullable=False, unique=True),
    sa.Column("title", PlainText, nullable=False),
    sa.Column("team_name", PlainText, nullable=False),
    sa.Column("team_id", PlainText),
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
    sa.Column("started_by", PlainText, nullable=False, server_default=""),
)
_SHOWN = chats.c.deleted_at.is_(None)
sa.Index("chats_by_activity", chats.c.updated_at, chats.c.id, sqlite_where=_SHOWN, postgresql_where=_SHOWN)
sa.Index(
    "chats_by_status", chats.c.status, chats.c.updated_at, chats.c.id, sqlite_where=_SHOWN, postgresql_where=_SHOWN
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("chat_id", PlainText, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("client_id", PlainText),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("fence", sa.Integer),
    sa.Column("at", UtcTime, nullable=False),
)
"""`client_id` and `part`: a person's act and the ordinal of the event in it. `fence`: the leg's token, else null."""
sa.Index(
    "events_by_client_id",
    events.c.chat_id,
    events.c.client_id,
    events.c.part,
    unique=True,
    sqlite_where=events.c.client_id.is_not(None),
    postgresql_where=events.c.client_id.is_not(None),
)
TELLS_OF_FILES = sa.text("kind = 'FilesChanged'")
"""Written out: no database uses the index below for a value that it learns only later."""
sa.Index(
    "events_of_files",
    events.c.chat_id,
    events.c.seq,
    sqlite_where=TELLS_OF_FILES,
    postgresql_where=TELLS_OF_FILES,
)

streamed_texts = sa.Table(
    "drafts",
    metadata,
    sa.Column("chat_id", PlainText, primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("agent", PlainText, nullable=False),
    sa.Column("text", PlainText, nullable=False),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("chat_id", PlainText, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("agent", PlainText, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("connection", PlainText, nullable=False),
    sa.Column("model", PlainText, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    *(sa.Column(bucket, sa.BigInteger) for bucket in BUCKETS),
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
"""`day` is the UTC date on which the call was sent, ISO. All buckets of tokens are null where the server did not say;
one bucket alone is null in calls from before there was that bucket."""
sa.Index("ledger_by_day", ledger.c.day)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("chat_id", PlainText, primary_key=True),
    sa.Column("request", PlainText, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("agent", PlainText, nullable=False),
    sa.Column("tool", PlainText, nullable=False),
    sa.Column("team_name", PlainText, nullable=False),
    sa.Column("question", PlainText, nullable=False),
    sa.Column("rule", PlainText, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime),
    sa.Column("overdue", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("decided_seq", sa.Integer),
    sa.Column("decided_at", UtcTime),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("who", PlainText, nullable=False),
    sa.Column("is_verified", sa.Boolean, nullable=False),
)
"""`outcome` is the verdict, "withdrawn" when the chat ended first, "" while it is open. `decided_by` is "person",
"rule", "deadline" or "". `seq` and `decided_seq` are the events that tell the rest."""
_OPEN = requests.c.decided_at.is_(None)
sa.Index("requests_open", requests.c.asked_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
sa.Index("requests_due", requests.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
sa.Index("requests_by_time", requests.c.asked_at)

notice_addresses = sa.Table(
    "notice_addresses",
    metadata,
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
"""Where people want to be told. `sent_at` and `failed_at`: the last success and failure; `error`: why, "" since the
last success."""

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("chat_id", PlainText, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("n_tries", sa.Integer, nullable=False),
    sa.Column("next_at", UtcTime, nullable=False),
)
"""The outbox: what is still to be told, from `next_at` on. `what` is request, due, ended or failed."""
sa.Index("notices_by_time", notices.c.next_at)

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", PlainText, nullable=False),
    sa.Column("is_verified", sa.Boolean, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("chat_id", PlainText, nullable=False),
    sa.Column("why", PlainText, nullable=False),
)
"""Acts that were not allowed."""
sa.Index("refusals_by_time", refusals.c.at)
sa.Index("refusals_by_chat", refusals.c.chat_id, refusals.c.at)

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("id", PlainText, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
)

team_revisions = sa.Table(
    "team_revisions",
    metadata,
    sa.Column("team_id", PlainText, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("by_name", PlainText, nullable=False),
    sa.Column("by_is_verified", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("name", PlainText, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("key_encrypted", sa.Text, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)
"""`key_encrypted` is a Fernet token, "" without a key."""

mcp_servers = sa.Table(
    "mcp_servers",
    metadata,
    sa.Column("name", PlainText, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("secrets_encrypted", sa.Text, nullable=False),
    sa.Column("tools", PlainText, nullable=False),
    sa.Column("listed_at", UtcTime),
    sa.Column("error", PlainText, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)
"""`secrets_encrypted` is a Fernet token, "" without secrets. `tools` is what was listed, as JSON. `version` is another
one after each change."""

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("key", PlainText, primary_key=True),
    sa.Column("value", PlainText, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("worker", sa.Text, primary_key=True),
    sa.Column("host", PlainText, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("beat_at", UtcTime, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", PlainText, primary_key=True),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)
