"""How files and what ran read in a line: sizes, what changed, how a block ended. Pure functions over events."""

from collections.abc import Iterable

from agents.chats.events import CodeReturned, CodeStarted, FilesChanged, ToolStarted
from agents.chats.values import FileChange
from agents.text.numbers import count_text
from agents.text.time import span_text

MAX_NAMED = 8
"""Files in one line."""

CODE_OUTCOMES = {
    "ok": "ran",
    "failed": "failed",
    "timeout": "was stopped: out of time",
    "cpu": "was stopped: out of computing time",
    "memory": "was stopped: out of memory",
    "processes": "was stopped: too many processes",
    "disk": "was stopped: out of disk space",
    "output": "was stopped: too much output",
    "unavailable": "was not run: it cannot run here",
    "refused": "was not run: refused by a rule",
    "rejected": "was not run: rejected",
    "answered": "was not run: answered by a person",
    "skipped": "was not run: skipped",
}
"""How a block of code ended, by `CodeReturned.outcome`."""


def size_text(n_bytes: int) -> str:
    """Return a size: "870 bytes", "12.4 kB", "3.1 MB"."""
    if n_bytes < 1_000:
        return count_text(n_bytes, "byte")
    units = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
    size, unit = next((size, unit) for size, unit in units if n_bytes >= size)
    return f"{n_bytes / size:.1f}".removesuffix(".0") + f" {unit}"


def files_line(event: FilesChanged, labels: dict[str, str]) -> str:
    """Who did what to which files: "Executor: made chart.png (12.4 kB); changed data.csv (2 kB)"."""
    if not event.agent:
        return f"{event.by.name if event.by else 'Somebody'} attached {_named(event.changes)}"
    words = {"added": "made", "changed": "changed", "removed": "removed"}
    parts = []
    for change, word in words.items():
        some = [one for one in event.changes if one.change == change]
        if some:
            parts.append(f"{word} {_named(some)}")
    return f"{labels.get(event.agent, event.agent)} {'; '.join(parts)}"


def code_line(event: CodeReturned, language: str, labels: dict[str, str]) -> str:
    """How a block ended: "Executor: python failed with exit code 1 after 0.4 s"."""
    ended = CODE_OUTCOMES[event.outcome]
    if event.outcome == "failed" and event.exit_code is not None:
        ended += f" with exit code {event.exit_code}"
    took = f" after {span_text(event.duration_s)}" if event.duration_s else ""
    return f"{labels.get(event.agent, event.agent)}: {language or 'code'} {ended}{took}"


def cut_line(begun: Iterable[ToolStarted | CodeStarted], labels: dict[str, str]) -> str:
    """What became of calls and code that had begun, and not ended, when their chat did; "" for none."""
    parts = []
    for started in begun:
        if isinstance(started, CodeStarted):
            what, unknown = started.language or "code", "how far it came"
        else:
            what, unknown = started.tool, "whether it had its effect"
        parts.append(f"{labels.get(started.agent, started.agent)}: {what} was cut off; nobody knows {unknown}.")
    return " ".join(parts)


def _named(changes: list[FileChange]) -> str:
    names = [
        f"{change.path} ({size_text(change.size)})" if change.change != "removed" else change.path
        for change in changes[:MAX_NAMED]
    ]
    more = len(changes) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
