"""The tables and indexes, as SQLAlchemy values.

The truth is `events`; `chats` and `ledger` are updated with it in the same transaction, so that a list of
chats or a chart reads no log. Knows no query. A change here needs a new file in `migrations/versions`.
"""

from datetime import UTC, datetime
from itertools import chain
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
        return None if value is None else utc_time(value)


def utc_time(value: Any) -> datetime:
    """Return the time that the database's driver gives as text or as a time."""
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


def _key(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, primary_key=True, autoincrement=False) for name in names]


def _columns(of: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=nullable) for name in names]


def _table(name: str, *columns: list[sa.Column[Any]]) -> sa.Table:
    return sa.Table(name, metadata, *chain(*columns))


def _index(name: str, *columns: sa.Column[Any], where: Any, unique: bool = False) -> sa.Index:
    """Return an index of the rows that fulfil `where` alone."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


chats = _table(
    "chats",
    _key(PlainText, "id"),
    [sa.Column("client_id", PlainText, nullable=False, unique=True)],
    [sa.Column("started_by", PlainText, nullable=False, server_default="")],
    _columns(PlainText, "title", "team_name", "task", "waiting_for", "waiting_agent", "ended_text"),
    _columns(PlainText, "team_id", "parent", "subchat", nullable=True),
    _columns(sa.Integer, "revision", nullable=True),
    _columns(sa.Text, "status"),
    _columns(sa.Text, "leg_worker", "open_call", nullable=True),
    _columns(sa.Integer, "head", "fence", "n_messages", "n_unpriced"),
    _columns(sa.BigInteger, "n_tokens"),
    _columns(sa.Double, "cost_usd"),
    _columns(UtcTime, "created_at", "updated_at"),
    _columns(UtcTime, "deleted_at", nullable=True),
    [sa.Column("is_try", sa.Boolean, nullable=False, server_default=sa.false())],
)
_SHOWN = chats.c.deleted_at.is_(None)
_LISTED_BY = (chats.c.updated_at, chats.c.id, chats.c.parent, chats.c.is_try)
_index("chats_by_activity", *_LISTED_BY, where=_SHOWN)
_index("chats_by_status", chats.c.status, *_LISTED_BY, where=_SHOWN)
_index("chats_by_parent", chats.c.parent, where=chats.c.parent.is_not(None))
"""`parent`: the chat that it is a part of. `subchat`: the chat of the team that it waits for. `is_try`: one agent
answers one message in it, and no list shows it."""
IS_RUN_OF_READY_TEAM = sa.text(
    "deleted_at IS NULL AND parent IS NULL AND NOT is_try AND team_id IS NULL AND n_tokens > 0"
)
"""A model spoke, so it is no rehearsal. Written out: see TELLS_OF_FILES."""
_index("chats_by_team", chats.c.team_name, chats.c.id, where=IS_RUN_OF_READY_TEAM)

events = _table(
    "events",
    _key(PlainText, "chat_id"),
    _key(sa.Integer, "seq"),
    _columns(sa.Text, "kind", "body"),
    _columns(sa.Integer, "schema_version", "part"),
    _columns(PlainText, "client_id", nullable=True),
    _columns(sa.Integer, "fence", nullable=True),
    _columns(UtcTime, "at"),
)
"""`client_id` and `part`: a person's act and the ordinal of the event in it. `fence`: the leg's token, else null."""
_IS_ACT = events.c.client_id.is_not(None)
_index("events_by_client_id", *(events.c.chat_id, events.c.client_id, events.c.part), where=_IS_ACT, unique=True)
TELLS_OF_FILES = sa.text("kind = 'FilesChanged'")
"""Written out: no database uses the index below for a value that it learns only later."""
_index("events_of_files", events.c.chat_id, events.c.seq, where=TELLS_OF_FILES)

streamed_texts = _table(
    "drafts",
    _key(PlainText, "chat_id"),
    _columns(sa.Integer, "turn", "fence"),
    _columns(PlainText, "agent", "text"),
    [sa.Column("notice", PlainText, nullable=False, server_default="")],
    _columns(UtcTime, "at"),
)

ledger = _table(
    "ledger",
    _key(PlainText, "chat_id"),
    _key(sa.Integer, "seq"),
    _columns(sa.Integer, "turn"),
    _columns(PlainText, "agent", "connection", "model", "price_source", "price_as_of", "error", "team_name"),
    _columns(sa.Text, "purpose", "outcome", "day"),
    _columns(sa.BigInteger, *BUCKETS, nullable=True),
    _columns(sa.Double, "cost_usd", "first_token_s", nullable=True),
    _columns(sa.Double, "duration_s"),
    _columns(UtcTime, "started_at"),
    [sa.Column("finish_reason", PlainText, nullable=False, server_default="")],
)
"""`day` is the UTC date on which the call was sent, ISO. All buckets of tokens are null where the server did not say;
one bucket alone is null in calls from before there was that bucket."""
sa.Index("ledger_by_day", ledger.c.day)

requests = _table(
    "requests",
    _key(PlainText, "chat_id", "request"),
    _columns(sa.Integer, "seq"),
    _columns(PlainText, "agent", "tool", "team_name", "question", "rule", "who"),
    _columns(sa.Text, "kind", "overdue", "outcome", "decided_by"),
    _columns(sa.Integer, "decided_seq", nullable=True),
    _columns(UtcTime, "asked_at"),
    _columns(UtcTime, "due_at", "decided_at", nullable=True),
    _columns(sa.Boolean, "is_verified"),
)
"""`outcome` is the verdict, "withdrawn" when the chat ended first, "" while it is open. `decided_by` is "person",
"rule", "deadline" or "". `seq` and `decided_seq` are the events that tell the rest."""
_OPEN = requests.c.decided_at.is_(None)
_index("requests_open", requests.c.asked_at, where=_OPEN)
_index("requests_due", requests.c.due_at, where=_OPEN)
sa.Index("requests_by_time", requests.c.asked_at)

notice_addresses = _table(
    "notice_addresses",
    _key(sa.Text, "id"),
    _columns(PlainText, "name", "service", "error"),
    _columns(sa.Text, "url_encrypted"),
    _columns(sa.Boolean, "wants_request", "wants_due", "wants_ended", "wants_failed"),
    _columns(UtcTime, "created_at"),
    _columns(UtcTime, "sent_at", "failed_at", nullable=True),
)
"""Where people want to be told. `sent_at` and `failed_at`: the last success and failure; `error`: why, "" since the
last success."""

notices = _table(
    "notices",
    _key(PlainText, "chat_id"),
    _key(sa.Integer, "seq"),
    _key(sa.Text, "what", "address"),
    _columns(sa.Text, "request"),
    _columns(sa.Integer, "n_tries"),
    _columns(UtcTime, "next_at"),
)
"""The outbox: what is still to be told, from `next_at` on. `what` is request, due, ended or failed."""
sa.Index("notices_by_time", notices.c.next_at)

refusals = _table(
    "refusals",
    _key(sa.Text, "id"),
    _columns(UtcTime, "at"),
    _columns(PlainText, "who", "chat_id", "why"),
    _columns(sa.Text, "act"),
    _columns(sa.Boolean, "is_verified"),
)
"""Acts that were not allowed."""
sa.Index("refusals_by_time", refusals.c.at)
sa.Index("refusals_by_chat", refusals.c.chat_id, refusals.c.at)

teams = _table(
    "teams",
    _key(PlainText, "id"),
    _columns(sa.Integer, "revision"),
    _columns(sa.Integer, "live_revision", nullable=True),
    _columns(UtcTime, "updated_at"),
    _columns(UtcTime, "deleted_at", nullable=True),
)
"""`live_revision`: the one that chats run; null for none, and then the newest is."""

team_revisions = _table(
    "team_revisions",
    _key(PlainText, "team_id"),
    _key(sa.Integer, "revision"),
    _columns(sa.Text, "body"),
    _columns(PlainText, "by_name"),
    _columns(sa.Boolean, "by_is_verified"),
    _columns(UtcTime, "created_at"),
)

team_files = _table(
    "team_files",
    _key(PlainText, "team_id", "name"),
    _columns(sa.Text, "sha256"),
    _columns(sa.BigInteger, "size"),
    _columns(PlainText, "by_name"),
    _columns(sa.Boolean, "by_is_verified"),
    _columns(UtcTime, "added_at"),
)
"""Files that saved teams keep; their content is in the studio's folder, by `sha256`."""

