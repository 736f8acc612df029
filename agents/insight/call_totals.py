"""Sums over calls that are at hand, as the ledger has them of those that are stored. A pure function."""

from collections.abc import Callable, Iterable

from agents.chats import Call, Spend, Total

_PRICE: dict[str, Callable[[Call], str]] = {
    "price_source": lambda call: call.price.source,
    "price_as_of": lambda call: call.price.as_of,
}
"""What is summed by and is no field of a call itself."""


def totals_of(calls: Iterable[Call], by: str, split_by: str | None = None) -> list[Total]:
    """Return one total for each value of the field `by` and of `split_by`, in the order of their first calls."""
    sums: dict[tuple[str, str], Spend] = {}
    for call in calls:
        key = (_value(call, by), _value(call, split_by) if split_by else "")
        sums[key] = sums.get(key, Spend()) + Spend.of(call)
    return [Total(key, part, spend) for (key, part), spend in sums.items()]


def _value(call: Call, name: str) -> str:
    return _PRICE[name](call) if name in _PRICE else str(getattr(call, name))
