"""What tools print goes to the log: standard output belongs to the command that runs the chat, and may be JSON.

A process has one standard output: a thread within `printing_to_log` writes to the log, every other one as before. Used
for each tool call and each import of a plugin.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TextIO

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)  # authors of tools look for it, also where only warnings of others are logged

MAX_LINE_CHARS = 2_000
MAX_CHARS = 200_000
"""Of one call."""

_current_line: ContextVar["_Line | None"] = ContextVar("printing_speaker", default=None)


class _Line:
    """What one call has printed since its last line's end."""

    def __init__(self, name: str):
        self._name, self._text, self._n_chars = name, "", 0

    def add(self, text: str) -> None:
        *lines, self._text = (self._text + text).split("\n")
        for line in lines:
            self._log_line(line)
        if len(self._text) > MAX_LINE_CHARS:
            self.end()

    def end(self) -> None:
        if self._text:
            self._log_line(self._text)
        self._text = ""

    def _log_line(self, line: str) -> None:
        if not line.strip() or self._n_chars > MAX_CHARS:
            return
        self._n_chars += len(line)
        if self._n_chars > MAX_CHARS:
            log.info("%s printed more than is kept (%s characters)", self._name, f"{MAX_CHARS:,}")
            return
        shown = line[:MAX_LINE_CHARS].encode("utf-8", "backslashreplace").decode()
        log.info("%s printed: %s", self._name, shown)


class _SharedStdout:
    """Standard output, for threads outside a tool call."""

    def __init__(self, own: TextIO):
        self._own = own

    def write(self, text: str) -> int:
        line = _current_line.get()
        if line is None:
            return self._own.write(text)
        line.add(str(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if _current_line.get() is None:
            self._own.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


@contextlib.contextmanager
def printing_to_log(name: str) -> Iterator[None]:
    """Within it, what this thread prints is logged, line by line, as said by `name`."""
    if not isinstance(sys.stdout, _SharedStdout):
        sys.stdout = _SharedStdout(sys.stdout)
    line = _Line(name)
    before = _current_line.set(line)
    try:
        yield
    finally:
        _current_line.reset(before)
        line.end()
