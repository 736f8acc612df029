"""The connections that the environment describes: one for each provider whose variables are set, and one for each entry
of AutoGen's OAI_CONFIG_LIST, a variable or a file in the current folder.

Reads variables and that file, and stores nothing: keys stay where they are. What cannot be used is told, by the name of
the connection that it would have been. Called by `agents.models.connections`.
"""

import errno
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from agents.specs import ConnectionSpec
from agents.specs.connection import MAX_FALLBACKS
from agents.specs.providers import (
    AZURE_VERSION_VARIABLES,
    FOUND_FIRST,
    OPENAI_URL,
    PROVIDERS,
    Provider,
    provider,
)
from agents.specs.validation import spec_error

CONFIG_LIST = "OAI_CONFIG_LIST"
MAX_CONFIG_CHARS = 1_000_000
MAX_ENTRIES = 50
AZURE_API_VERSION = "2024-10-21"
"""Sent when no variable names another one."""


@dataclass(frozen=True)
class Environment:
    """What the environment describes."""

    specs: dict[str, ConnectionSpec]
    """By name, in the order in which they would be the default."""
    keys: dict[str, str] = field(repr=False)
    """Keys that stand in OAI_CONFIG_LIST; the others are in the variable that the connection names."""
    problems: dict[str, str]
    """Name of a connection that cannot be made -> which variable is wrong, and what to do."""

    def default(self) -> str:
        """Return the name of the first one that can be called; "" for none. "openai" counts in any case: a call then
        says what it lacks."""
        if "openai" in self.problems:
            return "openai"
        return next((name for name, spec in self.specs.items() if spec.model or name == "openai"), "")


def environment(environ: Mapping[str, str]) -> Environment:
    """Return the connections that `environ` describes."""
    found = Environment({}, {}, {})
    for name in FOUND_FIRST:
        _add_provider(found, provider(name), environ)
    _add_config_list(found, environ)
    return found


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the name of the first variable that is set; "" when none is."""
    return next((name for name in names if environ.get(name, "").strip()), "")


def _value(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return environ.get(_first(environ, names), "").strip()


def _add_provider(found: Environment, each: Provider, environ: Mapping[str, str]) -> None:
    key, address = _first(environ, each.key_variables), _first(environ, each.address_variables)
    if not key and not address:
        return
    if each.kind == "azure" and not address:
        found.problems[each.name] = (
            f"{key} is set, and {each.address_variables[0]} is not. Set it to your resource's address, such as "
            f'"{each.base_url}", and start the studio again, or unset the key.'
        )
        return
    base_url = environ.get(address, "").strip()
    fields: dict[str, Any] = {
        "name": each.name,
        "kind": each.kind,
        "base_url": _ollama_url(base_url) if each.name == "ollama" else base_url or _own_url(each),
        "model": _value(environ, each.model_variables),
        "api_key_env": key or (each.key_variables[0] if each.key_variables else ""),
    }
    if each.kind == "azure":
        fields["api_version"] = _value(environ, AZURE_VERSION_VARIABLES) or AZURE_API_VERSION
    if not address and not fields["model"]:
        fields["model"] = each.default_model if each.name != "openai" else ""
    try:
        found.specs[each.name] = ConnectionSpec(**fields)
    except ValidationError as error:
        [(wrong, text), *_] = spec_error("The environment's connection", error).problems
        variables = {"base_url": address, "model": _first(environ, each.model_variables)}
        found.problems[each.name] = (
            f"The environment variable {variables.get(wrong) or key or address} cannot be used. {text} Correct or "
            "unset it and start the studio again, or choose another connection."
        )


def _own_url(each: Provider) -> str:
    return "" if each.base_url == OPENAI_URL else each.base_url


def _ollama_url(host: str) -> str:
    """Return the address of the server that OLLAMA_HOST names: a host, a host and port, or a URL. What a server listens
    on everywhere is reached on this machine."""
    scheme, separator, rest = host.rpartition("://")
    rest, _, path = rest.strip().rstrip("/").partition("/")
    try:
        parts = urlsplit(f"//{rest}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return host
    if "@" in rest:
        return host
    name = "127.0.0.1" if name in ("", "0.0.0.0", "::") else f"[{name}]" if ":" in name else name
    default = {"": 11434, "http": 80, "https": 443}.get(scheme if separator else "", 11434)
    base = f"{scheme or 'http'}://{name}:{port or default}" + (f"/{path}" if path else "")
    return base if base.endswith("/v1") else f"{base}/v1"


# -- AutoGen's list


def _add_config_list(found: Environment, environ: Mapping[str, str]) -> None:
    try:
        entries = _config_list(environ)
    except ValueError as error:
        found.problems["oai-config-list"] = (
            f"{CONFIG_LIST} cannot be used: {error}. Correct it, or unset the variable or move the file away, and "
            "start the studio again."
        )
        return
    made: list[str] = []
    for position, entry in enumerate(entries, start=1):
        try:
            spec = _entry_spec(entry, _entry_name(entry, position, found))
        except ValueError as error:
            found.problems[f"oai-config-list-{position}"] = (
                f"Entry {position} of {CONFIG_LIST} cannot be used. {error} Correct it and start the studio again."
            )
            continue
        found.specs[spec.name] = spec
        made.append(spec.name)
        key = entry.get("api_key")
        if isinstance(key, str) and key.strip():
            found.keys[spec.name] = key.strip()
    for position, name in enumerate(made):  # AutoGen tries the entries one after the other
        found.specs[name] = found.specs[name].model_copy(update={"fallbacks": made[position + 1 :][:MAX_FALLBACKS]})


def _config_list(environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the entries; none when there is neither variable nor file. ValueError when it is unreadable: its text
    never holds a part of it, which may be a key."""
    text = environ.get(CONFIG_LIST, "").strip()
    if not text.startswith(("[", "{")):
        text = _config_file(text)
        if not text:
            return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"it is not readable as JSON{line}") from None
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError("it is no list of entries in braces")
    return value[:MAX_ENTRIES]


