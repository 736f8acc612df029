"""How many tokens a server says that a call used, in buckets that exclude each other.

A pure function of the server's account. Called by `ModelClient` and by embedding models.
"""

from typing import Any

from agents.chats import BUCKETS, INPUT_BUCKETS, Usage
from agents.models.pricing import PROVIDER_BUCKETS

MAX_COUNT = 10**12
"""Tokens of one call; a server that counts more counts nothing."""


def parse_usage(raw: dict[str, Any], reasoning_share: float = 0.0) -> Usage | None:
    """Return the server's token counts in buckets that exclude each other; None when it counted nothing.

    `reasoning_share`: the part of the reply's text that was reasoning, for servers that do not count it apart.

    Each bucket is a part of the prompt or completion tokens at most servers. Where the total is larger than those,
    what was read from the cache or written to it (proxies of Anthropic), or else reasoning (xAI, Gemini's compatible
    endpoint), comes on top.
    """
    prompt, completion = _count(raw, "prompt_tokens"), _count(raw, "completion_tokens")
    if not prompt and not completion:
        return None
    parts = {
        name: next(filter(None, (_count(raw, path) for path in provider.found_at)), 0)
        for name, provider in PROVIDER_BUCKETS.items()
    }
    on_top = max(0, _count(raw, "total_tokens") - prompt - completion)
    if on_top and on_top == sum(parts[name] for name in INPUT_BUCKETS) and on_top != parts["reasoning"]:
        prompt += on_top
    elif on_top:
        completion, parts["reasoning"] = completion + on_top, on_top
    if reasoning_share and not parts["reasoning"]:
        parts["reasoning"] = round(completion * reasoning_share)
    rest = {"input": prompt, "output": completion}
    for name, bucket in BUCKETS.items():
        parts[name] = min(parts[name], rest[bucket.direction])
        rest[bucket.direction] -= parts[name]
    parts["input_uncached"], parts["output"] = rest["input"], rest["output"]
    return Usage(**parts)


def _count(raw: Any, path: str) -> int:
    """The number at `path`, such as "prompt_tokens_details.cached_tokens"; 0 when there is none that can be."""
    number = raw
    for name in path.split("."):
        number = number.get(name) if isinstance(number, dict) else None
    return int(number) if isinstance(number, (int, float)) and 0 < number < MAX_COUNT else 0
