"""How facts read on a screen: costs, tokens, spans of time, states. Pure functions, the same words on every page."""

from datetime import UTC, datetime

STATUS_WORD = {"running": "Working", "waiting": "Waiting for you", "ended": "Ended"}
STATUS_COLOR = {"running": "blue", "waiting": "orange", "ended": "gray"}
STATUS_ICON = {
    "running": ":material/progress_activity:",
    "waiting": ":material/front_hand:",
    "ended": ":material/check_circle:",
}


def status_badge(status: str) -> str:
    """Markdown for a status: `:orange-badge[...]`."""
    return f":{STATUS_COLOR[status]}-badge[{STATUS_ICON[status]} {STATUS_WORD[status]}]"


def cost_text(cost_usd: float | None, n_unpriced: int = 0, n_calls: int | None = None) -> str:
    """What something cost. None, or only unpriced calls: "unknown price". 0.0: "free". Partly known: "$0.0123 + ?"."""
    if cost_usd is None or (n_unpriced and not cost_usd):
        return "unknown price"
    if n_unpriced:
        return f"{_dollars(cost_usd)} + ?"
    if n_calls == 0:
        return "no calls yet"
    return "free" if cost_usd == 0 else _dollars(cost_usd)


def _dollars(cost_usd: float) -> str:
    if cost_usd < 0.00005:
        return "under $0.0001" if cost_usd else "$0"
    return f"${cost_usd:.4f}" if cost_usd < 0.1 else f"${cost_usd:,.2f}"


def tokens_text(n_tokens: int) -> str:
    """ "870 tokens", "12.4k tokens", "3.1M tokens"."""
    return f"{short_number(n_tokens)} token{'' if n_tokens == 1 else 's'}"


def short_number(number: int) -> str:
    """870, 12.4k, 3.1M."""
    if number < 1_000:
        return str(number)
    scaled, unit = (number / 1_000, "k") if number < 1_000_000 else (number / 1_000_000, "M")
    return f"{scaled:.1f}".removesuffix(".0") + unit


def span_text(seconds: float) -> str:
    """A length of time: "0.8 s", "42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, unit, smaller, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")
    raise AssertionError(whole)


def age_text(at: datetime, now: datetime | None = None) -> str:
    """How long ago: "just now", "5 min ago", "3 h ago", "yesterday", "12 Mar", "12 Mar 2024"."""
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
