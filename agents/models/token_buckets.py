"""Where servers report each bucket of tokens, and what it is called in prices.

The counterpart of `agents.chats.usage.Usage` on the providers' side: the reply parser finds the counts by this table,
pricing the rates.
"""

from dataclasses import dataclass


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
