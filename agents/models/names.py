"""What a model's name tells: whether it chats, and whether only providers who charge have it. Pure functions."""

import re

_NO_CHAT = re.compile(r"embed|rerank|whisper|(?:^|[-_/])(?:tts|bge|clip|dall-e|moderation|imagen|veo)(?:[-_:/.]|$)")
_PAID = re.compile(
    r"(?:^|[/:.])(?:gpt-?[345]|chatgpt|o[134](?:-|$)|claude|gemini|grok|sonar|nova-|text-embedding-3)"
    r"|^(?:azure|azure_ai|bedrock|vertex_ai|anthropic|openrouter|gemini|groq|together_ai|fireworks_ai|xai|cohere"
    r"|perplexity|replicate)/|[-:]cloud$"
)
"""Models, and prefixes of gateways, that only providers who charge have."""
_VARIANT = re.compile(r":(?:nitro|floor|exacto|extended|thinking|beta)$")
"""What OpenRouter appends to a model's name for another way to the same model."""


def is_paid_model(model: str) -> bool:
    """Return whether only providers who charge for it have that model."""
    return _PAID.search(model.strip().lower()) is not None


def chat_models(models: list[str]) -> list[str]:
    """Return those that chat, as far as their names tell: not those that embed, rank, hear or speak."""
    return [model for model in models if not _NO_CHAT.search(model.lower())]


def listed_names(model: str) -> list[str]:
    """Return the names under which a price list may have `model`, the most exact first: as it is, without what a server
    or a person adds, without the provider's prefix. ":free" is a model of its own."""
    plain = re.sub(r"\s+", "-", model.strip())
    plain = plain.removeprefix("models/")
    bare = _VARIANT.sub("", plain)
    return [*dict.fromkeys([model, plain, bare, bare.rpartition("/")[2]])]
