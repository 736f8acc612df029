"""What the worker that holds the watchdog lease does every few seconds or hours: deadlines of requests, old files."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.chats.decisions import NotOpenError, overdue
from agents.errors import NotFoundError
from agents.store import Hook, Store
from agents.workspaces import Workspace
from agents.workspaces.team_files import TeamFiles

KEPT_DAYS = 30
"""A chat or a team that is restored before has its files."""

log = logging.getLogger(__name__)


@dataclass
class PeriodicTask:
    """A task that a worker runs every few seconds: most of them only while it has the watchdog lease."""

    act: Callable[[], object]
    every_s: float
    due_at: float = 0.0
    """On the monotonic clock."""

    def run_if_due(self) -> None:
        """Run it if it is due. When it fails, it is tried again only when it is due again."""
        now = time.monotonic()
        if now >= self.due_at:
            self.due_at = now + self.every_s
            self.act()


def decide_overdue(store: Store, hook: Hook, logged_chats: set[str]) -> int:
    """Decide every request whose deadline is over as it says, and return how many there were. A person who decides at
    the same moment wins. A chat whose log cannot be read is left alone, and added to `logged_chats` when it is logged:
    once is enough, the next look is a second away."""
    n_decided = 0
    for row in store.requests.overdue():
        try:
            written = store.chats.append_from_person(
                row.chat,
                lambda state, request=row.request: overdue(state, request),  # type: ignore[misc]
                client_id=f"deadline:{row.request}",
                hook=hook,
            )
        except (NotOpenError, NotFoundError):
            continue
        except ValueError as error:  # a log that cannot be read keeps no other chat waiting
            if row.chat not in logged_chats:
                log.warning("The deadline of request %s of chat %s brings nothing: %s", row.request, row.chat, error)
                logged_chats.add(row.chat)
            continue
        n_decided += bool(written)
    return n_decided


def forget_files(store: Store, home: Path, *, now: datetime | None = None) -> None:
    """Remove the files of every chat and team that was deleted more than `KEPT_DAYS` ago, of every try of an agent that
    is as old, and what was removed from a team. One whose folder cannot be removed keeps no other's, and is tried again
    at the next look."""
    now = now or datetime.now(UTC)
    before = now - timedelta(days=KEPT_DAYS)
    for chat in store.chats.over_since(before):
        try:
            Workspace(home, chat).delete()
        except OSError as error:
            log.warning("The files of the chat %s, which is over, cannot be removed: %s", chat, error)
    store.teams.forget_files(before)
    try:
        TeamFiles(home).forget(store.teams.file_contents(), now)
    except OSError as error:
        log.warning("Files that no team has any more cannot be removed: %s", error)
