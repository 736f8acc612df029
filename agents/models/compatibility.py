"""How servers differ from the API that they claim to have: what is learned from a failed request is kept in memory.

Four differences between "OpenAI-compatible" servers would make every call fail: no `stream_options`, no `temperature`
(reasoning models), `max_completion_tokens` in place of `max_tokens`, and connections that are closed after a stream
without notice (llama.cpp). Each is learned from one failed request. Called by `ModelClient`.
"""

import re
from typing import Any

from agents.models.connections import Endpoint
from agents.models.failures import Failure

_REFUSED = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|not permitted|not allowed|invalid|extra"
)


class Compatibility:
    """Parameters to leave out or rename, by address and model. Safe to use from many threads: entries only grow."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], frozenset[str]] = {}
        self._closing: frozenset[str] = frozenset()
        """Addresses whose connections serve one request only."""

    def is_kept_alive(self, endpoint: Endpoint) -> bool:
        """Return whether a connection to this endpoint may carry another request."""
        return endpoint.kind != "embedded" and endpoint.base_url not in self._closing

    def adapt(self, endpoint: Endpoint, body: dict[str, Any], left_out: set[str]) -> dict[str, Any]:
        """Return `body` as this endpoint accepts it; add the agent's parameters that are not sent to `left_out`."""
        body = dict(body)
        for name in self._refused.get((endpoint.base_url, endpoint.model), ()):
            value = body.pop(name, None)
            if name == "max_tokens" and value is not None:
                body["max_completion_tokens"] = value
            elif name == "temperature" and value is not None:
                left_out.add(name)
        return body

    def learn(self, endpoint: Endpoint, body: dict[str, Any], failure: Failure) -> bool:
        """Remember what `failure` tells about this endpoint; True when it was new: the call may do better at once."""
        if failure.outcome == "dropped" and self.is_kept_alive(endpoint):
            self._closing |= {endpoint.base_url}
            return True
        said = failure.server_text.lower()
        if failure.outcome != "bad_request" or not _REFUSED.search(said):
            return False
        name = next((name for name in ("stream_options", "temperature", "max_tokens") if name in said), "")
        if not name or name not in body:
            return False
        key = (endpoint.base_url, endpoint.model)
        self._refused[key] = self._refused.get(key, frozenset()) | {name}
        return True
