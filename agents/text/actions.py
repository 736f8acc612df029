"""How tool calls, code and changes of files read. Pure functions over events."""

from collections.abc import Iterable, Mapping, Sequence

from agents.chats.events import CodeReturned, CodeStarted, FilesChanged, ToolReturned, ToolStarted
from agents.chats.requests.actions import REJECTED, SKIPPED
from agents.chats.values import FileChange
from agents.text.numbers import count_text, size_text, span_text

NOT_RUN = {
    "refused": "refused by a rule, not run",
    "rejected": REJECTED,
    "answered": "answered by a person, not run",
    "skipped": SKIPPED,
}
"""What a rule or a person kept from running, by the outcome of either."""
TOOL_OUTCOMES = {
    "ok": "done",
    "error": "failed",
    "bad_arguments": "wrong arguments",
    "timeout": "no result in time",
    "unknown_tool": "no such tool",
    **NOT_RUN,
}
"""How a call ended, by `ToolReturned.outcome`."""
CODE_OUTCOMES = {
    "ok": "done",
    "failed": "failed",
    "timeout": "stopped: out of time",
    "cpu": "stopped: out of computing time",
    "memory": "stopped: out of memory",
    "processes": "stopped: too many processes",
    "disk": "stopped: out of disk space",
    "output": "stopped: too much output",
    "unavailable": "cannot run here, not run",
    **NOT_RUN,
}
"""How a block of code ended, by `CodeReturned.outcome`."""


def tool_outcome(event: ToolReturned, labels: Mapping[str, str]) -> str:
    """Return how a call ended: "done after 0.3 s", "rejected, not run", "Billing speaks next"."""
    if event.hands_to:
        return f"{labels.get(event.hands_to, event.hands_to)} speaks next"
    return TOOL_OUTCOMES.get(event.outcome, event.outcome) + _after(event.duration_s)


def code_outcome(event: CodeReturned) -> str:
    """Return how a block ended: "done after 0.3 s", "failed with exit code 1 after 2 s"."""
    has_code = event.outcome == "failed" and event.exit_code is not None
    code = f" with exit code {event.exit_code}" if has_code else ""
    return CODE_OUTCOMES.get(event.outcome, event.outcome) + code + _after(event.duration_s)


def cut_line(begun: Iterable[ToolStarted | CodeStarted], labels: dict[str, str]) -> str:
    """Return what became of calls and code that were running when their chat ended; "" for none."""
    parts = []
    for started in begun:
        if isinstance(started, CodeStarted):
            what, unknown = started.language or "code", "how far it came"
        else:
            what, unknown = started.tool, "whether it had its effect"
        parts.append(f"{labels.get(started.agent, started.agent)}: {what} was cut off; nobody knows {unknown}.")
    return " ".join(parts)


def _after(duration_s: float) -> str:
    return f" after {span_text(duration_s)}" if duration_s else ""


MAX_NAMED = 8
"""Files in one line."""
_VERBS = {"added": "made", "changed": "changed", "removed": "removed"}


def files_line(event: FilesChanged, labels: dict[str, str]) -> str:
    """Who did what to which files: "Executor: made chart.png (12.4 kB); changed data.csv (2 kB)"."""
    if not event.agent:
        whose = "the team's " if event.is_of_team else ""
        return f"{event.by.name if event.by else 'Somebody'} attached {whose}{_named(event.changes)}"
    return f"{labels.get(event.agent, event.agent)} {files_text(event.changes)}"


def files_text(changes: Sequence[FileChange]) -> str:
    """Return what happened to which files: "made chart.png (12.4 kB); changed data.csv (2 kB)"."""
    by_verb = {word: [one for one in changes if one.change == change] for change, word in _VERBS.items()}
    return "; ".join(f"{word} {_named(some)}" for word, some in by_verb.items() if some)


def change_text(change: FileChange) -> str:
    """Return what a list says beside a file's name: "12.4 kB", "12.4 kB, changed", "removed"."""
    if change.change == "removed":
        return "removed"
    return size_text(change.size) + (", changed" if change.change == "changed" else "")


def changes_text(event: FilesChanged) -> str:
    """Return what somebody did to files, in numbers: "attached a file of the team", "made 2 files, changed 1 file"."""
    if not event.agent:
        files = "a file" if len(event.changes) == 1 else count_text(len(event.changes), "file")
        return f"attached {files}{' of the team' if event.is_of_team else ''}"
    counts = {word: sum(one.change == change for one in event.changes) for change, word in _VERBS.items()}
    return ", ".join(f"{word} {count_text(n, 'file')}" for word, n in counts.items() if n)


def _named(changes: list[FileChange]) -> str:
    names = [
        f"{change.path} ({size_text(change.size)})" if change.change != "removed" else change.path
        for change in changes[:MAX_NAMED]
    ]
    more = len(changes) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
