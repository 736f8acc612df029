"""One model call, from messages to a `Call`: streamed, retried where that helps, counted, priced, explained.

`ModelClient.call` alone calls models. It never raises for what a model, a server or the network does: the call's
`outcome` and `error` say it. Knows no chat and no log. Called by the engine.
"""

import os
import threading
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Self

from agents.cancellation import pause
from agents.chats import Call, MayBegin, OpenCall, Purpose, cut_by
from agents.errors import OutageError, StudioError
from agents.models.call_limits import CallSlots, Slot
from agents.models.call_record import CallRecord, Request, offered_tools
from agents.models.choices import call_parameters, choice_parameters
from agents.models.compatibility import Compatibility, DialectMemory, Trial
from agents.models.connections import EMBEDDED_CONTEXT, Connections, Embedded, Endpoint, model_of, resolve, spec_of
from agents.models.context_window import ContextWindows
from agents.models.deadline import timely
from agents.models.dialect import NO_PICTURES, adapted, left_out
from agents.models.embedded import N_SLOTS
from agents.models.embeddings import EmbeddingModel
from agents.models.failures import (
    Failure,
    InvalidReplyError,
    call_errors,
    dropped,
    empty,
    failure_of_error,
    failure_of_exception,
)
from agents.models.fallbacks import fallbacks_of
from agents.models.prompt_slots import LocalPrompts
from agents.models.prompts import sendable
from agents.models.rehearsed import play
from agents.models.reply_parser import ReplyParser, bounded
from agents.models.retry import retry_pause_s
from agents.models.text_tool_calls import without_calls
from agents.models.transport import Transport
from agents.models.usage_parser import parse_usage
from agents.models.vision import sees_by_name
from agents.specs import ConnectionSpec

EMBEDDED_PARAMETERS = {"max_tokens": 1024, "temperature": 0.2, "top_p": 0.9, "stop": ["\n" * 6]}
"""With these a small model ends its replies, instead of going on with blank lines; an agent's own parameters go before
them."""
WAIT_S = 0.1
"""Between two times that a leg is asked whether it may send a request."""


