"""Removes the files of chats that were deleted long ago. Called by the worker that holds the watchdog lease."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.store import Store
from agents.workspaces import Workspace

KEPT_DAYS = 30
"""A chat that is restored before has its files."""

log = logging.getLogger(__name__)


def forget_files(store: Store, home: Path, *, now: datetime | None = None) -> None:
    """Remove the files of every chat that was deleted more than `KEPT_DAYS` ago. One whose folder cannot be removed
    keeps no other's, and is tried again at the next look."""
    before = (now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS)
    for chat in store.chats.deleted_before(before):
        try:
            Workspace(home, chat).delete()
        except OSError as error:
            log.warning("The files of the deleted chat %s cannot be removed: %s", chat, error)
