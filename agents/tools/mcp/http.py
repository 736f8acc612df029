"""A server at an address: Streamable HTTP with the headers a person gave, and answers of a bounded size.

Redirects to another origin are not followed (the `mcp` package sees to that), so headers go to the server only.
Called by `session`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agents.tools.mcp.stdio import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    import httpx2

CONNECT_S = 15.0


class Address:
    """A server's address. `streams` is the transport that `mcp.Client` takes."""

    def __init__(self, url: str, headers: Mapping[str, str], *, read_s: float):
        self._url, self._headers, self._read_s = url, headers, read_s
        self._status = 0
        """Of the last answer."""
        self._is_too_long = False

    @property
    def end_reason(self) -> str:
        """What its last answer says of why it cannot be used, for people."""
        if self._is_too_long:
            return f"It sent an answer of more than {MAX_MESSAGE_BYTES // 2**20} MiB."
        match self._status:
            case 401 | 403:
                return f"It refuses access (HTTP {self._status}); give it a key as a header."
            case 404 | 405:
                return f"There is no MCP server at that path (HTTP {self._status})."
            case status if status >= 400:
                return f"It answered with HTTP {status}."
        return ""

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[Any, None]:
        """Give (read, write) while it is entered; nothing is sent before the first message."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        timeout = httpx2.Timeout(CONNECT_S, read=self._read_s)
        headers = {"Accept-Encoding": "identity", **self._headers}
        hooks = {"response": [self._limit_size]}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=timeout, event_hooks=hooks) as client,
            streamable_http_client(self._url, http_client=client, max_sse_event_size=MAX_MESSAGE_BYTES) as streams,
        ):
            yield streams

    async def _limit_size(self, response: "httpx2.Response") -> None:
        import httpx2

        address = self

        class Bounded(httpx2.AsyncByteStream):
            """The answer's bytes, up to the limit."""

            def __init__(self, stream: Any):
                self._stream = stream

            async def __aiter__(self) -> AsyncIterator[bytes]:
                n_bytes = 0
                async for part in self._stream:
                    n_bytes += len(part)
                    if n_bytes > MAX_MESSAGE_BYTES:
                        address._is_too_long = True
                        raise httpx2.ReadError("an answer that is too long")
                    yield part

            async def aclose(self) -> None:
                await self._stream.aclose()

        self._status = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx2.ReadError("an answer that is compressed, though that was not wanted")  # of any size, unpacked
        if not response.headers.get("content-type", "").startswith("text/event-stream"):  # whose events are bounded
            response.stream = Bounded(response.stream)
