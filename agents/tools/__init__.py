"""Tools: what agents may call. The built-in ones, and functions of a plugins folder.

`ToolRegistry` is the door: which tools there are, their schemas, and calling one. Knows no chat, no log and no screen;
whether a call may be made is decided by whoever calls.
"""

from agents.tools.context import CallCancelled, Files, ScriptRunner, ToolContext
from agents.tools.function import FunctionTool, Tool, ToolResult, idempotent
from agents.tools.registry import BrokenPlugin, ChatTools, Source, ToolRegistry

__all__ = [
    "BrokenPlugin",
    "CallCancelled",
    "ChatTools",
    "Files",
    "FunctionTool",
    "ScriptRunner",
    "Source",
    "Tool",
    "ToolContext",
    "ToolRegistry",
    "ToolResult",
    "idempotent",
]
