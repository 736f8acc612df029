"""A server's messages, in which a list of tools is one: a single tool that lies must not take all others away.

Stands between a transport and the `mcp` package, which refuses a list as a whole. Called by `session`.
"""

from types import TracebackType
from typing import Any, Self

from agents.tools.mcp.schema_sanitizer import UnfitError, clean, sanitized

PROTOCOL = "2025-11-25"
"""By whose rules an entry is judged; what later ones add is not asked of entries."""


class FilteredSession:
    """A stream of messages, as the `mcp` package reads it."""

    def __init__(self, stream: Any, refused: list[str]):
        self._stream, self._refused = stream, refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def receive(self) -> Any:
        return self._filtered(await self._stream.receive())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return self._filtered(await self._stream.__anext__())

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return bool(await self._stream.__aexit__(kind, error, trace))

    def _filtered(self, item: Any) -> Any:
        result = getattr(getattr(item, "message", None), "result", None)
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            result["tools"] = [tool for tool in map(self._tool, result["tools"]) if tool is not None]
        return item

    def _tool(self, tool: Any) -> dict[str, Any] | None:
        """Return the entry as it is or, when it breaks the protocol, its usable part; None when there is none."""
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            self._refused.append("A tool is left out: it has no name.")
            return None
        if _is_valid(tool):
            return tool
        try:
            entry = {"name": tool["name"], "inputSchema": sanitized(tool.get("inputSchema"))}
            if isinstance(tool.get("description"), str):
                entry["description"] = tool["description"]
            if _is_valid(entry):
                return entry
            raise UnfitError("it breaks the protocol")
        except UnfitError as error:
            self._refused.append(f"The tool {clean(tool['name'], 80)!r} is left out: {error}.")
            return None


def _is_valid(tool: dict[str, Any]) -> bool:
    from mcp_types.methods import validate_server_result

    try:
        validate_server_result("tools/list", PROTOCOL, {"tools": [tool]})
    except ValueError:  # pydantic's is one
        return False
    return True
