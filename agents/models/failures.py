"""Why a model call failed, as people read it: what was tried, the usual causes, what to do.

Turns exceptions of the SDK and the network, HTTP errors and invalid replies into a `Failure`. Its text is shown as it
is: no traceback, no key (not even one that a server repeats). Called by `ModelClient` and the test of a connection.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agents.chats import CallOutcome
from agents.models.connections import NO_KEY, Endpoint, is_local_address
from agents.plain_text import shorten, valid
from agents.specs.providers import LOCAL_SERVERS

_KEY_LIKE = re.compile(r"\b(?:sk|pk|gsk|xai|rk)-[A-Za-z0-9_*.-]{6,}|\bAIza[A-Za-z0-9_-]{10,}")


class InvalidReplyError(Exception):
    """The reply does not have the form of this API; the text says what came instead."""


@dataclass(frozen=True)
class Failure:
    """Why a call has no reply."""

    outcome: CallOutcome
    text: str
    is_passing: bool = False
    """True when the same request may do better a moment later."""
    retry_after_s: float | None = None
    """How long the server asked to wait."""
    server_text: str = ""
    """The server's own words, redacted and shortened."""


def failure_of_exception(error: Exception, endpoint: Endpoint, *, has_text: bool) -> Failure:
    """Return the failure for an exception; `has_text`: part of the reply had arrived."""
    import httpx2  # only here: a process that calls no model never loads it
    import openai

    if isinstance(error, openai.APIStatusError):
        return failure_of_status(error.status_code, error.body, error.response.headers, endpoint)
    cause = error
    while isinstance(cause, openai.APIConnectionError) and isinstance(cause.__cause__, Exception):
        cause = cause.__cause__
    if isinstance(cause, InvalidReplyError):
        return Failure("garbage", _garbage(str(cause), endpoint))
    if isinstance(cause, httpx2.ConnectTimeout):
        text = f"{endpoint.address} could not be reached: no connection within {endpoint.connect_s:g} s."
        return Failure("refused", f"{text} {_unreachable_cure(endpoint)}", is_passing=not endpoint.is_local)
    if isinstance(cause, httpx2.TimeoutException):
        return _timeout(endpoint, has_text=has_text)
    if isinstance(cause, httpx2.ConnectError):
        return _refused(str(cause), endpoint)
    if isinstance(cause, httpx2.TransportError):
        return dropped(endpoint, has_text=has_text)
    if isinstance(cause, (httpx2.InvalidURL, UnicodeError)):
        return Failure("refused", f'The address "{endpoint.base_url}" cannot be used. Correct it under Connections.')
    text = f"The answer from {endpoint.address} could not be read ({type(cause).__name__})."
    return Failure("garbage", f"{text} Press Retry, or choose another model.")


def failure_of_status(status: int, body: Any, headers: Mapping[str, str], endpoint: Endpoint) -> Failure:
    """Return the failure for an HTTP status other than 2xx."""
    said = server_text(body, endpoint.api_key)
    code = _code(body)
    quote = f' It said: "{said}"' if said else ""
    where, model = endpoint.address, endpoint.model
    if status in (401, 403):
        return Failure("unauthorized", _unauthorized(status, endpoint) + quote, server_text=said)
    if status in (404, 405):
        return Failure("not_found", _not_found(code, said, endpoint) + quote, server_text=said)
    if status == 402 or (status == 429 and _is_quota(code, said)):
        text = f'The account behind connection "{endpoint.connection}" has no credit left, or reached its limit.'
        text += " Waiting does not help: add credit at the provider, or choose another connection."
        return Failure("quota", text + quote, server_text=said)
    if status == 429:
        asked_s = _retry_after_s(headers)
        text = f"{where} takes no more requests for {model} at the moment (too many in a short time)."
        text += f" It asks to wait {asked_s:g} s." if asked_s is not None else ""
        return Failure("rate_limited", f"{text} Press Retry later.{quote}", True, asked_s, said)
    if status == 408 or status >= 500:
        text = f"{where} failed with error {status} while answering for {model}; the fault is on its side."
        text += f" Press Retry{', or look at its log' if endpoint.is_local else ' later'}, or choose another model."
        return Failure("server_error", text + quote, True, _retry_after_s(headers), said)
    if _is_too_long(code, said):
        text = f"The chat has become too long for {model} to read. Choose a model with a larger context, or a limit"
        return Failure("bad_request", f"{text} on the number of rounds.{quote}", server_text=said)
    if 300 <= status < 400:
        text = f"{endpoint.base_url} sends on to another address (status {status}). Put that one under Connections."
        return Failure("garbage", text, server_text=said)
    text = f"{where} refused the request for {model} (error {status}). Correct the agent's parameters or the model."
    return Failure("bad_request", text + quote, server_text=said)


def failure_of_stream_error(error: Any, endpoint: Endpoint) -> Failure:
    """Return the failure for an error object inside a stream."""
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    status = int(code) if code.isdigit() and 400 <= int(code) < 600 else 500
    return failure_of_status(status, error, {}, endpoint)


def dropped(endpoint: Endpoint, *, has_text: bool) -> Failure:
    when = "in the middle of its reply" if has_text else "before it replied"
    text = f"{endpoint.address} closed the connection {when}."
    text += " It may have run out of memory or been restarted." if endpoint.is_local else ""
    return Failure("dropped", f"{text} Press Retry, or choose another model.", is_passing=not has_text)


