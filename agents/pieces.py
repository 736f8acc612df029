"""Work that takes a while, as generators: what a leg waits for has this one shape, so that Stop is heard in all of it.

Such a generator yields pieces of output as they come, and "" at least every 0.25 s so that its reader can look up;
it returns the result. Closing it cancels the work. Called by whoever runs code, calls tools or builds something.
"""

from collections.abc import Callable, Generator
from typing import TypeVar

LOOK_UP_EVERY_S = 0.25

T = TypeVar("T")


def drain(pieces: Generator[str, None, T], show: Callable[[str], None] = lambda piece: None) -> T:
    """Shows each of `pieces` as it comes; what they return. When `show` raises, the work is cancelled."""
    try:
        while True:
            show(next(pieces))
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        pieces.close()
