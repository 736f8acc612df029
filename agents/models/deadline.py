"""What a server is asked takes a time in all, however slowly it drips its bytes; and no sign of life counts as a reply.

The timeouts of sockets hold for one read each. Called wherever somebody waits for a server.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from agents.cancellation import on_thread

T = TypeVar("T")


def within(timeout_s: float, ask: Callable[[], T]) -> T:
    """Return what `ask` returns or raise what it raises; TimeoutError once `timeout_s` seconds are over. Nobody waits
    for it then; it ends by itself, or when its caller takes away what it waits for."""
    return on_thread(ask, "asking").result(timeout_s)


def timely(chunks: Iterable[bytes], timeout_s: float) -> Iterator[bytes]:
    """Yield the chunks of a reply; TimeoutError when for `timeout_s` seconds nothing came but signs of life: blanks,
    and comments between server-sent events."""
    last_at = time.monotonic()
    for chunk in chunks:
        if not _is_sign_of_life(chunk):
            last_at = time.monotonic()
        elif time.monotonic() - last_at > timeout_s:
            raise TimeoutError
        yield chunk


def _is_sign_of_life(chunk: bytes) -> bool:
    said = chunk.strip()
    return not said or (said.startswith(b":") and b"data:" not in said)
