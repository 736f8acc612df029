"""What a model call costs: the person's own price, else nothing for a local model, else the price list, else unknown.

Unknown stays unknown: no price is guessed from a model's name at an address the list does not know. The list is
genai-prices, data only, never downloaded at run time. `PROVIDER_BUCKETS` is the counterpart of
`agents.chats.usage.Usage` on the providers' side: the reply parser finds the counts by it, pricing the rates.
"""

import importlib.metadata
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

from agents.chats import Price, Usage
from agents.models.connections import Endpoint
from agents.specs import OwnPrice


@dataclass(frozen=True)
class ProviderBucket:
    """How providers name one bucket."""

    found_at: tuple[str, ...] = ()
    """Paths in the `usage` of a reply, such as "prompt_tokens_details.cached_tokens"; the first that counts anything
    holds. None for what is left of the prompt or completion tokens."""
    listed_as: str = ""
    """Its unit in genai-prices; "" when it is priced as other input or output tokens are."""
    own_rate: str = ""
    """Its field in `OwnPrice`."""


PROVIDER_BUCKETS = {
    "input_uncached": ProviderBucket(own_rate="input_usd_per_mtok"),
    "input_cached": ProviderBucket(
        found_at=("prompt_tokens_details.cached_tokens", "prompt_cache_hit_tokens"),
        listed_as="cache_read_tokens",
        own_rate="cached_input_usd_per_mtok",
    ),
    "cache_write": ProviderBucket(
        found_at=(
            "prompt_tokens_details.cache_write_tokens",
            "prompt_tokens_details.cache_creation_tokens",
            "cache_creation_input_tokens",
        ),
        listed_as="cache_write_tokens",
        own_rate="cache_write_usd_per_mtok",
    ),
    "output": ProviderBucket(own_rate="output_usd_per_mtok"),
    "reasoning": ProviderBucket(
        found_at=("completion_tokens_details.reasoning_tokens",), own_rate="output_usd_per_mtok"
    ),
}
"""Every field of `Usage`."""


UNKNOWN = Price(cost_usd=None, source="unknown")
LOCAL = Price(cost_usd=0.0, source="local")
REHEARSED = Price(cost_usd=0.0, source="rehearsed")


def price_of(endpoint: Endpoint, usage: Usage | None, at: datetime) -> Price:
    """Return the price of one call with `usage` (None: the server did not count) made `at` that time."""
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
    dollars: float = sum(
        n_tokens * price.rate(PROVIDER_BUCKETS[name].own_rate) for name, n_tokens in asdict(usage).items()
    )
    return dollars / 1_000_000


@cache
def _list_name() -> str:
    """The list and its version: the list itself states no date."""
    return f"genai-prices {importlib.metadata.version('genai-prices')}"


def _listed(endpoint: Endpoint, usage: Usage, at: datetime) -> Price:
    import genai_prices  # its data takes 0.2 s to load

    units = {bucket.listed_as: getattr(usage, name) for name, bucket in PROVIDER_BUCKETS.items() if bucket.listed_as}
    tokens = genai_prices.Usage(input_tokens=usage.n_input, output_tokens=usage.n_output, **units)
    try:
        found = genai_prices.calc_price(
            tokens, endpoint.model, provider_api_url=endpoint.base_url, genai_request_timestamp=at
        )
    except (LookupError, ValueError):
        return UNKNOWN
    updated_at = found.auto_update_timestamp
    as_of = updated_at.date().isoformat() if updated_at else ""
    return Price(cost_usd=float(found.total_price), source=_list_name(), as_of=as_of)
