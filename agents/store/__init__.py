"""The only SQL: the event log, the tables that follow from it, and everything else that the studio stores."""

from agents.store.change_detector import ChangeDetector
from agents.store.chat_log import ChatLog, Hook
from agents.store.chat_reads import ChatRow
from agents.store.connections import Connections
from agents.store.inbox import InFull, Requests
from agents.store.ledger import CallRow, Dimension, Ledger
from agents.store.mcp_servers import McpServerRow, McpServers
from agents.store.notifications import Due, NotificationAddress, NotificationKind, Notifications
from agents.store.refusals import Refusal, Refusals
from agents.store.requests import RequestRow
from agents.store.store import Store, open_store
from agents.store.streamed_text import StreamedText
from agents.store.studio_settings import StudioSettings
from agents.store.teams import TeamRow, Teams
from agents.store.workers import Workers

__all__ = [
    "CallRow",
    "ChangeDetector",
    "ChatLog",
    "ChatRow",
    "Connections",
    "Dimension",
    "Due",
    "Hook",
    "InFull",
    "Ledger",
    "McpServerRow",
    "McpServers",
    "NotificationAddress",
    "NotificationKind",
    "Notifications",
    "Refusal",
    "Refusals",
    "RequestRow",
    "Requests",
    "Store",
    "StreamedText",
    "StudioSettings",
    "TeamRow",
    "Teams",
    "Workers",
    "open_store",
]
