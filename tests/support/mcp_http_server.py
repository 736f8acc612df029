"""A server made with the `mcp` package. As a script it speaks over its input and output."""

import base64
from pathlib import Path

import anyio
from mcp.server.mcpserver import Image, MCPServer
from mcp_types import ToolAnnotations

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

server = MCPServer("served")


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def look() -> str:
    """Changes nothing."""
    return "looked"


@server.tool()
def fail(why: str) -> str:
    """Fails."""
    from mcp.server.mcpserver.exceptions import ToolError

    raise ToolError(why)


@server.tool()
def picture() -> list[Image | str]:
    """A picture of one point."""
    return ["Here it is.", Image(data=PIXEL, format="png")]


@server.tool()
async def wait(folder: str, name: str) -> str:
    """Waits for a file; tells by files that it began, and that it was cancelled."""
    begun, cancelled, may_end = (Path(folder, f"{name}-{what}") for what in ("begun", "cancelled", "may-end"))
    begun.touch()
    try:
        while not may_end.exists():
            await anyio.sleep(0.01)
    except anyio.get_cancelled_exc_class():
        cancelled.touch()
        raise
    return "waited"


@server.tool()
def long(n_chars: int) -> str:
    """A long text."""
    return "x" * n_chars


if __name__ == "__main__":
    server.run("stdio")
