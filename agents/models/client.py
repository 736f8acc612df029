"""One model call, from messages to a `Call`: streamed, retried where that helps, counted, priced, explained.

`ModelClient.call` alone calls models. It never raises for what a model, a server or the network does: the call's
`outcome` and `error` say it. Knows no chat and no log. Called by the engine.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.chats import Call, Purpose, sha256_of
from agents.errors import StudioError
from agents.models.compatibility import Compatibility
from agents.models.connections import EMBEDDED_CONTEXT, Connections, Embedded, Endpoint, resolve, spec_of
from agents.models.embedded import EmbeddedServer
from agents.models.failures import (
    Failure,
    InvalidReplyError,
    dropped,
    empty,
    failure_of_exception,
    failure_of_stream_error,
)
from agents.models.pricing import UNKNOWN, price_of
from agents.models.prompts import fit_messages, sendable
from agents.models.rehearsed import play
from agents.models.reply_parser import ReplyParser, parse_usage
from agents.models.retry import retry_pause_s, tries_text
from agents.models.transport import Transport
from agents.specs import ConnectionSpec

EMBEDDED_PARAMETERS = {"max_tokens": 256, "temperature": 0.2, "top_p": 0.9, "repeat_penalty": 1.1}
"""With these the small model ends its replies; an agent's own parameters go before them."""


@dataclass
class _Request:
    """What is sent for one call, and what was changed in it."""

    messages: list[dict[str, Any]]
    body: dict[str, Any] = field(default_factory=dict)
    n_sent: int = 0
    n_left_out: int = 0
    n_cut: int = 0
    dropped_parameters: set[str] = field(default_factory=set)

    def notes(self) -> dict[str, Any]:
        """Return what `usage_raw` tells beside the server's own counts."""
        notes: dict[str, Any] = {"tries": self.n_sent} if self.n_sent > 1 else {}
        if self.n_left_out:
            notes["messages_left_out"] = self.n_left_out
        if self.n_cut:
            notes["messages_cut"] = self.n_cut
        if self.dropped_parameters:
            notes["parameters_left_out"] = sorted(self.dropped_parameters)
        return {"studio": notes} if notes else {}


