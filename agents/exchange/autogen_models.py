"""What an AutoGen script says of models: settings that a team keeps, and connections, which are only told.

A script's keys and addresses are never taken over: which models a studio reaches is its administrator's.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from agents.exchange.script_values import Made, Partial, is_scalar
from agents.plain_text import may_hold_key, one_line
from agents.specs.team_validation import OWN_PARAMETERS

KEPT = (
    "top_p", "max_tokens", "max_completion_tokens", "seed", "frequency_penalty", "presence_penalty", "stop",
    "reasoning_effort", "parallel_tool_calls",
)  # fmt: skip
"""Settings of a model call that are sent as they are."""
_CONNECTION = (
    "model", "api_key", "base_url", "api_base", "api_type", "api_version", "organization", "tags", "azure_ad_token",
    "default_headers", "azure_endpoint", "azure_deployment", "price",
)  # fmt: skip
_ELSEWHERE = ("config_list", "temperature", "functions", "tools", "model", *_CONNECTION)
MAX_NAMED = 4


@dataclass
class ModelSettings:
    """What one agent's settings say."""

    temperature: float | None = None
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    """Names of the models that it asks for."""
    source: str = ""
    """Where the script reads its models from, in words; "" when it names them."""
    has_key: bool = False
    """Whether the script itself holds a key."""
    addresses: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Names of settings that are not carried."""
    tools: list[str] = field(default_factory=list)
    """Names of the functions that its model is offered."""
    n_unknown_tools: int = 0
    """Functions that its model is offered under names that are only known once the script runs."""


def is_given(value: Any) -> bool:
    """Whether the value of `llm_config` lets a model speak."""
    return value is not False and value is not None


def model_settings(value: Any) -> ModelSettings:
    """Return what the value of `llm_config` says."""
    found = ModelSettings()
    for fields in _parts(value):
        _take(fields, found)
    return found


def _parts(value: Any) -> list[dict[Any, Any]]:
    """Return the mappings that hold settings."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, Made):
        return []
    fields: dict[Any, Any] = {**value.kwargs, **value.fields}
    first = value.args[0] if value.args else None
    if isinstance(first, list):  # LLMConfig([...])
        fields.setdefault("config_list", first)
    inner = [each for each in value.args if isinstance(each, dict)]
    if value.name == "LLMConfig":
        return [*inner, fields]
    return [{"config_list": value}]


def _take(fields: dict[Any, Any], found: ModelSettings) -> None:
    temperature = fields.get("temperature")
    if isinstance(temperature, int | float) and not isinstance(temperature, bool) and 0 <= temperature <= 2:
        found.temperature = float(temperature)
    for name in KEPT:
        value = fields.get(name)
        if name in fields and is_scalar(value) and value is not None and name not in OWN_PARAMETERS:
            found.parameters[name] = value
    names = [name for name in fields if isinstance(name, str) and name not in (*KEPT, *_ELSEWHERE)]
    found.lost += [name for name in names if name not in found.lost]
    if "config_list" in fields:
        _take_list(fields["config_list"], found)
    _take_connection(fields, found)
    for kind in ("functions", "tools"):
        given = fields.get(kind)
        names = _offered(given)
        found.tools += names
        found.n_unknown_tools += max(0, len(given) - len(names)) if isinstance(given, list) else int(given is not None)


def _take_list(value: Any, found: ModelSettings) -> None:
    if isinstance(value, list):
        for each in value[:50]:
            if isinstance(each, dict):
                _take_connection(each, found)
        return
    if isinstance(value, Made):
        found.source = _read_from(value)


def _read_from(made: Made) -> str:
    """Say where a script reads its models from, and by which filter."""
    is_filter = made.name == "where" and isinstance(made.owner, Made)
    source = _read_from(made.owner) if is_filter else _source(made)
    wanted = made.kwargs if is_filter else made.value("filter_dict", 2)
    parts = []
    for name, values in wanted.items() if isinstance(wanted, dict) else ():
        listed = values if isinstance(values, list) else [values]
        texts = [one_line(str(each), 40) for each in listed[:MAX_NAMED] if each and is_scalar(each)]
        if texts:
            parts.append(f"{one_line(str(name), 40)} {' or '.join(texts)}")
    return f"{source}, only {' and '.join(parts[:MAX_NAMED])}" if parts else source


def _source(made: Made) -> str:
    file = made.value("env_or_file", 0, made.value("path", 0))
    return f"“{one_line(file, 60)}”" if isinstance(file, str) else "outside of the script"


def _take_connection(fields: dict[Any, Any], found: ModelSettings) -> None:
    model = fields.get("model")
    if isinstance(model, str) and not isinstance(model, Partial) and model not in found.models:
        found.models.append(one_line(model, 60))
    key = fields.get("api_key")
    found.has_key = found.has_key or (isinstance(key, str) and may_hold_key(key))
    address = fields.get("base_url", fields.get("api_base"))
    if isinstance(address, str) and not isinstance(address, Partial) and address not in found.addresses:
        found.addresses.append(one_line(address.partition("?")[0].rpartition("@")[2], 80))


def _offered(value: Any) -> list[str]:
    """Return the names of functions that are described for a model."""
    names = []
    for each in value if isinstance(value, list) else []:
        inner = each.get("function", each) if isinstance(each, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        if isinstance(name, str):
            names.append(name)
    return names


def connection_sentence(found: list[ModelSettings]) -> str:
    """Say what the script asks for, and what the team uses instead; "" when it asks for nothing."""
    models = list(dict.fromkeys(model for each in found for model in each.models))
    sources = list(dict.fromkeys(each.source for each in found if each.source))
    addresses = list(dict.fromkeys(address for each in found for address in each.addresses))
    said = []
    if models:
        said.append(f"names the {'models' if len(models) > 1 else 'model'} {', '.join(models[:MAX_NAMED])}")
    if addresses:
        said.append(f"has the address {', '.join(addresses[:MAX_NAMED])}")
    if sources:
        said.append(f"reads its models from {' and '.join(sources[:MAX_NAMED])}")
    if not said:
        return ""
    keys = " Keys in the script were not taken over." if any(each.has_key for each in found) else ""
    return (
        f"The script {' and '.join(said)}. The team uses your default connection; choose another in the editor.{keys}"
    )