library_agents = _table(
    "library_agents",
    _key(PlainText, "id"),
    _columns(PlainText, "name"),
    _columns(sa.Text, "body"),
    _columns(PlainText, "by_name"),
    _columns(sa.Boolean, "by_is_verified"),
    _columns(UtcTime, "saved_at"),
    _columns(UtcTime, "deleted_at", nullable=True),
)
"""`name` is what people see. A row never changes but for `deleted_at`: an agent that is replaced is deleted."""
_index("library_agents_by_name", library_agents.c.name, where=library_agents.c.deleted_at.is_(None), unique=True)

connections = _table(
    "connections", _key(PlainText, "name"), _columns(sa.Text, "body", "key_encrypted"), _columns(UtcTime, "updated_at")
)
"""`key_encrypted` is a Fernet token, "" without a key."""

dialects = _table(
    "dialects",
    _key(PlainText, "connection", "model", "quirk"),
    _columns(PlainText, "address", "said"),
    _columns(UtcTime, "learned_at"),
)
"""What models at connections refuse of the API, one row for each quirk. `address` is where the connection led then."""

connection_reports = _table(
    "connection_reports",
    _key(PlainText, "name"),
    _columns(PlainText, "body"),
)
"""The last test of each connection, as JSON; also of those that are not saved."""

call_slots = _table(
    "call_slots",
    _key(PlainText, "slot"),
    _columns(PlainText, "connection"),
    _columns(UtcTime, "began_at", "expires_at"),
)
"""Calls at connections that limit them: under way until they expire."""
sa.Index("call_slots_by_connection", call_slots.c.connection)

mcp_servers = _table(
    "mcp_servers",
    _key(PlainText, "name"),
    _columns(sa.Text, "body", "secrets_encrypted", "version"),
    _columns(PlainText, "tools", "error"),
    _columns(UtcTime, "listed_at", nullable=True),
    _columns(UtcTime, "updated_at"),
)
"""`secrets_encrypted` is a Fernet token, "" without secrets. `tools` is what was listed, as JSON. `version` is another
one after each change."""

unsaved_texts = _table(
    "unsaved_texts",
    _key(PlainText, "owner", "place", "tab"),
    _columns(PlainText, "body", "typed"),
    _columns(UtcTime, "at"),
)
"""What people typed and have not saved or sent. `typed` is JSON: field -> text that its page does not know yet."""
sa.Index("unsaved_texts_by_time", unsaved_texts.c.at)

settings = _table("settings", _key(PlainText, "key"), _columns(PlainText, "value"))

workers = _table(
    "workers",
    _key(sa.Text, "worker"),
    _columns(PlainText, "host"),
    _columns(sa.Integer, "pid"),
    _columns(UtcTime, "started_at", "beat_at"),
    _columns(sa.Text, "lock", nullable=True),
)
"""`lock`: the mark of the lock by which its life is known; null for none, as versions before the locks have it."""

leases = _table("leases", _key(PlainText, "name"), _columns(sa.Text, "worker"), _columns(UtcTime, "expires_at"))
