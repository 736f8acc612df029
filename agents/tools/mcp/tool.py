"""One tool of a server, as the registry has it; and the tools of a server as they are kept once listed."""

import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from agents.errors import StudioError
from agents.plain_text import valid_json
from agents.specs.mcp_server import McpTool
from agents.tools.context import ToolContext
from agents.tools.function import TIMEOUT_S, entry
from agents.tools.mcp.errors import McpError, SlowError
from agents.tools.mcp.results import answer
from agents.tools.mcp.schema_sanitizer import MAX_DESCRIPTION_CHARS, UnfitError, clean, sanitized, wrong
from agents.tools.mcp.session import Listing
from agents.tools.mcp.session_pool import Server, Sessions
from agents.tools.result import ToolResult


class ServedTool:
    """Fulfils `agents.tools.Tool`. What models read of it is what was listed when a person last looked."""

    def __init__(self, name: str, tool: McpTool, server: "Known", sessions: Sessions):
        self.name, self.source = name, f"MCP server {server.name}"
        self.description, self.schema = tool.description or f"The tool {tool.name}.", tool.arguments
        self.is_idempotent = tool.is_idempotent and server.trusts_hints
        self._tool, self._server, self._sessions = tool.name, server, sessions

    def for_model(self) -> dict[str, Any]:
        """Return the entry of a request's `tools`, as the chat completions API has it."""
        return entry(self.name, self.description, self.schema)

    def call(
        self, arguments: dict[str, Any], timeout_s: float = TIMEOUT_S, context: ToolContext | None = None
    ) -> Generator[str, None, ToolResult]:
        """Return what the server says to `arguments`, within the time that the server's own settings give; never
        raises. Closing it cancels the call (see `Sessions.call`)."""
        problem = wrong(self.schema, arguments)
        if problem:
            return ToolResult(
                "bad_arguments", f"{self.name} was not called: {problem}. Correct the arguments, then call again."
            )
        start = time.monotonic()
        try:
            result = yield from self._called(arguments, context)
        except SlowError as error:
            result = ToolResult("timeout", f"{self.name} failed. {error}")
        except (McpError, StudioError) as error:
            result = ToolResult("error", f"{self.name} failed. {error}")
        return replace(result, duration_s=time.monotonic() - start)

    def _called(self, arguments: dict[str, Any], context: ToolContext | None) -> Generator[str, None, ToolResult]:
        arguments = valid_json(arguments)
        server = self._server.opened()
        chat, folder = ("", None) if context is None else (context.chat, context.workspace.files)
        result = yield from self._sessions.call(server, self._tool, arguments, chat=chat, folder=folder)
        return answer(result, self.name, context, server.secrets)


class Known:
    """A saved server whose secrets are read when it is needed."""

    def __init__(self, row: Any, secrets: Any):
        self.name, self.trusts_hints = row.spec.name, row.spec.trusts_hints
        self._row, self._secrets = row, secrets

    def opened(self) -> Server:
        """With its secrets; StudioError when the secret key does not unlock them."""
        return Server(self._row.spec, self._secrets(self.name), self._row.version)


def kept(listing: Listing) -> tuple[list[McpTool], list[str]]:
    """Return what is kept of a listing, made fit for models; and of what is refused, a sentence each."""
    found: dict[str, McpTool] = {}
    refused = [*listing.refused]
    for tool in listing.tools:
        name, shown = tool.name, clean(tool.name, 80)
        hints = tool.annotations
        try:
            if not shown or len(name) > 200 or clean(name) != name:
                raise UnfitError("its name is none")
            if name in found:
                raise UnfitError("there are two of that name")
            found[name] = McpTool(
                name=name,
                description=clean(tool.description or tool.title or "", MAX_DESCRIPTION_CHARS),
                arguments=sanitized(tool.input_schema),
                is_idempotent=bool(hints and (hints.read_only_hint or hints.idempotent_hint)),
            )
        except UnfitError as error:
            refused.append(f"The tool {shown!r} is left out: {error}.")
    return list(found.values()), refused
