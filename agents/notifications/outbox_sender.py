"""Empties the outbox: what is due goes out, in one message for each address, beside the worker's other work.

Claims what it sends, so that two workers never tell twice; one that dies in the middle leaves it to the next. Called by
the worker that looks after the queue.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable

from agents.errors import StudioError
from agents.notifications.apprise_service import CannotTellError, tell
from agents.notifications.message import Message, message
from agents.store import Due, Store

CLAIM_S = 120.0
"""Longer than a whole pass may take; then what a dead sender claimed is due again."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 3600.0
MAX_TRIES = 10
"""About three hours of trying."""

log = logging.getLogger(__name__)


class Sender:
    """Sends for one process. `tell_soon` may be called as often as one likes."""

    def __init__(self, store: Store, studio_url: str, *, send: Callable[[str, Message], None] = tell):
        self._store, self._studio_url, self._send = store, studio_url, send
        self._lock = threading.Lock()  # one pass at a time
        self._thread: threading.Thread | None = None

    def tell_soon(self) -> None:
        """Starts a pass on a thread of its own if anything is due and none is under way; returns at once."""
        if (self._thread is None or not self._thread.is_alive()) and self._store.notices.has_due():
            self._thread = threading.Thread(target=self._tell_quietly, name="notices", daemon=True)
            self._thread.start()

    def tell_now(self) -> int:
        """Sends everything that is due; how many notices were taken."""
        with self._lock:
            by_address: dict[str, list[Due]] = defaultdict(list)
            for due in self._store.notices.claim(for_s=CLAIM_S):
                by_address[due.address].append(due)
            return sum(self._tell(address, dues) for address, dues in by_address.items())

    def _tell_quietly(self) -> None:
        try:
            self.tell_now()
        except Exception:  # whatever it is, the next pass tries again
            log.warning("The notices could not be sent; they are tried again", exc_info=True)

    def _tell(self, address: str, dues: list[Due]) -> int:
        try:
            self._send(self._store.notices.url(address), message(dues, self._studio_url))
        except (CannotTellError, StudioError) as error:
            n_tries = max(due.n_tries for due in dues)
            again_s = min(FIRST_PAUSE_S * 2 ** (n_tries - 1), LONGEST_PAUSE_S) if n_tries < MAX_TRIES else None
            why = str(error) if again_s is not None else f"{error} Given up after {n_tries} attempts."
            self._store.notices.failed(dues, why, again_s=again_s)
            return 0
        self._store.notices.sent(dues)
        return len(dues)
