"""How costs and model calls read: what one turn used, and what a chat used in all. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.chats import BUCKETS, Call, ChatRow, Spend
from agents.text.numbers import count_text, span_text, tokens_text
from agents.text.recordings import price_of_recording


def cost_text(spent: Spend | ChatRow) -> str:
    """Return what something cost: "$0.0123", "free", "unknown price", "$0.0123 + unknown" when partly known,
    "no calls yet" for the sum of none."""
    if spent.n_unpriced:
        return f"{dollars(spent.cost_usd)} + unknown" if spent.cost_usd else "unknown price"
    if isinstance(spent, Spend) and not spent.n_calls:
        return "no calls yet"
    return "free" if spent.cost_usd == 0 else dollars(spent.cost_usd)


def dollars(cost_usd: float) -> str:
    """Return an amount of money: "$0", "under $0.0001", "$0.0123", "$12.30"."""
    if cost_usd < 0.00005:
        return "under $0.0001" if cost_usd else "$0"
    return f"${cost_usd:.4f}" if cost_usd < 0.1 else f"${cost_usd:,.2f}"


def price_text(spend: Spend) -> str:
    """Return how the cost of some calls is known: "known", "free, local", "rehearsed", "unknown", "2 of 5 unknown",
    "nothing used"."""
    if spend.n_unpriced:
        n_of = spend.n_priced + spend.n_unpriced
        return f"{spend.n_unpriced:,} of {n_of:,} unknown" if spend.n_priced else "unknown"
    if not spend.n_priced:
        return "nothing used"
    if spend.n_rehearsed == spend.n_priced:
        return "rehearsed"
    return "free, local" if spend.is_free else "known"


@dataclass(frozen=True)
class UsageText:
    """What a turn used, as the line below its message."""

    text: str
    """ "1.2k tokens · $0.0123 · 3.1 s"."""
    details: str
    """The models, and the tokens in each bucket."""
    model: str
    """The first of the models; "" where no model was asked."""


def usage_text(calls: Sequence[Call]) -> UsageText | None:
    """Return what the calls of one turn used, the selection of its speaker included; None when there was no call."""
    if not calls:
        return None
    spend = sum(map(Spend.of, calls), Spend())
    selecting = sum((Spend.of(call) for call in calls if call.purpose == "select"), Spend())
    replies = [call for call in calls if call.purpose == "reply" and call.outcome == "ok"]
    models = list(dict.fromkeys(f"{call.model} at {call.connection}" for call in replies or calls))
    is_selection = selecting.n_calls == spend.n_calls
    if spend.is_rehearsed:
        text = "chosen by the script" if is_selection else "rehearsed"
        why = "The script chose who speaks; no model did." if is_selection else "From a script; no model wrote this."
        return UsageText(text, "\n".join([why, ", ".join(models), *_recorded_lines(calls)]), "")
    is_counted = spend.n_tokens or not spend.n_uncounted
    tokens = tokens_text(spend.n_tokens) if is_counted else "tokens not counted"
    if spend.n_tokens and selecting.n_tokens == spend.n_tokens:
        tokens += " for choosing who speaks"
    text = " · ".join([tokens, cost_text(spend), span_text(spend.duration_s)])
    details = [f"{bucket.label}: {n:,}" for name, bucket in BUCKETS.items() if (n := getattr(spend.usage, name))]
    if selecting.n_tokens:
        details.append(f"of these for choosing who speaks: {selecting.n_tokens:,}")
    if summing := sum(Spend.of(call).n_tokens for call in calls if call.purpose == "summarise"):
        details.append(f"of these for a summary of older messages: {summing:,}")
    if comparing := sum(Spend.of(call).n_tokens for call in calls if call.purpose == "embed"):
        details.append(f"of these for finding passages by meaning: {comparing:,}")
    notes = replies[-1].usage_raw.get("studio") if replies else None
    if isinstance(notes, dict) and isinstance(n_pictures := notes.get("pictures"), int):
        details.append(f"with {count_text(n_pictures, 'picture')}")
    if replies and replies[-1].first_token_s is not None:
        details.append(f"first word after {span_text(replies[-1].first_token_s)}")
    if spend.n_failed:
        details.append(f"{spend.n_failed:,} of {count_text(spend.n_calls, 'call')} failed")
    return UsageText(text, f"{', '.join(models)}\n{' · '.join(details)}".strip(), models[0])


def _recorded_lines(calls: Sequence[Call]) -> list[str]:
    """Return what was recorded for calls of a script, as a line: "As recorded: 1.2k tokens · $0.0123 · 3.1 s"."""
    recordings = [call.recording for call in calls if call.recording]
    if not recordings:
        return []
    spend = sum((Spend.of(call) for each in calls if (call := each.as_recorded)), Spend())
    figures = " · ".join([tokens_text(spend.n_tokens), cost_text(spend), span_text(spend.duration_s)])
    return [f"{price_of_recording(recordings[-1]).capitalize()}: {figures}"]


def last_run_text(row: ChatRow) -> str:
    """Return what a team's newest chat took: "Last run: $0.12, 14 turns"."""
    return f"Last run: {cost_text(row)}, {count_text(max(row.n_messages - 1, 0), 'turn')}"


def parts_text(parts: Sequence[ChatRow]) -> str:
    """Return what the chats of teams used together: "3.1k tokens · $0.0123"; "" when they used nothing."""
    if not any(part.n_tokens or part.n_unpriced for part in parts):
        return ""
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("n_tokens", "cost_usd", "n_unpriced")}
    whole = replace(parts[0], **sums)
    return f"{tokens_text(whole.n_tokens)} · {cost_text(whole)}"


def totals_text(n_messages: int | None, spend: Spend) -> str:
    """Return what a chat used in all: "12 messages · 3.1k tokens · $0.0123"; without messages when they are None."""
    parts = [] if n_messages is None else [count_text(n_messages, "message")]
    if spend.n_tokens or spend.n_unpriced:
        parts += [tokens_text(spend.n_tokens), cost_text(spend)]
    return " · ".join(parts)
