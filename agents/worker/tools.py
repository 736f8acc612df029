"""The tools of a process: built in, from the plugins folder, and of the MCP servers that the store keeps.

Called by the worker and the studio, which `close` it; a process that just goes takes the servers with it all the same.
"""

from typing import Any

from agents.settings import Settings
from agents.specs.mcp_server import McpTool
from agents.store import McpServerRow, Store
from agents.tools import ToolRegistry
from agents.tools.mcp import McpError, McpTools, Server, Sessions, kept

__all__ = ["McpError", "Tools"]


class Tools(ToolRegistry):
    """The toolbox, and the connections to MCP servers behind it."""

    def __init__(self, store: Store, settings: Settings, **more: Any):
        self._store, self._sessions = store, Sessions(settings.home)
        self._mcp_tools = McpTools(store.mcp_servers, self._sessions)
        super().__init__(settings.plugins, sources=[self._mcp_tools], **more)

    def listed(self, row: McpServerRow) -> tuple[list[McpTool], list[str]]:
        """Return what the server lists now, fit for models, and a sentence for each tool that is left out. McpError
        says why it lists nothing, StudioError that its secrets cannot be read."""
        server = Server(row.spec, self._store.mcp_servers.secrets(row.spec.name), row.version)
        return kept(self._sessions.tools(server))

    def refresh_now(self) -> None:
        """Make a server that was saved just now count at once, in this process."""
        self._mcp_tools.refresh_now()

    def close(self) -> None:
        """End the servers that calls have started."""
        self._sessions.close()
