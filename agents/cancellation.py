"""Work that takes a while, as generators: what a leg waits for has this one shape, so that Stop is heard in all of it.

Such a generator yields pieces of output as they come, and "" at least every 0.25 s so that its reader can look up;
it returns the result. Closing it cancels the work. Called by whoever runs code, calls tools or builds something.
"""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
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


def in_thread(work: Callable[[], T]) -> Generator[str, None, T]:
    """What `work` comes to, or raises, on a thread of its own. Nothing can end that from outside: once this is closed
    it is left alone, and nobody reads its result."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised where the result is read
            result.set_exception(error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    while not wait([result], LOOK_UP_EVERY_S).done:
        yield ""
    return result.result()
