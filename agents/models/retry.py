"""Whether a failed model call is made again, and after what pause.

Only a failure that may pass by itself is retried, as often as the connection allows, and only before any of the reply
was passed on. A server that asks for a pause gets it, unless it is too long to wait. Called by `ModelClient`.
"""

import random

from agents.models.failures import Failure

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
"""Pauses double from the first to the longest, less up to a quarter at random."""
MAX_ASKED_PAUSE_S = 60.0
"""A server that asks for a longer pause than this is not waited for."""


def retry_pause_s(failure: Failure, n_retries: int, max_retries: int) -> float | None:
    """Return the seconds to wait before the call is made again; None when it is not.

    `n_retries`: how often it was made again so far, of `max_retries`."""
    if not failure.is_passing or n_retries >= max_retries:
        return None
    if failure.retry_after_s is None:
        return min(FIRST_PAUSE_S * 2.0**n_retries, LONGEST_PAUSE_S) * random.uniform(0.75, 1)
    return failure.retry_after_s if failure.retry_after_s <= MAX_ASKED_PAUSE_S else None


def tries_text(failure: Failure, n_retries: int) -> str:
    """Return the sentence that says how often the call was made, "" when it was made once."""
    return f" (Tried {n_retries + 1} times.)" if n_retries and failure.is_passing else ""
