"""How files read in a line: sizes, and what changed. Pure functions over events."""

from agents.chats.events import FilesChanged
from agents.chats.values import FileChange
from agents.text.numbers import count_text

MAX_NAMED = 8
"""Files in one line."""
_VERBS = {"added": "made", "changed": "changed", "removed": "removed"}


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
    parts = []
    for change, word in _VERBS.items():
        some = [one for one in event.changes if one.change == change]
        if some:
            parts.append(f"{word} {_named(some)}")
    return f"{labels.get(event.agent, event.agent)} {'; '.join(parts)}"


def change_text(change: FileChange) -> str:
    """Return what a list says beside a file's name: "12.4 kB", "12.4 kB, changed", "removed"."""
    if change.change == "removed":
        return "removed"
    return size_text(change.size) + (", changed" if change.change == "changed" else "")


def changes_text(event: FilesChanged) -> str:
    """Return what somebody did to files, in numbers: "attached a file", "made 2 files, changed 1 file"."""
    if not event.agent:
        return "attached a file" if len(event.changes) == 1 else f"attached {count_text(len(event.changes), 'file')}"
    counts = {word: sum(one.change == change for one in event.changes) for change, word in _VERBS.items()}
    return ", ".join(f"{word} {count_text(n, 'file')}" for word, n in counts.items() if n)


def _named(changes: list[FileChange]) -> str:
    names = [
        f"{change.path} ({size_text(change.size)})" if change.change != "removed" else change.path
        for change in changes[:MAX_NAMED]
    ]
    more = len(changes) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