class ModelClient:
    """Calls models by connection name. Made once in a process; safe to use from many threads at once."""

    def __init__(
        self, connections: Connections, *, environ: Mapping[str, str] = os.environ, embedded: Embedded | None = None
    ) -> None:
        self.connections = connections
        self.environ = environ
        self.embedded: Embedded = embedded or EmbeddedServer()
        self.transport = Transport()
        self._compatibility = Compatibility()
        self._closing = threading.Event()

    def endpoint(self, connection: str, model: str = "") -> Endpoint:
        """Return where a call would go; NotConfiguredError when it cannot be made."""
        spec = spec_of(connection, self.connections, self.environ)
        return resolve(spec, model, self.connections, self.environ, self.embedded)

    def rehearsed(self, connection: str) -> ConnectionSpec | None:
        """Return the connection when it plays a script; None when it reaches a model, or cannot be used."""
        try:
            spec = spec_of(connection, self.connections, self.environ)
        except StudioError:
            return None
        return spec if spec.kind == "rehearsed" else None

    def call(
        self,
        connection: str,
        model: str,
        messages: list[dict[str, Any]],
        parameters: dict[str, Any],
        *,
        agent: str = "",
        purpose: Purpose = "reply",
    ) -> Generator[str, None, Call]:
        """Yield the reply's text in pieces as they arrive, return the call; never raises for one that failed.

        `model` may be empty: the connection's own is used. `parameters` go into the request as they are (`tools`
        too). Passing failures are tried again before the first piece, never after it. Closing the generator closes
        the HTTP stream at once. Neither `messages` nor `parameters` is changed.
        """
        started_at, start = datetime.now(UTC), time.monotonic()
        request, reading = _Request(sendable(messages)), ReplyParser()
        failure: Failure | None = None
        endpoint: Endpoint | None = None
        n_retries = 0
        while True:
            try:
                spec = spec_of(connection, self.connections, self.environ)
                if spec.kind == "rehearsed":
                    return (yield from play(spec, model, messages, agent, purpose, self.environ))
                endpoint = resolve(spec, model, self.connections, self.environ, self.embedded)
            except StudioError as error:
                failure = Failure("not_configured", str(error))
                break
            reading = ReplyParser()
            failure = yield from self._attempt(endpoint, request, parameters, reading)
            if failure is None or reading.has_begun:
                break
            if self._compatibility.learn(endpoint, request.body, failure):
                continue  # the same request, as this server accepts it, does not count as another try
            pause_s = retry_pause_s(failure, n_retries, endpoint.max_retries)
            if pause_s is None or self._closing.is_set():
                break
            self._closing.wait(pause_s)
            n_retries += 1
        usage = parse_usage(reading.usage_raw)
        return Call(
            agent=agent,
            purpose=purpose,
            connection=endpoint.connection if endpoint else connection,
            model=endpoint.model if endpoint else model,
            outcome=failure.outcome if failure else "ok",
            reply=reading.text,
            tool_calls=reading.tool_calls,
            finish_reason=reading.finish_reason,
            usage=usage,
            usage_raw={**reading.usage_raw, **request.notes()},
            price=price_of(endpoint, usage, started_at) if endpoint else UNKNOWN,
            prompt_sha256=sha256_of(request.messages),
            started_at=started_at,
            first_token_s=None if reading.first_at is None else reading.first_at - start,
            duration_s=time.monotonic() - start,
            error=failure.text + tries_text(failure, n_retries) if failure else "",
        )

    def close(self) -> None:
        """End pauses before further tries, close every connection, end the embedded model."""
        self._closing.set()
        self.transport.close()
        self.embedded.close()

    def _attempt(
        self, endpoint: Endpoint, request: _Request, parameters: dict[str, Any], reading: ReplyParser
    ) -> Generator[str, None, Failure | None]:
        """Send `request` once and read the reply into `reading`; return the failure, None when it went well."""
        import httpx2
        import openai

        try:
            if endpoint.kind == "embedded":
                parameters = {**EMBEDDED_PARAMETERS, **parameters}
                self._fit_context(endpoint, request, parameters)
            request.body = self._compatibility.adapt(
                endpoint, _request_body(endpoint, request.messages, parameters), request.dropped_parameters
            )
            request.n_sent += 1
            with self.transport.open(
                endpoint, request.body, is_kept_alive=self._compatibility.is_kept_alive(endpoint)
            ) as response:
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind == "text/html":
                    raise InvalidReplyError("a web page")
                if kind == "application/json":  # a server that cannot stream
                    yield from reading.read_whole(response.read())
                else:
                    chunks = response.iter_bytes()
                    yield from reading.read_stream(chunks)
                    if reading.error is None and response.headers.get("transfer-encoding") == "chunked":
                        # The response ends after [DONE]; while that end is unread the connection cannot be reused.
                        with contextlib.suppress(httpx2.HTTPError, httpx2.StreamError):
                            deque(chunks, maxlen=0)
        except (
            openai.OpenAIError,
            httpx2.HTTPError,
            httpx2.StreamError,
            httpx2.InvalidURL,
            InvalidReplyError,
        ) as error:
            return failure_of_exception(error, endpoint, has_text=reading.has_begun)
        except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:  # an unforeseen form of reply
            return failure_of_exception(error, endpoint, has_text=reading.has_begun)
        return _failure_of(endpoint, reading)

    def _fit_context(self, endpoint: Endpoint, request: _Request, parameters: dict[str, Any]) -> None:
        """Shorten the messages to the small model's context, with room for its reply."""
        limit = parameters.get("max_tokens")
        room = min(limit, EMBEDDED_CONTEXT // 2) if isinstance(limit, int) and limit > 0 else EMBEDDED_CONTEXT // 4
        fit = fit_messages(
            request.messages, EMBEDDED_CONTEXT - room, lambda some: self.transport.count_tokens(endpoint, some)
        )
        if fit.messages is not request.messages:
            request.messages, request.n_left_out, request.n_cut = fit.messages, fit.n_left_out, fit.n_cut


def _request_body(endpoint: Endpoint, messages: list[dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
    own = {"model": endpoint.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    return {**parameters, **own}


def _failure_of(endpoint: Endpoint, reading: ReplyParser) -> Failure | None:
    """Return why a reply that was read to its end cannot be used; None when it can."""
    if reading.error is not None:
        return failure_of_stream_error(reading.error, endpoint)
    if reading.finish_reason == "content_filter":
        return empty("content_filter", 0, endpoint)
    if not reading.is_complete:
        if reading.has_begun or reading.has_choices:
            return dropped(endpoint, has_text=reading.has_begun)
        return failure_of_exception(InvalidReplyError("nothing"), endpoint, has_text=False)
    if not reading.has_choices:
        return failure_of_exception(InvalidReplyError("a reply without choices"), endpoint, has_text=False)
    if not reading.text.strip() and not reading.calls:
        usage = parse_usage(reading.usage_raw)
        return empty(reading.finish_reason, usage.reasoning if usage else 0, endpoint)
    return None
