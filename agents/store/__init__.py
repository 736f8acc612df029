"""The only SQL: the event log, what is kept true beside it, and everything else that the studio remembers."""

from agents.store.chat_log import ChatLog, Hook
from agents.store.chat_reads import ChatRow
from agents.store.drafts import Draft
from agents.store.store import Store, open_store

__all__ = ["ChatLog", "ChatRow", "Draft", "Hook", "Store", "open_store"]
