"""Why a model call failed, as people read it: what was tried, the usual causes, what to do.

Turns exceptions of the SDK and the network, HTTP errors and invalid replies into a `Failure`. Its text is shown as it
is: no traceback, no key (not even one that a server repeats). Called by `ModelClient` and the test of a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agents.chats import CallOutcome, CutBy
from agents.models.connections import NO_KEY, Endpoint, is_local_address
from agents.models.error_body import ErrorBody, read_error
from agents.models.retry_after import retry_after_s
from agents.specs.providers import LOCAL_SERVERS


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
    words: str = ""
    """The same at length, for what they tell."""
    status: int = 0
    """The HTTP status, also where the server said it in another way; 0: none."""
    fields: tuple[str, ...] = ()
    """The path of the request's field that the server refused, such as ("messages", "1", "name"); () for none said."""
    context_window: int | None = None
    """too_long: the tokens that the model reads at once, where the refusal named them."""
    is_filtered: bool = False
    """What the prompt says is not allowed."""


def call_errors() -> tuple[type[Exception], ...]:
    """Return what a call may raise: errors of the SDK and its HTTP library, and an unforeseen form of reply."""
    import httpx2  # only here: a process that calls no model never loads it
    import openai

    of_libraries = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)
    return *of_libraries, InvalidReplyError, OSError, LookupError, ValueError, TypeError, AttributeError


def failure_of_exception(error: Exception, endpoint: Endpoint, *, has_text: bool) -> Failure:
    """Return the failure for an exception; `has_text`: part of the reply had arrived."""
    import httpx2
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
    if isinstance(cause, (httpx2.TimeoutException, TimeoutError)):
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
    error = read_error(body, endpoint.api_key)
    return _failure_of_error(status, error, headers, endpoint)


def failure_of_error(body: Any, endpoint: Endpoint) -> Failure:
    """Return the failure for an error that came where a reply was expected: in a stream, or with status 200."""
    error = read_error(body, endpoint.api_key)
    return _failure_of_error(error.status, error, {}, endpoint)


def _failure_of_error(status: int, error: ErrorBody, headers: Mapping[str, str], endpoint: Endpoint) -> Failure:
    said = error.text
    quote = f' It said: "{said}"' if said else ""
    where, model = endpoint.address, endpoint.model
    asked_s = retry_after_s(headers)

    def failure(outcome: CallOutcome, text: str, *, is_passing: bool = False) -> Failure:
        return Failure(
            outcome,
            text + quote,
            is_passing,
            asked_s,
            server_text=said,
            words=error.words,
            status=status,
            fields=error.fields,
            context_window=error.context_window if outcome == "too_long" else None,
            is_filtered=error.is_filtered,
        )

    if error.is_wrong_address:
        return failure("not_found", _not_found(error, endpoint))
    if status == 413 or (error.is_too_long and status not in (408, 504)):
        text = f"What was sent is too long for {model} to read. Choose another model, one that reads more at once."
        return failure("too_long", text)
    if status in (401, 403):
        return failure("unauthorized", _unauthorized(status, endpoint))
    if status in (404, 405):
        return failure("not_found", _not_found(error, endpoint))
    if status == 402 or error.is_quota:
        text = f'The account behind connection "{endpoint.connection}" has no credit left, or reached its limit.'
        return failure("quota", f"{text} Waiting does not help: add credit at the provider, or choose another model.")
    if status == 429:
        text = f"{where} takes no more requests for {model} at the moment (too many in a short time)."
        text += f" It asks to wait {asked_s:g} s." if asked_s is not None else ""
        return failure("rate_limited", f"{text} Press Retry later.", is_passing=True)
    if status == 0 or status == 408 or status >= 500:
        how = f"failed with error {status}" if status else "reported an error"
        text = f"{where} {how} while answering for {model}; the fault is on its side."
        text += f" Press Retry{', or look at its log' if endpoint.is_local else ' later'}, or choose another model."
        return failure("server_error", text, is_passing=True)
    if 300 <= status < 400:
        text = f"{endpoint.base_url} sends on to another address (status {status}). Put that one under Connections."
        return failure("garbage", text)
    text = f"{where} refused the request for {model} (error {status}). {_refusal_cure(error)}"
    return failure("bad_request", text)


def _refusal_cure(error: ErrorBody) -> str:
    if error.is_filtered:
        return "Choose another model, or end the chat and word the task differently."
    return "Choose another model for this chat, or change the server's settings and press Retry."


def dropped(endpoint: Endpoint, *, has_text: bool) -> Failure:
    when = "in the middle of its reply" if has_text else "before it replied"
    text = f"{endpoint.address} closed the connection {when}."
    text += " It may have run out of memory or been restarted." if endpoint.is_local else ""
    return Failure("dropped", f"{text} Press Retry, or choose another model.", is_passing=not has_text)


def empty(cut_by: CutBy, n_reasoning: int, endpoint: Endpoint) -> Failure:
    """Return the failure for a reply without text or tool call; `n_reasoning`: tokens or words of thinking in it."""
    model = endpoint.model
    if cut_by == "filter":
        text = f"The content filter of {endpoint.address} held back the reply of {model}."
        return Failure("empty", f"{text} Choose another model, or end the chat and word the task differently.")
    if n_reasoning and cut_by == "length":
        text = f"{model} used all its {n_reasoning} tokens for thinking and had none left to reply."
        return Failure("empty", f"{text} Press Retry, or choose another model: one that thinks less or may write more.")
    if cut_by == "length":
        text = f"{model} reached its limit of tokens before it said anything."
        return Failure("empty", f"{text} Press Retry, or choose another model.")
    what = "thought, and then replied with nothing" if n_reasoning else "replied with nothing"
    return Failure("empty", f"{model} {what}. Press Retry, or choose another model.")


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
        return "The local model has ended. Press Retry: it is started again."
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


def _not_found(error: ErrorBody, endpoint: Endpoint) -> str:
    if not error.is_wrong_address and error.names_model(endpoint.model):
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
