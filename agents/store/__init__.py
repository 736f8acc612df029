"""The only SQL: the event log, the tables that follow from it, and everything else that the studio stores.

`open_store` is all that a caller needs to know about databases.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from agents.errors import StudioError
from agents.store.cached_rows import CachedRows
from agents.store.call_slots import CallSlots
from agents.store.change_detector import ChangeDetector, change_detector
from agents.store.chat_log import ChatLog
from agents.store.connections import Connections, StudioSettings
from agents.store.database import open_engine
from agents.store.dialects import Dialects
from agents.store.inbox import InFull, Requests
from agents.store.integrity import damage
from agents.store.ledger import CallRow, Dimension, Ledger
from agents.store.library_agents import LibraryAgents, LibraryRow
from agents.store.log_writes import Hook
from agents.store.mcp_servers import McpServers
from agents.store.migration import migrate
from agents.store.notifications import Due, NotificationAddress, NotificationKind, Notifications
from agents.store.refusals import Refusals
from agents.store.secret_key import SecretKey
from agents.store.streamed_text import StreamedText
from agents.store.teams import RevisionLabel, TeamFile, TeamRow, Teams, revision_label
from agents.store.unsaved_texts import UnsavedText, UnsavedTexts
from agents.store.workers import Workers


class Store:
    """What the studio remembers. Safe to use from many threads; any number of processes may open the same one."""

    def __init__(self, db: sa.Engine, home: Path, environ: Mapping[str, str]):
        self.db = db
        """DBOS is handed this very engine."""
        self.chats = ChatLog(db)
        self.requests = Requests(db)
        self.refusals = Refusals(db)
        self.teams = Teams(db)
        self.library_agents = LibraryAgents(db)
        secret_key = SecretKey(home, environ)
        cached = CachedRows(db)
        self.connections = Connections(db, secret_key, cached)
        self.dialects = Dialects(db, cached)
        self.notices = Notifications(db, secret_key)
        self.mcp_servers = McpServers(db, secret_key)
        self.call_slots = CallSlots(db)
        self.ledger = Ledger(db)
        self.workers = Workers(db)
        self.settings = StudioSettings(db)
        self.unsaved_texts = UnsavedTexts(db)

    def change_detector(self) -> ChangeDetector:
        """A new detector, which the caller closes."""
        return change_detector(self.db)

    def damage(self) -> str:
        """Return what of the database cannot be read, as the database itself says it; "" when all of it can. Reads all
        of it, which takes seconds for a large one."""
        return damage(self.db)

    def close(self) -> None:
        """Give the database's connections back."""
        self.db.dispose()


def open_store(db_url: str, home: Path, environ: Mapping[str, str] = os.environ) -> Store:
    """Return the store at `db_url`, its schema brought up to date; any number of processes may do so at once.

    Makes `home` (mode 0700), which holds the key file, unless STUDIO_SECRET_KEY in `environ` takes its place.
    StudioError when the folder or the database cannot be opened, or belongs to a newer version."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = open_engine(db_url)
    except OSError as error:
        raise StudioError(
            f"The studio's folder '{home}', or that of its database, cannot be used ({error.strerror}). Nothing was "
            "changed. Set STUDIO_HOME to a folder that the user who runs the studio may write."
        ) from error
    try:
        migrate(db)
    except BaseException:
        db.dispose()
        raise
    return Store(db, home, environ)
