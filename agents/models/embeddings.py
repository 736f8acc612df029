"""Calls of embedding models: texts to vectors, each call counted, priced and explained as any other.

`embed` never raises for what the server or the network does: the call's `outcome` and `error` say it. Made by
`ModelClient`, called by the tools.
"""

import math
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.cancellation import in_thread, pause
from agents.chats import Call, sha256_of
from agents.errors import OutageError, StudioError
from agents.models.call_limits import Slot
from agents.models.connections import Endpoint
from agents.models.failures import Failure, InvalidReplyError, call_errors, failure_of_error, failure_of_exception
from agents.models.pricing import UNKNOWN, price_of
from agents.models.retry import retry_pause_s, tries_text
from agents.models.usage_parser import parse_usage

if TYPE_CHECKING:
    from agents.models.client import ModelClient

Vector = list[float]


@dataclass(frozen=True)
class EmbeddingModel:
    """The embedding model of a connection, for one agent's calls."""

    client: "ModelClient"
    connection: str
    model: str
    agent: str

    @property
    def vector_space(self) -> str:
        """Names the vectors that may be compared with each other."""
        spec = self.client.connections.get(self.connection)
        return f"{spec.base_url if spec else ''} {self.model}"

    def embed(self, texts: list[str]) -> Generator[str, None, tuple[list[Vector], Call]]:
        """Return a vector of length 1 for each text, none when the call failed, and the call. Yield "" meanwhile, or
        what is waited for."""
        started_at, start, n_retries = datetime.now(UTC), time.monotonic(), 0
        endpoint, body, vectors = None, dict[str, Any](), list[Vector]()
        try:
            # a price of the connection's own is that of its chat model
            endpoint = replace(self.client.endpoint(self.connection, self.model), price=None)
        except OutageError:
            raise
        except StudioError as error:
            failure: Failure | None = Failure("not_configured", str(error))
        while endpoint is not None:
            slot = Slot(endpoint, self.client.slots)
            try:
                yield from slot.waited_for()
                vectors, body, failure = yield from slot.kept_while(self._attempt(endpoint, texts))
            finally:
                slot.give_back()
            pause_s = retry_pause_s(failure, n_retries, endpoint.max_retries) if failure else None
            if pause_s is None:
                break
            yield from pause(pause_s)
            n_retries += 1
        raw = body.get("usage")
        usage_raw = raw if isinstance(raw, dict) else {}
        usage = parse_usage(usage_raw)
        return vectors, Call(
            agent=self.agent,
            purpose="embed",
            connection=self.connection,
            model=self.model,
            outcome=failure.outcome if failure else "ok",
            usage=usage,
            usage_raw=usage_raw,
            price=price_of(endpoint, usage, started_at, usage_raw) if endpoint else UNKNOWN,
            prompt_sha256=sha256_of(texts),
            started_at=started_at,
            first_token_s=None,
            duration_s=time.monotonic() - start,
            error=failure.text + tries_text(failure, n_retries) if failure else "",
        )

    def _attempt(
        self, endpoint: Endpoint, texts: list[str]
    ) -> Generator[str, None, tuple[list[Vector], dict[str, Any], Failure | None]]:
        """Ask once; return (vectors, the reply's body, why there are none)."""
        try:
            with closing(in_thread(lambda: self.client.transport.embeddings(endpoint, texts))) as asking:
                body = yield from asking
            if not isinstance(body, dict):
                raise InvalidReplyError("no JSON object")
            if body.get("error"):
                return [], body, failure_of_error(body, endpoint)
            return _vectors(body, len(texts)), body, None
        except call_errors() as error:
            return [], {}, failure_of_exception(error, endpoint, has_text=False)


def _vectors(body: dict[str, Any], n: int) -> list[Vector]:
    """Return the vectors of a reply in the order of the texts; InvalidReplyError when it has not all of them."""
    data = body.get("data")
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    if all(isinstance(item.get("index"), int) for item in items):
        items.sort(key=lambda item: item["index"])
    vectors = [vector for item in items if isinstance(vector := item.get("embedding"), list)]
    n_numbers = {len(vector) for vector in vectors}
    if len(vectors) != n or len(n_numbers) != 1 or 0 in n_numbers:
        raise InvalidReplyError("something else than a vector for each text")
    return [_of_length_1([float(number) for number in vector]) for vector in vectors]


def _of_length_1(vector: Vector) -> Vector:
    length = math.hypot(*vector)
    if not math.isfinite(length):
        raise InvalidReplyError("numbers that are none")
    return [number / length for number in vector] if length else vector
