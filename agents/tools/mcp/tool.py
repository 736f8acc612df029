"""One tool of a server, as the registry has it; how its results read; and what is kept of a server's listing.

What a server sends is hostile: bounded, cleaned, and named by us.
"""

import base64
import binascii
import itertools
import json
import os
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.errors import StudioError
from agents.plain_text import beginning, valid_json
from agents.specs.mcp_server import McpSecrets, McpServerRow, McpTool
from agents.tools.context import ToolContext
from agents.tools.function import MAX_RESULT_CHARS, TIMEOUT_S
from agents.tools.mcp.schema_sanitizer import MAX_DESCRIPTION_CHARS, UnfitError, clean, sanitized, wrong
from agents.tools.mcp.session import Listing, McpError, SlowError, without_secrets
from agents.tools.mcp.session_pool import Server, Sessions
from agents.tools.result import ToolResult


class ServedTool:
    """Fulfils `agents.tools.Tool`. What models read of it is what was listed when a person last looked."""

    def __init__(
        self, name: str, tool: McpTool, row: McpServerRow, secrets: Callable[[str], McpSecrets], sessions: Sessions
    ) -> None:
        """`secrets` is asked when they are needed; StudioError when the secret key does not unlock them."""
        self.name, self.source = name, f"MCP server {row.spec.name}"
        self.description, self.schema = tool.description or f"The tool {tool.name}.", tool.arguments
        self.is_idempotent = tool.is_idempotent and row.spec.trusts_hints
        self._tool, self._row, self._secrets, self._sessions = tool.name, row, secrets, sessions

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
        server = Server(self._row.spec, self._secrets(self._row.spec.name), self._row.version)
        chat, folder = ("", None) if context is None else (context.chat, context.workspace.files)
        result = yield from self._sessions.call(server, self._tool, arguments, chat=chat, folder=folder)
        return answer(result, self.name, context, server.secrets)


def kept(listing: Listing) -> tuple[list[McpTool], list[str]]:
    """Return what is kept of a listing, made fit for models; and of what is refused, a sentence each."""
    found: dict[str, McpTool] = {}
    refused = [*listing.refused]
    for tool in listing.tools:
        name, shown = tool.name, clean(tool.name, 80)
        hints = tool.annotations
        try:
            if not shown or len(name) > 200 or clean(name) != name:
                raise UnfitError("its name cannot be used")
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


ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
}
"""Kinds that are kept as files. No SVG: it may hold scripts."""
MAX_FILES = 20


def answer(result: Any, name: str, context: ToolContext | None, secrets: McpSecrets) -> ToolResult:
    """`result` (`mcp_types.CallToolResult`) of the tool `name`; pictures go to `context`, if there is one."""
    files = _Files(name, context)
    parts = [_words(part, files) for part in result.content]
    has_text = any(part.type == "text" and part.text.strip() for part in result.content)
    if result.structured_content is not None and not has_text:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False, default=str))
    text = without_secrets("\n".join(part for part in parts if part), secrets)
    text = beginning(clean(text), MAX_RESULT_CHARS) or "(The tool returned nothing.)"
    if result.is_error:
        return ToolResult("error", f"{name} failed: {text}")
    return ToolResult("ok", text)


def _words(part: Any, files: "_Files") -> str:
    match part.type:
        case "text":
            return str(part.text)
        case "image" | "audio":
            return files.keep(part.data, part.mime_type)
        case "resource_link":
            return f"[A link to {clean(str(part.uri), 500)}: {clean(part.description or part.name, 300)}]"
        case "resource":
            text = getattr(part.resource, "text", None)
            where = clean(str(part.resource.uri), 500)
            if text is not None:
                return f"[{where}]\n{text}"
            return files.keep(part.resource.blob, part.resource.mime_type or "", where)
        case _:
            return f"[Something of the kind {clean(str(part.type), 40)!r}, which cannot be shown.]"


class _Files:
    """Pictures and sounds of one result."""

    def __init__(self, tool: str, context: ToolContext | None):
        self._tool, self._context, self._n = tool, context, 0

    def keep(self, data: str, kind: str, what: str = "") -> str:
        """Save it among the chat's files; what the model reads of it."""
        named = f"{what or 'Something'} of the kind {clean(kind, 60)!r}"
        ending = ENDINGS.get(kind.partition(";")[0].strip().lower())
        if self._context is None or ending is None or self._n >= MAX_FILES:
            return f"[{named} came back; it cannot be shown.]"
        self._n += 1
        try:
            content = base64.b64decode(data, validate=True)
            path = self._free(self._context.workspace.files, ending)
            self._context.workspace.write(path, content)
        except (binascii.Error, ValueError):
            return f"[{named} came back, and is not what it says.]"
        except (StudioError, OSError) as error:
            return f"[{named} came back and could not be kept: {error}]"
        return f"[{named} came back; it is the file {path} now.]"

    def _free(self, folder: Path, ending: str) -> str:
        """Return a path that no file has yet."""
        numbered = (f"{self._tool}-{n}.{ending}" for n in itertools.count(1))
        return next(path for path in numbered if not os.path.lexists(folder / path))
