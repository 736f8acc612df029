"""How counts, tokens and the amounts of limits read. Pure functions."""


def count_text(number: int, noun: str) -> str:
    """Return a number of things: "1 message", "1,204 messages"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tokens_text(n_tokens: int) -> str:
    """Return a number of tokens: "870 tokens", "12.4k tokens", "3.1M tokens"."""
    return f"{short_number(n_tokens)} token{'' if n_tokens == 1 else 's'}"


def short_number(number: int) -> str:
    """Return 870, 12.4k, 3.1M."""
    if number < 1_000:
        return str(number)
    scaled, unit = (number / 1_000, "k") if number < 1_000_000 else (number / 1_000_000, "M")
    return f"{scaled:.1f}".removesuffix(".0") + unit


def amount_text(limit: str, amount: float) -> str:
    """Return an amount of a team's limit without its noun: "$0.25" of its cost, "1,200" of the others."""
    return f"${amount:,.4g}" if limit == "max_cost_usd" else f"{amount:,.0f}"
