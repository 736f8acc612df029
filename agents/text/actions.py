"""How tool calls and code that ran, or did not, read. Pure functions over events."""

from collections.abc import Iterable

from agents.chats.events import CodeReturned, CodeStarted, ToolReturned, ToolStarted
from agents.text.time import span_text

NOT_RUN = {
    "refused": "not run: refused by a rule",
    "rejected": "not run: rejected",
    "answered": "not run: answered by a person",
    "skipped": "not run: skipped",
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
    "unavailable": "not run: it cannot run here",
    **NOT_RUN,
}
"""How a block of code ended, by `CodeReturned.outcome`."""


def tool_outcome(event: ToolReturned) -> str:
    """Return how a call ended: "done after 0.3 s", "not run: rejected"."""
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
