"""The requests of all chats as rows, filled from the logs there are."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from agents.chats import Recorded, event_from_json
from agents.store.inbox import requests_of
from agents.store.schema import PlainText, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    requests = op.create_table(
        "requests",
        sa.Column("chat_id", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, primary_key=True),
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
    is_open = sa.text("decided_at IS NULL")
    op.create_index("requests_open", "requests", ["asked_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("requests_due", "requests", ["due_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("requests_by_time", "requests", ["asked_at"])
    connection = op.get_bind()
    for chat, log in _asking_logs(connection).items():
        of_chat = sa.text("SELECT team_name FROM chats WHERE id = :chat")
        team_name = connection.execute(of_chat, {"chat": chat}).scalar_one()
        rows = [{"chat_id": chat, **row} for row in requests_of(log, team_name).values()]
        columns = [column.name for column in requests.c]
        connection.execute(sa.insert(requests), [{name: row[name] for name in columns} for row in rows])


def _asking_logs(connection: sa.Connection) -> dict[str, list[Recorded]]:
    """Of each chat that ever asked, the events that ask, decide and end."""
    events = sa.table(
        "events",
        sa.column("chat_id", sa.Text),
        sa.column("seq", sa.Integer),
        sa.column("kind", sa.Text),
        sa.column("schema_version", sa.Integer),
        sa.column("body", sa.Text),
        sa.column("at", UtcTime),
    )
    wanted = events.c.kind.in_(["DecisionRequested", "DecisionMade", "ChatEnded"])
    logs: dict[str, list[Recorded]] = defaultdict(list)
    for row in connection.execute(sa.select(events).where(wanted).order_by(events.c.chat_id, events.c.seq)):
        event = event_from_json(row.body, schema=row.schema_version, chat=row.chat_id, seq=row.seq)
        logs[row.chat_id].append(Recorded(chat=row.chat_id, seq=row.seq, at=row.at, event=event))
    return {chat: log for chat, log in logs.items() if any(r.event.kind == "DecisionRequested" for r in log)}
