"""Work that takes a while, as generators: everything a leg waits for has this one shape, so that Stop reaches it.

Such a generator yields pieces of output as they come, and "" at least every 0.25 s so that its reader can check whether
to go on; it returns the result. Closing it cancels the work. Used for code, tool calls and builds.
"""

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import TypeVar

LOOK_UP_EVERY_S = 0.25

T = TypeVar("T")


class Notice(str):
    """An empty piece that says what is waited for."""

    text: str

    def __new__(cls, text: str) -> "Notice":
        notice = super().__new__(cls, "")
        notice.text = text
        return notice


def notice_of(piece: str) -> str:
    """Return what the piece says is waited for; "" for any other piece."""
    return piece.text if isinstance(piece, Notice) else ""


def drain(pieces: Generator[str, None, T], show: Callable[[str], None] = lambda piece: None) -> T:
    """Show each of `pieces` as it comes, and return their result. When `show` raises, the work is cancelled."""
    try:
        while True:
            show(next(pieces))
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        pieces.close()


def pause(pause_s: float, ended: threading.Event | None = None) -> Generator[str, None, None]:
    """Wait for so long, or until `ended` is set."""
    ended = ended or threading.Event()
    until = time.monotonic() + pause_s
    while (left := until - time.monotonic()) > 0 and not ended.wait(min(left, LOOK_UP_EVERY_S)):
        yield ""


def on_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Begin `work` on a thread of its own, which nothing can end from outside and no process waits for at its end."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised where the result is read
            result.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return result


def in_thread(work: Callable[[], T]) -> Generator[str, None, T]:
    """Run `work` on a thread of its own and return its result, or raise its error. Once this is closed, the thread runs
    on and its result is dropped."""
    result = on_thread(work, "aside")
    while not wait([result], LOOK_UP_EVERY_S).done:
        yield ""
    return result.result()
