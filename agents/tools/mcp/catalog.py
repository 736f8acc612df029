"""The tools of all saved servers, for the registry: from what was listed, without starting any server.

A server's tools are listed when a person saves or tests it, and stay as they were then: a server that changes a
description later changes nothing that models read. Saved servers are read again every second.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from agents.specs.mcp_server import McpSecrets, McpServerRow
from agents.tools.function import Tool
from agents.tools.mcp.schema_sanitizer import tool_name
from agents.tools.mcp.session_pool import Sessions
from agents.tools.mcp.tool import ServedTool
from agents.tools.registry import BrokenPlugin

REFRESH_S = 1.0

log = logging.getLogger(__name__)


class SavedServers(Protocol):
    """Where servers are saved (`agents.store.McpServers`)."""

    def versions(self) -> frozenset[str]: ...
    def rows(self) -> Sequence[McpServerRow]: ...
    def secrets(self, name: str) -> McpSecrets: ...


class McpTools:
    """A source of the tool registry. Safe to use from many threads."""

    def __init__(self, saved: SavedServers, sessions: Sessions, *, clock: Callable[[], float] = time.monotonic):
        self._saved, self._sessions, self._clock = saved, sessions, clock
        self._refreshing = threading.Lock()  # one at a time; others wait for it
        self._refreshed_at = float("-inf")
        self._versions: frozenset[str] | None = None
        self._tools: dict[str, Tool] = {}
        self._broken: list[BrokenPlugin] = []

    def tools(self) -> Mapping[str, Tool]:
        """Name -> tool of each server that is in use."""
        self._refresh()
        return self._tools

    def broken(self) -> Sequence[BrokenPlugin]:
        """Servers in use that did not answer when they were last asked."""
        self._refresh()
        return self._broken

    def refresh_now(self) -> None:
        """Read the saved servers again at the next question."""
        self._refreshed_at = float("-inf")

    def _refresh(self) -> None:
        with self._refreshing:
            if self._clock() - self._refreshed_at < REFRESH_S:
                return
            try:
                versions = self._saved.versions()
                if versions != self._versions:
                    self._rebuild(self._saved.rows())
                    self._versions = versions
            except Exception:  # the database is away: what is known is still true, and calls will tell
                log.warning("The MCP servers could not be looked up", exc_info=True)
            self._refreshed_at = self._clock()

    def _rebuild(self, rows: Sequence[McpServerRow]) -> None:
        tools: dict[str, Tool] = {}
        broken: list[BrokenPlugin] = []
        for row in rows:
            if not row.spec.enabled:
                continue
            for tool in row.tools:
                name = tool_name(row.spec.name, tool.name, tools)
                tools[name] = ServedTool(name, tool, row, self._saved.secrets, self._sessions)
            if row.error:
                broken.append(BrokenPlugin(f"MCP server {row.spec.name}", row.error))
        self._tools, self._broken = tools, broken
