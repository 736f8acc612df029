"""One message to one service: the only place that knows `apprise`, which is imported when it is first needed.

An address is apprise's URL and holds tokens and passwords: neither it nor a part of it is in anything that leaves here.
"""

import logging
import re
from typing import Any
from urllib.parse import unquote

from agents.errors import UsageError
from agents.notifications.message import Message

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
