"""How costs read. Pure functions: the same words on every page, in the feed and on the command line."""

from agents.chats import Spend


def cost_text(cost_usd: float | None, n_unpriced: int = 0, n_calls: int | None = None) -> str:
    """Return what something cost: "$0.0123", "free" for 0.0, "unknown price", "$0.0123 + unknown" when partly known.

    `cost_usd` is the sum of the known costs, None when nothing is known; `n_unpriced` calls are not in it.
    """
    if cost_usd is None or (n_unpriced and not cost_usd):
        return "unknown price"
    if n_unpriced:
        return f"{dollars(cost_usd)} + unknown"
    if n_calls == 0:
        return "no calls yet"
    return "free" if cost_usd == 0 else dollars(cost_usd)


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