class ModelClient:
    """Calls models by connection name. Made once in a process; safe to use from many threads at once."""

    def __init__(
        self,
        connections: Connections,
        *,
        environ: Mapping[str, str] = os.environ,
        embedded: Embedded,
        dialects: DialectMemory | None = None,
        slots: CallSlots | None = None,
    ) -> None:
        self.connections = connections
        self.environ = environ
        self.embedded = embedded
        self.transport = Transport()
        self.compatibility = Compatibility(dialects)
        self._windows = ContextWindows(self.transport)
        self.slots = slots
        """None: the limits of connections are not kept."""
        self._local_prompts = LocalPrompts(N_SLOTS)
        self._closing = threading.Event()
        self._may_begin: MayBegin = lambda call: True

    def for_leg(self, may_begin: MayBegin) -> Self:
        """Return the same client, which asks right before each request to a server. While the answer is False it sends
        nothing and yields ""."""
        client = copy(self)
        client._may_begin = may_begin
        return client

    def endpoint(self, connection: str, model: str = "") -> Endpoint:
        """Return where a call would go; NotConfiguredError when it cannot be made."""
        spec = spec_of(connection, self.connections, self.environ)
        return resolve(spec, model, self.connections, self.environ, self.embedded)

    def rehearsed(self, connection: str) -> ConnectionSpec | None:
        """Return the connection when it plays a script; None when it reaches a model, or cannot be used."""
        spec = self._spec(connection)
        return spec if spec is not None and spec.kind == "rehearsed" else None

    def is_rehearsed(self, connection: str) -> bool:
        """Return whether the connection plays a script, so that no model is asked."""
        return self.rehearsed(connection) is not None

    def _is_embedded(self, connection: str) -> bool:
        spec = self._spec(connection)
        return spec is not None and spec.kind == "embedded"

    def _spec(self, connection: str) -> ConnectionSpec | None:
        """Return what the name stands for; None when it is there no more, or what describes it cannot be used."""
        try:
            return spec_of(connection, self.connections, self.environ)
        except OutageError:
            raise
        except StudioError:
            return None

    def _wait_for_weights(self, spec: ConnectionSpec, model: str) -> Generator[str, None, None]:
        """Yield "" until the model's file is on this machine, where the connection runs one; StudioError when it cannot
        be had."""
        if spec.kind == "embedded" and self.embedded.is_installed():
            yield from self.embedded.wait(model or spec.model)

    def fallbacks(self, connection: str) -> list[str]:
        """Return the connections to call in this one's place when it fails for good, in order; a fallback's own come
        right behind it. One that is not there fails by itself, so that the chat says so."""
        return fallbacks_of(connection, self.connections, self.environ)

    def pinned(self, connection: str, model: str) -> tuple[str, str]:
        """Return the connection that the name stands for now, and the model that it would call; as given when there is
        none to call."""
        spec = self._spec(connection)
        if spec is None:
            return connection, model
        is_served = spec.kind in ("openai", "azure")
        return spec.name, model or (model_of(spec) if is_served else "")

    def context_window(self, connection: str, model: str) -> int | None:
        """Return how many tokens the model reads at once, None when nobody knows; never raises. Its server is asked
        once, which can take seconds."""
        endpoint = self._reachable(connection, model)
        if endpoint is None:
            return EMBEDDED_CONTEXT if self._is_embedded(connection) else None  # its file may still be on its way
        return self._windows.asked(endpoint, self.compatibility.dialect(endpoint))

    def sees_pictures(self, connection: str, model: str) -> bool | None:
        """Return whether the model takes pictures; None where none is called."""
        if self._is_embedded(connection):
            return False  # whichever model it is: it is served without the part that sees
        endpoint = self._reachable(connection, model)
        if endpoint is None:
            return None
        if NO_PICTURES in self.compatibility.dialect(endpoint):
            return False
        return sees_by_name(endpoint.model) if endpoint.sees_pictures is None else endpoint.sees_pictures

    def embeddings(self, connection: str, agent: str) -> EmbeddingModel | None:
        """Return the connection's embedding model, for the agent's calls; None when it has none."""
        spec = self._spec(connection)
        if spec is None or not spec.embedding_model:
            return None
        return EmbeddingModel(self, spec.name, spec.embedding_model, agent)

    def _reachable(self, connection: str, model: str) -> Endpoint | None:
        """Return where a call would go; None where no server would be called: by a script, or because it cannot be."""
        try:
            return self.endpoint(connection, model)
        except OutageError:
            raise
        except StudioError:
            return None

    def call(
        self,
        connection: str,
        model: str,
        messages: list[dict[str, Any]],
        parameters: dict[str, Any],
        *,
        agent: str = "",
        purpose: Purpose = "reply",
        choices: Sequence[str] = (),
    ) -> Generator[str, None, Call]:
        """Yield the reply's text in pieces as they arrive, return the call; never raises for one that failed.

        `model` may be empty: the connection's own is used. `parameters` go into the request as they are (`tools`
        too), and everything in the form that the server is known to take: see `compatibility`. With `choices` the reply
        is one of them, where the server can be told so. Passing failures are tried again before the first piece, never
        after it. Closing the generator closes the HTTP stream at once. Neither `messages` nor `parameters` is changed.
        """
        record = CallRecord(self._windows, agent, purpose, connection, model, choices)
        request, reading = Request(sendable(messages)), ReplyParser()
        trial: Trial | None = None
        n_retries = 0
        while True:
            try:
                spec = spec_of(connection, self.connections, self.environ)
                if spec.kind == "rehearsed":
                    return (yield from play(spec, model, messages, agent, purpose, self.environ))
                if trial is None:
                    yield from self._wait_for_weights(spec, model)
                    record.begin()
                endpoint = resolve(spec, model, self.connections, self.environ, self.embedded)
            except OutageError:
                raise
            except StudioError as error:
                return record.call(request, reading, Failure("not_configured", str(error)))
            record.endpoint = endpoint
            trial = trial or self.compatibility.trial(endpoint)
            record.dialect = trial.quirks
            reading = ReplyParser()
            wanted = {**choice_parameters(endpoint, choices), **parameters, **call_parameters(endpoint, parameters)}
            slot = Slot(endpoint, self.slots)
            try:
                yield from slot.waited_for()
                if not n_retries:
                    record.begin()
                yield from self._permission(record.opened())
                failure = yield from slot.kept_while(self._attempt(endpoint, agent, request, wanted, reading, trial))
            finally:
                slot.give_back()
            if failure is None:
                trial.succeeded(request.body, has_usage=bool(reading.usage_raw))
                break
            if reading.has_begun:
                break
            if self.compatibility.closes(endpoint, failure):
                continue  # the same request over a new connection does not count as another try
            if failure.context_window:
                self.compatibility.learn_window(endpoint, failure)
            pause_s = retry_pause_s(failure, n_retries, endpoint.max_retries)
            if trial.learns(failure, request.body, is_last=pause_s is None):
                record.refused(request, reading, failure)
                request = Request(sendable(messages))
                continue
            if pause_s is None or self._closing.is_set():
                failure = trial.refusal or failure
                break
            yield from pause(pause_s, self._closing)
            n_retries += 1
        return record.call(request, reading, failure, n_retries)

    def _permission(self, call: OpenCall) -> Generator[str, None, None]:
        while not self._may_begin(call):
            yield ""
            yield from pause(WAIT_S, self._closing)

    def close(self) -> None:
        """End pauses before further tries, close every connection, end the embedded model."""
        self._closing.set()
        self.transport.close()
        self.embedded.close()

    def _attempt(
        self,
        endpoint: Endpoint,
        agent: str,
        request: Request,
        parameters: dict[str, Any],
        reading: ReplyParser,
        trial: Trial,
    ) -> Generator[str, None, Failure | None]:
        """Send `request` once and read the reply into `reading`; return the failure, None when it went well."""
        import httpx2

        try:
            if endpoint.kind == "embedded":
                parameters = {**EMBEDDED_PARAMETERS, **parameters}
            request.body = _request_body(endpoint, request.messages, parameters)
            request.sent = adapted(request.body, trial.quirks)
            request.dropped_parameters = left_out(request.body, trial.quirks) if trial.quirks else []
            request.n_sent += 1
            is_kept_alive = self.compatibility.is_kept_alive(endpoint)
            with (
                self._local_prompts.place(endpoint, agent, request.messages) as place,
                self.transport.open(endpoint, {**request.sent, **place}, is_kept_alive=is_kept_alive) as response,
            ):
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind == "text/html":
                    raise InvalidReplyError("a web page")
                offered = offered_tools(request.body)
                # What is not compressed needs no layer above the stream; those cost as much as the parsing.
                is_plain = "content-encoding" not in response.headers
                chunks = timely(response.stream if is_plain else response.iter_bytes(), endpoint.timeout_s)
                if kind == "application/json":  # a server that cannot stream
                    yield from without_calls(reading.read_whole(b"".join(bounded(chunks))), offered)
                else:
                    yield from without_calls(reading.read_stream(chunks), offered)
                    if reading.error is None and response.headers.get("transfer-encoding") == "chunked":
                        # The response ends after [DONE]; while that end is unread the connection cannot be reused.
                        with suppress(httpx2.HTTPError, httpx2.StreamError):
                            deque(chunks, maxlen=0)
        except call_errors() as error:
            return failure_of_exception(error, endpoint, has_text=reading.has_begun)
        return _failure_of(endpoint, reading)


def _request_body(endpoint: Endpoint, messages: list[dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
    own = {"model": endpoint.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    return {**parameters, **own}


def _failure_of(endpoint: Endpoint, reading: ReplyParser) -> Failure | None:
    """Return why a reply that was read to its end cannot be used; None when it can."""
    if reading.error is not None:
        return failure_of_error(reading.error, endpoint)
    if not reading.is_complete:
        if reading.has_begun or reading.has_choices:
            return dropped(endpoint, has_text=reading.has_begun)
        return failure_of_exception(InvalidReplyError("nothing"), endpoint, has_text=False)
    if not reading.has_choices:
        return failure_of_exception(InvalidReplyError("a reply without choices"), endpoint, has_text=False)
    if not reading.text.strip() and not reading.calls:
        usage = parse_usage(reading.usage_raw)
        n_reasoning = (usage.reasoning if usage else 0) or len(reading.reasoning.split())
        return empty(cut_by(reading.finish_reason), n_reasoning, endpoint)
    return None
