"""HTTP requests to models: one shared connection pool, and one SDK client for each endpoint, made when first called.

The only module that sends requests through the `openai` SDK and its HTTP library; a process that calls no model never
loads them. Retries and redirects of the SDK are off: `ModelClient` decides. Safe to use from many threads at once.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from agents.chats.values import read_json
from agents.models.connections import CONNECT_S, Endpoint, is_local_address
from agents.models.deadline import within

ASK_S = 3.0
"""Longest wait for what a server tells about itself."""
SPARE_S = 0.5
"""After so much longer than a single wait nothing more is read: a server may drip its answer."""
ERROR_S, MAX_ERROR_BYTES = 5.0, 1_000_000
"""After so long, or so much, no more is read of what a server says about a failure: its status is known."""
MAX_CLIENTS = 64
"""SDK clients kept; they are small, but keys and addresses change over months."""


class Transport:
    """Sends requests; keeps connections alive between them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Guards the making of the two pools and of SDK clients: two first calls at once would make two."""
        self._pools: dict[bool, Any] = {}
        self._clients: dict[tuple[str, ...], Any] = {}
        self._sent: dict[tuple[str, ...], _Form] = {}
        """How the SDK sent a request to an endpoint, to send the next ones likewise: the SDK takes longer to put one
        together than the rest of a call takes."""

    @contextmanager
    def open(self, endpoint: Endpoint, body: dict[str, Any], *, is_kept_alive: bool) -> Iterator[Any]:
        """Yield the open response to a chat completion request. Leaving the block closes the HTTP stream at once.

        `is_kept_alive`: whether the connection may carry another request afterwards. Raises what the SDK and its
        HTTP library raise; see `agents.models.failures`.
        """
        key = (*_key(endpoint), str(body.get("model")), str(is_kept_alive))
        form = self._sent.get(key)
        if form is not None:
            with closing(form.send(self._pool(is_local_address(endpoint.base_url)), body)) as response:
                yield response
            return
        import httpx2

        # `chat.completions.create` looks through every field of every message: milliseconds for a long prompt.
        how = {"cast_to": httpx2.Response, "stream": True, "options": {"headers": _headers(is_kept_alive)}}
        with closing(self._client(endpoint).post("/chat/completions", body=body, **how)) as response:
            if len(self._sent) >= MAX_CLIENTS:
                self._sent.clear()
            self._sent[key] = _Form.of(response.request)
            yield response

    def embeddings(self, endpoint: Endpoint, texts: list[str]) -> Any:
        """Return the body of the answer to a request for the vectors of `texts`; raises like `open`."""
        body = {"model": endpoint.model, "input": texts}
        return self._client(endpoint).post("/embeddings", body=body, cast_to=object)

    def models(self, endpoint: Endpoint, timeout_s: float = CONNECT_S) -> list[str]:
        """Return the names of the models that the endpoint lists, sorted; raises like `open`, and TimeoutError."""
        client = self._client(endpoint).with_options(timeout=timeout_s)
        page = within(timeout_s + SPARE_S, client.models.list)
        return sorted(str(model.id) for model in page.data or [])

    def answer(self, endpoint: Endpoint, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        """Return what the endpoint's server answers at `url`, as JSON; None when it does not, in a moment."""
        import httpx2
        import openai

        client = self._client(endpoint).with_options(timeout=ASK_S)
        more = {"body": body} if method == "POST" else {}
        ask = partial(client.post if method == "POST" else client.get, url, cast_to=object, **more)
        try:
            return within(ASK_S + SPARE_S, ask)
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError):
            return None

    def close(self) -> None:
        """Close every connection; calls under way end as dropped."""
        with self._lock:
            pools, self._pools, self._clients, self._sent = list(self._pools.values()), {}, {}, {}
        for pool in pools:
            pool.close()

    def _client(self, endpoint: Endpoint) -> Any:
        key = _key(endpoint)
        client = self._clients.get(key)
        if client is None:
            with self._lock:
                client = self._clients.get(key) or self._make(endpoint)
                if len(self._clients) >= MAX_CLIENTS:
                    self._clients.clear()
                self._clients[key] = client
        return client

    def _make(self, endpoint: Endpoint) -> Any:
        import httpx2
        import openai

        timeout = httpx2.Timeout(endpoint.timeout_s, connect=endpoint.connect_s)
        common: dict[str, Any] = {
            "api_key": endpoint.api_key,
            "timeout": timeout,
            "max_retries": 0,
            "http_client": self._pool(is_local_address(endpoint.base_url)),
        }
        if endpoint.kind == "azure" and endpoint.api_version:
            address = endpoint.base_url.removesuffix("/openai")
            return openai.AzureOpenAI(azure_endpoint=address, api_version=endpoint.api_version, **common)
        return openai.OpenAI(base_url=endpoint.base_url, **common)

    def _pool(self, is_local: bool) -> Any:
        """Local addresses are reached directly, whatever proxy the environment names."""
        import httpx2
        import openai

        pool = self._pools.get(is_local)
        if pool is None:
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=512, keepalive_expiry=30)
            pool = openai.DefaultHttpxClient(
                limits=limits,
                trust_env=not is_local,
                follow_redirects=False,
                event_hooks={"response": [_read_error]},
            )
            self._pools[is_local] = pool
        return pool


def _read_error(response: Any) -> None:
    """Read what the server says about a failure, which may drip, never end, or break off."""
    import httpx2

    if response.is_error:
        with closing(response.stream) as body:
            response.stream = httpx2.ByteStream(b"".join(_beginning(body)))


def _beginning(body: Iterable[bytes]) -> Iterator[bytes]:
    import httpx2

    n_bytes, ends_at = 0, time.monotonic() + ERROR_S
    with suppress(httpx2.HTTPError):
        for chunk in body:
            yield chunk
            n_bytes += len(chunk)
            if n_bytes > MAX_ERROR_BYTES or time.monotonic() > ends_at:
                break


@dataclass(frozen=True)
class _Form:
    """All of a request but its body."""

    url: Any
    headers: Any
    extensions: dict[str, Any]

    @classmethod
    def of(cls, request: Any) -> "_Form":
        headers = request.headers.copy()
        for name in _OF_ONE_REQUEST:
            headers.pop(name, None)
        return cls(request.url, headers, {"timeout": request.extensions["timeout"]})

    def send(self, pool: Any, body: dict[str, Any]) -> Any:
        """Return the open response; raises what the HTTP library raises, and APIStatusError as the SDK does."""
        import httpx2

        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        request = httpx2.Request("POST", self.url, headers=self.headers, content=content, extensions=self.extensions)
        response = pool.send(request, stream=True)
        if not response.is_success:
            _refuse(response)
        return response


_OF_ONE_REQUEST = ("content-length", "cookie")


def _refuse(response: Any) -> NoReturn:
    import openai

    with closing(response):
        response.read()
    body = read_json(response.text.strip(), response.text.strip())
    said = body.get("error", body) if isinstance(body, dict) else body
    raise openai.APIStatusError(f"Error code: {response.status_code}", response=response, body=said)


def _key(endpoint: Endpoint) -> tuple[str, ...]:
    return (endpoint.kind, endpoint.base_url, endpoint.api_key, endpoint.api_version, str(endpoint.timeout_s))


def _headers(is_kept_alive: bool) -> dict[str, str]:
    return {} if is_kept_alive else {"Connection": "close"}
