"""Decides the requests that were not answered in time, as their deadlines say.

By the database's clock and in the transaction that writes the decision, so that a deadline fires once however many
workers look, and also when none ran at the time. Called by the worker that holds the watchdog lease.
"""

import logging

from agents.chats.decisions import NotOpenError, overdue
from agents.errors import NotFoundError
from agents.store import Hook, Store

log = logging.getLogger(__name__)


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
