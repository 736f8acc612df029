"""How counts, tokens, sizes, lengths of time, dates and deadlines read. Pure functions."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def count_text(number: int, noun: str) -> str:
    """Return a number of things: "1 message", "1,204 messages"."""
    return f"{number:,} {plural(noun, number)}"


def plural(noun: str, number: int) -> str:
    """Return the noun as it stands after a number: "message" after 1, else "messages"."""
    return noun if number == 1 else f"{noun}s"


def tokens_text(n_tokens: int) -> str:
    """Return a number of tokens: "870 tokens", "12.4k tokens", "3.1M tokens"."""
    return f"{short_number(n_tokens)} {plural('token', n_tokens)}"


def short_number(number: int) -> str:
    """Return 870, 12.4k, 3.1M."""
    if number < 1_000:
        return str(number)
    scaled, unit = (number / 1_000, "k") if number < 1_000_000 else (number / 1_000_000, "M")
    return f"{scaled:.1f}".removesuffix(".0") + unit


def amount_text(limit: str, amount: float) -> str:
    """Return an amount of a team's limit without its noun: "$0.25" of its cost, "1,200" of the others."""
    if limit == "max_cost_usd":
        return f"${amount:,.4g}" if amount < 1_000 else f"${amount:,.2f}"
    return f"{amount:,.0f}"


def size_text(n_bytes: int) -> str:
    """Return a size: "870 bytes", "12.4 kB", "3.1 MB"."""
    if n_bytes < 1_000:
        return count_text(n_bytes, "byte")
    units = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
    size, unit = next((size, unit) for size, unit in units if n_bytes >= size)
    return f"{n_bytes / size:.1f}".removesuffix(".0") + f" {unit}"


_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
OVERDUE = {
    "wait": "it goes on waiting",
    "reject": "it is rejected",
    "skip": "it is skipped",
    "end": "the chat ends",
}
"""What happens to a request when its time is over, by `DecisionRequested.overdue`."""


def span_text(seconds: float) -> str:
    """Return a length of time: "0.25 s", "2.4 s", "42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    if seconds < 1:
        return f"{seconds:.2g} s" if seconds >= 0.001 else "0 s"
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for size, unit, smaller, part in _UNITS:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


def age_text(at: datetime, now: datetime | None = None) -> str:
    """Return how long ago `at` is: "just now", "5 min ago", "3 h ago", "yesterday", "12 Mar", "12 Mar 2024"."""
    now = now or datetime.now(UTC)
    seconds = (now - at).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 3_600:
        return f"{max(1, round(seconds / 60))} min ago"
    if seconds < 86_400:
        return f"{round(seconds / 3_600)} h ago"
    if seconds < 2 * 86_400:
        return "yesterday"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def date_text(at: datetime, zone: tzinfo | None = UTC) -> str:
    """Return a date and time with the name of their zone: "2026-03-12 14:05 UTC". `zone` None is this machine's."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def clock_text(at: datetime, zone: str, now: datetime) -> str:
    """Return the time of day in the time zone so named: "10:42", on another day than today "12 Mar, 10:42"."""
    there = at.astimezone(ZoneInfo(zone))
    is_today = there.date() == now.astimezone(ZoneInfo(zone)).date()
    return f"{there:%H:%M}" if is_today else f"{there.day} {there:%b, %H:%M}"


def deadline_text(deadline_s: float | None, overdue: str) -> str:
    """Return how long a request may wait: "Wanted within 2 h; after that it is rejected."; "" without a deadline."""
    return "" if deadline_s is None else f"Wanted within {span_text(deadline_s)}; after that {OVERDUE[overdue]}."


def due_text(due_at: datetime | None, now: datetime | None = None) -> str:
    """Return what is left until a deadline: "due in 5 min", "due in 3 h", "overdue"; "" without a deadline."""
    if due_at is None:
        return ""
    left_s = (due_at - (now or datetime.now(UTC))).total_seconds()
    if left_s < 60:
        return "due in under a minute" if left_s > 0 else "overdue"
    size, unit = next((size, unit) for size, unit, _, _ in _UNITS if left_s >= size)
    return f"due in {left_s / size:.0f} {unit}"
