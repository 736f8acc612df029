"""Which models see: by what a person set for their connection, by what they refused, else by their name. Pure."""

import re
from typing import Any

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


def sees_by_list(listed: Any, model: str) -> bool:
    """Return whether a server's list of models says that `model` takes pictures, as those of OpenRouter, Mistral,
    LM Studio and llama.cpp do."""
    entries = [*_objects(listed, "data"), *_objects(listed, "models")]
    return any(_sees(each) for each in entries if model in (each.get("id"), each.get("name"), each.get("model")))


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _sees(entry: dict[str, Any]) -> bool:
    architecture, capabilities = entry.get("architecture"), entry.get("capabilities")
    inputs = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    can = [name for name, has in capabilities.items() if has] if isinstance(capabilities, dict) else capabilities
    told = [*(inputs if isinstance(inputs, list) else []), *(can if isinstance(can, list) else []), entry.get("type")]
    return any(word in ("image", "vision", "multimodal", "vlm") for word in told)
