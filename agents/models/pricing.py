"""What a model call costs: the person's own price, else nothing for a local model, else what OpenRouter says that it
charged, else the price list, else unknown.

Unknown stays unknown: no price is guessed from a model's name at an address the list does not know. The list is
genai-prices, data only, never downloaded at run time. `PROVIDER_BUCKETS` is the counterpart of
`agents.chats.usage.Usage` on the providers' side: the reply parser finds the counts by it, pricing the rates.
"""

import importlib.metadata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from agents.chats import Price, Usage
from agents.models.connections import Endpoint
from agents.models.names import is_paid_model, listed_names
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


MAX_COST_USD = 1_000_000
"""Of one call; a server that charges more says nothing."""

UNKNOWN = Price(cost_usd=None, source="unknown")
LOCAL = Price(cost_usd=0.0, source="local")
REHEARSED = Price(cost_usd=0.0, source="rehearsed")


def price_of(
    endpoint: Endpoint, usage: Usage | None, at: datetime, usage_raw: Mapping[str, Any] | None = None
) -> Price:
    """Return the price of one call with `usage` (None: the server did not count) made `at` that time. `usage_raw` is
    the server's own account, in which OpenRouter says what it charged."""
    if endpoint.price is not None:
        if usage is None:
            return UNKNOWN
        return Price(cost_usd=_own_cost_usd(endpoint.price, usage), source="own price")
    if is_free(endpoint):
        return LOCAL
    charged_usd = _charged_usd(usage_raw or {})
    if charged_usd is not None:
        return Price(cost_usd=charged_usd, source=_charged_by(endpoint))
    if usage is None:
        return UNKNOWN
    return _listed(endpoint, usage, at)


def is_free(endpoint: Endpoint) -> bool:
    """Return whether its tokens cost nothing: a person said so, or both the address and the model are of one's own. A
    paid model behind a local address is a gateway's, and what that charges is not known."""
    return endpoint.is_local and (endpoint.is_declared_local or not is_paid_model(endpoint.model))


def _charged_usd(usage_raw: Mapping[str, Any]) -> float | None:
    """Return what OpenRouter, or a gateway that passes on its account, says that it charged; None without that. With a
    key of the provider's own, the provider charges beside it."""
    details = usage_raw.get("cost_details")
    cost_usd = _amount(usage_raw.get("cost"))
    if cost_usd is None or not isinstance(details, dict):
        return None
    upstream_usd = _amount(details.get("upstream_inference_cost")) if usage_raw.get("is_byok") else None
    return cost_usd + (upstream_usd or 0.0)


def _amount(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < MAX_COST_USD else None


def _charged_by(endpoint: Endpoint) -> str:
    host = urlsplit(endpoint.base_url).hostname or ""
    return "OpenRouter" if host == "openrouter.ai" or host.endswith(".openrouter.ai") else f"stated by {host}"


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
    found = None
    for name in listed_names(endpoint.model):
        with suppress(LookupError, ValueError):
            found = genai_prices.calc_price(
                tokens, name, provider_api_url=endpoint.base_url, genai_request_timestamp=at
            )
            break
    if found is None:
        return UNKNOWN
    updated_at = found.auto_update_timestamp
    as_of = updated_at.date().isoformat() if updated_at else ""
    return Price(cost_usd=float(found.total_price), source=_list_name(), as_of=as_of)
