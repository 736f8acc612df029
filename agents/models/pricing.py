"""What a model call costs: the person's own price, else nothing for a local model, else the price list, else unknown.

Unknown stays unknown: no price is guessed from a model's name at an address the list does not know. The list is
genai-prices, data only, never downloaded at run time. Called by `ModelClient`.
"""

import importlib.metadata
from datetime import datetime
from functools import cache

from agents.chats import Price, Usage
from agents.models.connections import Endpoint
from agents.specs import OwnPrice

PRICE_LIST_DATES = {"0.2.3": "2026-11-04"}
"""Version of genai-prices -> the newest day that its data speaks of as past. The package itself states no date."""

UNKNOWN = Price(cost_usd=None, source="unknown")
LOCAL = Price(cost_usd=0.0, source="local")
REHEARSED = Price(cost_usd=0.0, source="rehearsed")


@cache
def price_list_date() -> str:
    """ISO date of the installed price list, "" when it is a version whose date nobody has looked up."""
    return PRICE_LIST_DATES.get(importlib.metadata.version("genai-prices"), "")


def price_of(endpoint: Endpoint, usage: Usage | None, at: datetime) -> Price:
    """The price of one call with `usage` (None: the server did not count) made `at` that time."""
    if endpoint.price is not None:
        if usage is None:
            return UNKNOWN
        return Price(cost_usd=_own_cost_usd(endpoint.price, usage), source="own price")
    if endpoint.is_local:
        return LOCAL
    if usage is None:
        return UNKNOWN
    return _listed(endpoint, usage, at)


def _own_cost_usd(price: OwnPrice, usage: Usage) -> float:
    cached_price = price.cached_input_usd_per_mtok
    cached_price = price.input_usd_per_mtok if cached_price is None else cached_price
    dollars = usage.input_uncached * price.input_usd_per_mtok + usage.input_cached * cached_price
    return (dollars + (usage.output + usage.reasoning) * price.output_usd_per_mtok) / 1_000_000


def _listed(endpoint: Endpoint, usage: Usage, at: datetime) -> Price:
    import genai_prices  # its data takes 0.2 s to load

    tokens = genai_prices.Usage(
        input_tokens=usage.input_uncached + usage.input_cached,
        cache_read_tokens=usage.input_cached,
        output_tokens=usage.output + usage.reasoning,
    )
    try:
        found = genai_prices.calc_price(
            tokens, endpoint.model, provider_api_url=endpoint.base_url, genai_request_timestamp=at
        )
    except (LookupError, ValueError):
        return UNKNOWN
    return Price(cost_usd=float(found.total_price), source="genai-prices", as_of=price_list_date())
