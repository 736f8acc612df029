"""Tools of MCP servers: programs started here, or addresses, that list their tools themselves.

    McpTools (from what was listed) -> ServedTool.call -> Sessions (one thread, all connections) -> a server

The only package that imports `mcp`, and only once a server is first spoken to: its import takes most of a second. What
servers say is hostile text: `schema_sanitizer` makes it fit for models. Knows no store and no screen.
"""

from agents.tools.mcp.catalog import McpTools
from agents.tools.mcp.session import McpError
from agents.tools.mcp.session_pool import Server, Sessions
from agents.tools.mcp.tool import kept