def _config_file(path: str) -> str:
    """Return what the file at `path` holds, or the one in the current folder when empty; "" when that is not there.
    ValueError as above: what is no path may be entries with their keys, and errors of files repeat it."""
    file = Path(path or CONFIG_LIST)
    try:
        if not file.is_file():
            if not path:
                return ""
            raise ValueError("it is neither JSON nor the path of a file")
        if file.stat().st_size > MAX_CONFIG_CHARS:
            raise ValueError("the file is too large")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("the file is no text") from None
    except OSError as error:
        is_path = error.errno != errno.ENAMETOOLONG
        why = "the file cannot be read" if is_path else "it is neither JSON nor the path of a file"
        raise ValueError(why) from None


def _entry_name(entry: dict[str, Any], position: int, found: Environment) -> str:
    """Return the model as a connection's name that no other one has."""
    slug = re.sub(r"[^a-z0-9._-]+", "-", str(entry.get("model") or "").lower()).strip("-._")[:36] or f"entry-{position}"
    taken = {*found.specs, *(each.name for each in PROVIDERS), "default", "embedded", "rehearsed"}
    names = (slug, *(f"{slug}-{n}" for n in range(2, MAX_ENTRIES + 20)))
    return next(name for name in names if name not in taken)


def _entry_spec(entry: dict[str, Any], name: str) -> ConnectionSpec:
    """Return the entry as a connection; ValueError says in words why it cannot be one."""
    api_type = str(entry.get("api_type") or "openai").lower().replace("open_ai", "openai")
    known = next((each for each in PROVIDERS if each.api_type == api_type), None)
    base_url = str(entry.get("base_url") or entry.get("api_base") or "").strip()
    if known is None and not base_url:
        raise ValueError(f"The studio knows no address for the api_type {api_type[:40]!r}; give a base_url.")
    if not entry.get("model"):
        raise ValueError("It names no model.")
    if known is not None and known.name == "ollama":
        base_url = _ollama_url(str(entry.get("client_host") or base_url or ""))
    is_azure = api_type == "azure"
    fields: dict[str, Any] = {
        "name": name,
        "kind": "azure" if is_azure else "openai",
        "base_url": base_url or (_own_url(known) if known and not is_azure else ""),
        "model": str(entry["model"]).strip(),
        "api_version": str(entry.get("api_version") or AZURE_API_VERSION) if is_azure else "",
        "price": _entry_price(entry.get("price")),
    }
    if not entry.get("api_key") and not base_url and known is not None and known.key_variables:
        fields["api_key_env"] = known.key_variables[0]
    try:
        return ConnectionSpec(**fields)
    except ValidationError as error:
        [(wrong, text), *_] = spec_error("The entry", error).problems
        raise ValueError(f"{wrong}: {text}" if wrong else text) from None


def _entry_price(price: Any) -> dict[str, float] | None:
    """Return [prompt, completion], dollars a thousand tokens, as dollars a million; None for what is no such list."""
    if not isinstance(price, list) or len(price) != 2 or not all(isinstance(rate, (int, float)) for rate in price):
        return None
    return {"input_usd_per_mtok": price[0] * 1_000, "output_usd_per_mtok": price[1] * 1_000}
