"""Which models see: by what a person set for their connection, by what they refused, else by their name. Pure."""

import re

SEEING = re.compile(
    r"gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-[5-9]|\bo1(?!-mini|-preview)|\bo3(?!-mini)|\bo4|claude-(?:3|opus|sonnet|haiku|[4-9])"
    r"|gemini|pixtral|mistral-(?:small-3|small-2[5-9]|medium-[3-9]|medium-2[5-9]|large-3)|llava|moondream|minicpm-v|internvl"
    r"|qwen[\d.]*-?(?:vl|omni)|gemma-?[34](?!.*\b(?:1b|270m))|llama-?4|vision|grok-[4-9]|phi-4-multimodal|glm-[\d.]+v"
    r"|kimi-vl|nova-(?:lite|pro|premier)|molmo",
)
"""Names of models that take pictures, in small letters."""


def sees_by_name(model: str) -> bool:
    """Return whether a model of that name is known to take pictures."""
    return SEEING.search(model.lower()) is not None
