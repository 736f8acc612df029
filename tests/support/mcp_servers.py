"""MCP servers as they are saved, the connections to them, and a chat's place."""

import json
import sys
from pathlib import Path
from typing import Any

from agents.specs import SandboxSpec
from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.tools.context import ToolContext
from agents.tools.mcp import Server
from agents.workspaces import Workspace

SUPPORT = Path(__file__).parent


def served() -> Server:
    """The server of `mcp_http_server.py` as a program."""
    spec = McpServerSpec(
        name="served", command=sys.executable, args=[str(SUPPORT / "mcp_http_server.py")], timeout_s=20
    )
    return Server(spec, McpSecrets(), "1")


def plain(
    folder: Path, *args: str, says: Any = None, env: dict[str, str] | None = None, version: str = "1", **fields: Any
) -> Server:
    """The server of `mcp_plain_server.py`, which says that."""
    file = folder / "says.json"
    file.write_text(json.dumps(says or {}))
    program = ["-S", str(SUPPORT / "mcp_plain_server.py"), str(file), *args]
    spec = McpServerSpec(name="plain", command=sys.executable, args=program, **{"timeout_s": 20, **fields})
    return Server(spec, McpSecrets(env=env or {}), version)


def context_of(home: Path, chat: str) -> ToolContext:
    return ToolContext(Workspace(home, chat), None, SandboxSpec(), chat)


def text(result) -> str:
    """The text of a call's result."""
    return "\n".join(part.text for part in result.content)
