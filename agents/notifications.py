"""Telling people who are away: mail, chat services, webhooks, through `apprise`.

What is due in the outbox goes out, in one message for each address, beside the worker's other work. Nothing here ever
stops a chat: what cannot be sent is tried again, and shown. An address is apprise's URL and holds tokens and passwords:
neither it nor a part of it is in anything that leaves here. A message holds names, questions and endings only: no
arguments, no messages, nothing that a service far away need not know.
"""

import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from agents.errors import OutageError, StudioError, UsageError
from agents.plain_text import one_line
from agents.store import Due, Store
from agents.text.numbers import OVERDUE, date_text
from agents.version import NAME

# -- What a message says

MAX_SUBJECT_CHARS, MAX_QUESTION_CHARS = 120, 300


@dataclass(frozen=True)
class Message:
    """What one address is sent."""

    subject: str
    text: str


TEST = Message(f"{NAME}: a test", "This address works. The studio tells you here what waits for you.")


def message(dues: Sequence[Due], studio_url: str) -> Message:
    """Return one message about all of `dues`, of which there is at least one."""
    if len(dues) == 1:
        return Message(_subject(dues[0]), _text(dues[0], studio_url))
    return Message(f"{NAME}: {len(dues)} notifications", "\n\n".join(_text(due, studio_url) for due in dues))


def _subject(due: Due) -> str:
    about = {
        "request": "waits for a decision",
        "due": "a deadline is near",
        "ended": "ended",
        "failed": "failed",
    }[due.what]
    return f"{one_line(due.title, MAX_SUBJECT_CHARS - len(about) - 2)}: {about}"


def _text(due: Due, studio_url: str) -> str:
    lines = [f"{one_line(due.title, MAX_SUBJECT_CHARS)} ({one_line(due.team_name, 80)})"]
    match due.what:
        case "request" | "due":
            lines.append(one_line(f"{due.agent}: {due.question}" if due.agent else due.question, MAX_QUESTION_CHARS))
            if due.due_at:
                lines.append(f"Wanted by {date_text(due.due_at)}. After that {OVERDUE[due.overdue]}.")
        case "ended" | "failed":
            lines.append(one_line(f"Ended: {due.ended_text}", MAX_QUESTION_CHARS))
    lines.append(f"{studio_url}/chat?chat={quote(due.chat, safe='')}")
    return "\n".join(lines)


# -- Handing it to a service

TIMEOUT_S = 15.0
MIN_SECRET_CHARS = 4
"""Shorter pieces of an address are no secrets, and hiding them would blacken every word."""
MAX_WHY_CHARS = 300


class CannotTellError(Exception):
    """The service did not take the message; the text says why, without the address."""


def service_of(url: str) -> str:
    """The name of the service at the address, such as "Slack"; UsageError when apprise knows none like it."""
    return str(_opened(url).service_name or "Notification")


def tell(url: str, message: Message) -> None:
    """Hand the message over; CannotTellError when the service does not take it within `TIMEOUT_S`."""
    import apprise

    sender = apprise.Apprise()
    sender.add(_opened(url))
    said: list[str] = []
    try:
        is_told = sender.notify(
            title=message.subject,
            body=message.text,
            body_format=apprise.NotifyFormat.TEXT,
            timeout=TIMEOUT_S,
            log_level=logging.WARNING,
            log_callback=lambda entry, _service: said.append(str(entry.message)),
        )
    except Exception as error:  # noqa: BLE001  a plugin for one of a hundred services; its text may hold the address
        raise CannotTellError(f"The service's own code failed ({type(error).__name__}).") from None
    if not is_told:
        raise CannotTellError(_without_secrets(" ".join(said), url) or "The service did not take the message.")


def _opened(url: str) -> Any:
    import apprise

    logging.getLogger("apprise").propagate = False  # its lines may hold the address
    opened = None if any(char.isspace() for char in url.strip()) else apprise.Apprise.instantiate(url.strip())
    if opened is None:
        raise UsageError(
            "That is no address of a service that apprise knows. Expected something like "
            "'mailtos://user:password@example.com', 'slack://...' or 'json://host/path'; see "
            "https://github.com/caronc/apprise/wiki. Nothing was saved."
        )
    return opened


def _without_secrets(text: str, url: str) -> str:
    pieces = {*re.split(r"[^\w-]+", url.partition("://")[2]), *re.split(r"[^\w-]+", unquote(url.partition("://")[2]))}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= MIN_SECRET_CHARS:
            text = re.sub(re.escape(piece), "***", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:MAX_WHY_CHARS]


# -- The outbox

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
        except OutageError:
            raise  # the address was not tried
        except (CannotTellError, StudioError) as error:
            n_tries = max(due.n_tries for due in dues)
            again_s = min(FIRST_PAUSE_S * 2 ** (n_tries - 1), LONGEST_PAUSE_S) if n_tries < MAX_TRIES else None
            why = str(error) if again_s is not None else f"{error} Given up after {n_tries} attempts."
            self._store.notices.failed(dues, why, again_s=again_s)
            return 0
        self._store.notices.sent(dues)
        return len(dues)
