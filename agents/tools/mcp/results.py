"""What a server answered, as a model reads it: text, structured values as JSON, pictures as files of the chat.

Called by `McpTool`. What a server sends is hostile: bounded, cleaned, and named by us.
"""

import base64
import binascii
import json
from typing import Any

from agents.errors import StudioError
from agents.plain_text import beginning
from agents.specs.mcp_server import McpSecrets
from agents.tools.context import ToolContext
from agents.tools.function import MAX_RESULT_CHARS
from agents.tools.mcp.errors import without_secrets
from agents.tools.mcp.schema_sanitizer import clean
from agents.tools.result import ToolResult

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
        parts.append(_json(result.structured_content))
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
            path = self._free(ending)
            self._context.workspace.write(path, content)
        except (binascii.Error, ValueError):
            return f"[{named} came back, and is not what it says.]"
        except (StudioError, OSError) as error:
            return f"[{named} came back and could not be kept: {error}]"
        return f"[{named} came back; it is the file {path} now.]"

    def _free(self, ending: str) -> str:
        """A path that no file has yet."""
        assert self._context is not None
        n = 1
        while (self._context.workspace.files / (path := f"{self._tool}-{n}.{ending}")).is_symlink() or (
            self._context.workspace.files / path
        ).exists():
            n += 1
        return path


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