def empty(finish_reason: str, n_reasoning: int, endpoint: Endpoint) -> Failure:
    """Return the failure for a reply without text or tool call."""
    model = endpoint.model
    if finish_reason == "content_filter":
        text = f"The content filter of {endpoint.address} held back the reply of {model}."
        return Failure("empty", f"{text} Word the task differently, or choose another model.")
    if n_reasoning and finish_reason == "length":
        text = f"{model} used all its {n_reasoning} tokens for thinking and had none left to reply."
        return Failure("empty", f"{text} Give the agent a higher max_tokens.")
    return Failure("empty", f"{model} replied with nothing. Press Retry, or choose another model.")


def redact(text: str, api_key: str) -> str:
    """`text` without the key, without anything that looks like one, and without invalid characters."""
    text = valid(text)
    if len(api_key) >= 4 and api_key != NO_KEY:
        text = text.replace(api_key, "[key]")
    return _KEY_LIKE.sub("[key]", text)


def server_text(body: Any, api_key: str) -> str:
    """Return the server's own message in an error body: one line of up to 300 characters, without keys; "" for none."""
    value = body
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(name):
            value = value[name]
    if isinstance(value, list) and value:
        value = value[0].get("msg", "") if isinstance(value[0], dict) else value[0]
    if not isinstance(value, str) or value.lstrip().startswith("<"):
        return ""
    return shorten(redact(" ".join(value.split()), api_key), 300)


def _code(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    value = body.get("code") or body.get("type") or (_code(inner) if isinstance(inner, dict) else "")
    return str(value or "")


def _is_quota(code: str, said: str) -> bool:
    return code == "insufficient_quota" or "quota" in said.lower() or "billing" in said.lower()


def _is_too_long(code: str, said: str) -> bool:
    if code in ("context_length_exceeded", "exceed_context_size_error"):
        return True
    return re.search(r"context (length|size|window)|maximum.*tokens|too long", said.lower()) is not None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers.get(name, "")) / per_second
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _timeout(endpoint: Endpoint, *, has_text: bool) -> Failure:
    what = "stopped in the middle of its reply: nothing came" if has_text else "gave no answer"
    text = f"{endpoint.model} at {endpoint.address} {what} within {endpoint.timeout_s:g} s."
    cure = " A local model may still be loading:" if endpoint.is_local and not has_text else ""
    return Failure("timeout", f"{text}{cure} Press Retry, allow more time under Connections, or choose another model.")


def _refused(cause: str, endpoint: Endpoint) -> Failure:
    lowered = cause.lower()
    host = urlsplit(endpoint.base_url).hostname or endpoint.base_url
    if "certificate" in lowered or "ssl" in lowered:
        text = f"{endpoint.address} has a certificate that this machine does not trust, or speaks plain http."
        return Failure("refused", f"{text} Check the address (http or https) under Connections.")
    if "name or service" in lowered or "nodename" in lowered or "name resolution" in lowered or "getaddr" in lowered:
        text = f'There is no machine named "{host}" to be found from here.'
        cure = "Check the address under Connections, and the network."
        return Failure("refused", f"{text} {cure}", is_passing=not endpoint.is_local)
    text = f"Nothing answers at {endpoint.address} (tried {endpoint.base_url}/chat/completions)."
    return Failure("refused", f"{text} {_unreachable_cure(endpoint)}", is_passing=not endpoint.is_local)


def _unreachable_cure(endpoint: Endpoint) -> str:
    if endpoint.kind == "embedded":
        return "The embedded model has ended. Press Retry: it is started again."
    if not is_local_address(endpoint.base_url):
        return "Check the network and the address under Connections, then press Retry."
    parts = urlsplit(endpoint.base_url)
    server = LOCAL_SERVERS.get(parts.port or 0)
    whose = f"{server.label} usually has this port; start it with {server.start}. " if server else ""
    known = ", ".join(f"{each.label} {port}" for port, each in LOCAL_SERVERS.items())
    causes = f"Usual causes: the server is not started, or has another port ({known})"
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        causes += ', or the studio runs in Docker, where the host is "host.docker.internal"'
    return f"{whose}{causes}."


def _unauthorized(status: int, endpoint: Endpoint) -> str:
    if status == 403:
        return (
            f'The key of connection "{endpoint.connection}" is not allowed to use {endpoint.model} at '
            f"{endpoint.address}. Choose another model, or a key with that right."
        )
    if endpoint.api_key == NO_KEY:
        return f'{endpoint.address} wants a key, and connection "{endpoint.connection}" has none. Save one.'
    return (
        f'{endpoint.address} does not accept the key of connection "{endpoint.connection}". '
        "Save a valid one under Connections, or correct the environment variable it comes from."
    )


def _not_found(code: str, said: str, endpoint: Endpoint) -> str:
    names_model = "model" in code or "model" in said.lower() or endpoint.model.lower() in said.lower()
    if names_model:
        pull = f' With Ollama, run "ollama pull {endpoint.model}" first.' if ":11434" in endpoint.address else ""
        text = f'{endpoint.address} has no model "{endpoint.model}".{pull}'
        return f"{text} Choose one that it lists (Test, under Connections)."
    text = f"{endpoint.address} knows no such address: {endpoint.base_url}/chat/completions."
    if not urlsplit(endpoint.base_url).path.strip("/"):
        return f'{text} The "/v1" at its end is missing: use {endpoint.base_url}/v1.'
    return f'{text} Most servers want "/v1" at the end. If that is right, the model "{endpoint.model}" may be unknown.'


def _garbage(what: str, endpoint: Endpoint) -> str:
    text = f"{endpoint.address} answered with {what} where a model's reply was expected."
    if "web page" in what:
        path = urlsplit(endpoint.base_url).path.strip("/")
        cause = "a proxy or login page stands in between" if path else 'the "/v1" at its end is missing'
        return f"{text} The address is probably not the API's: {cause}. Correct it under Connections."
    return f"{text} Press Retry; if it happens again, the server does not speak this API properly."
