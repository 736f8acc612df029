"""How many tokens a model reads at once: what a refusal said, what a person set, what the server tells, or a table.

The table is that of genai-prices. A server on this machine is asked in its own words too: it often serves a smaller
window than the model has. Answers are kept in memory; what a refusal named is part of the dialect. Called by
`ModelClient`.
"""

import re
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from agents.models.connections import Endpoint
from agents.models.names import listed_names
from agents.models.transport import Transport

ASK_AGAIN_S = 600.0
"""When a server that told nothing is asked the next time."""
OLLAMA_WINDOW = 4_096
"""What Ollama serves where neither the model nor the loaded copy of it says more; it cuts longer prompts silently."""
WINDOW = "window:"
"""Begins the name of a quirk that says how many tokens the model reads at once: "window:4096"."""
MOST_TOKENS = 100_000_000
FIELDS = ("loaded_context_length", "context_length", "max_model_len", "context_window", "max_context_length")
"""Where lists of models have it: LM Studio; OpenRouter, Together and others; vLLM; Groq; Mistral."""

_NUMBER = r"(\d[\d,]*)"
_NAMED = [
    re.compile(pattern)
    for pattern in (
        rf"maximum (?:context|prompt|input|model) length (?:is|of) {_NUMBER}",
        rf"{_NUMBER} maximum context length",
        rf"context (?:length|size|window) of (?:only )?{_NUMBER}",
        rf"context (?:length|size|window) \({_NUMBER}",
        rf"context (?:length|size|window) (?:is|limit:?) {_NUMBER}",
        rf"maximum number of tokens allowed \({_NUMBER}",
        rf"> {_NUMBER} maximum",
        rf"configured limit of {_NUMBER} tokens",
        rf"must be <= {_NUMBER}",
        rf"request too large.* \(tpm\): limit {_NUMBER}",
    )
]


def named_window(said: str, layers: Iterable[dict[str, Any]] = ()) -> int | None:
    """Return the window that a refusal of a long prompt names: in a field of its `layers`, or in its words."""
    if told := next((n for layer in layers if (n := _tokens(layer.get("n_ctx")))), None):
        return told
    lowered = said.lower()
    found = (match for pattern in _NAMED if (match := pattern.search(lowered)))
    return next((n for match in found if (n := _tokens(match[1].replace(",", "")))), None)


def window_in(quirk: str) -> int | None:
    """Return the window that a quirk of a dialect tells; None for one that tells none."""
    return _tokens(quirk.removeprefix(WINDOW)) if quirk.startswith(WINDOW) else None


class ContextWindows:
    """The windows of models. Safe to use from many threads: entries only grow or are replaced whole.

    What refusals named is part of a model's dialect (name of the quirk -> the server's words), which is kept elsewhere
    and given."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._told: dict[tuple[str, str], tuple[float, int | None]] = {}

    def known(self, endpoint: Endpoint, dialect: Iterable[str]) -> int | None:
        """Return the window as far as it is known without asking the server; None: it is not."""
        refused = [window_in(quirk) for quirk in dialect]
        own = endpoint.context_window or self._told.get(_key(endpoint), (0.0, None))[1]
        if own is None and not any(refused) and not endpoint.is_local:
            own = listed_window(endpoint)
        return min((window for window in (own, *refused) if window), default=None)

    def asked(self, endpoint: Endpoint, dialect: Iterable[str]) -> int | None:
        """Return the window; ask the server, and look into the table, when it is not known. Never raises."""
        known = [endpoint.context_window, *map(window_in, dialect)]
        asked_at, window = self._told.get(_key(endpoint), (None, None))
        is_due = window is None and (asked_at is None or time.monotonic() - asked_at > ASK_AGAIN_S)
        if is_due and not any(known):
            window = self._server_window(endpoint) or listed_window(endpoint)
            self._told[_key(endpoint)] = (time.monotonic(), window)
        return self.known(endpoint, dialect)

    def _server_window(self, endpoint: Endpoint) -> int | None:
        if endpoint.kind != "openai":
            return None
        listed = self._transport.answer(endpoint, "GET", f"{endpoint.base_url}/models")
        window = _in_list(listed, endpoint.model)
        if window is None and endpoint.is_local:
            window = next((n for n in self._local_windows(endpoint) if n), None)
        return window

    def _local_windows(self, endpoint: Endpoint) -> Iterator[int | None]:
        """Yield what llama.cpp, LM Studio and Ollama tell beside the list of models."""
        parts = urlsplit(endpoint.base_url)
        root = f"{parts.scheme}://{parts.netloc}"
        properties = self._transport.answer(endpoint, "GET", f"{root}/props")
        yield _tokens(_at(properties, "default_generation_settings", "n_ctx"))
        yield _in_list(self._transport.answer(endpoint, "GET", f"{root}/api/v0/models"), endpoint.model)
        yield _in_list(self._transport.answer(endpoint, "GET", f"{root}/api/ps"), endpoint.model)
        shown = self._transport.answer(endpoint, "POST", f"{root}/api/show", {"model": endpoint.model})
        if isinstance(shown, dict) and "model_info" in shown:
            parameter = re.search(r"^num_ctx\s+(\d+)", str(shown.get("parameters") or ""), re.MULTILINE)
            yield _tokens(parameter[1]) if parameter else OLLAMA_WINDOW


def listed_window(endpoint: Endpoint) -> int | None:
    """Return the window that the table has for the model, whoever serves it; None for a model that it does not know."""
    from genai_prices import data_snapshot  # its data takes 0.2 s to load

    table = data_snapshot.get_snapshot()
    for name in listed_names(endpoint.model):
        for address in (endpoint.base_url, None):
            try:
                _, model = table.find_provider_model(name, None, None, address)
            except (LookupError, ValueError):
                continue
            if model.context_window:
                return int(model.context_window)
    return None


def _key(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.base_url, endpoint.model


def _tokens(value: Any) -> int | None:
    """Return a number of tokens that a server or a text gave; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    if not text.isdecimal() or len(text) > 9:
        return None
    return int(text) if 0 < int(text) <= MOST_TOKENS else None


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _in_list(listed: Any, model: str) -> int | None:
    """Return the window of `model` in a list of models (`data`, or Ollama's `models`); None when it has none there."""
    entries = _at(listed, "data") or _at(listed, "models")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and model in (entry.get("id"), entry.get("name"), entry.get("model")):
            return next((n for field in FIELDS if (n := _tokens(entry.get(field)))), None)
    return None
