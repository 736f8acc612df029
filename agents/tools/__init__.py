"""Tools: what agents may call. The built-in ones, and functions of a plugins folder.

`Toolbox` is the door: which tools there are, their schemas, and calling one. Knows no chat, no log and no screen;
whether a call may be made is decided by whoever calls.
"""

from agents.tools.function import FunctionTool, Tool, ToolResult, idempotent
from agents.tools.place import Bench, Files, GivenUp, Place
from agents.tools.toolbox import BrokenPlugin, ChatTools, Source, Toolbox

__all__ = [
    "Bench",
    "BrokenPlugin",
    "ChatTools",
    "Files",
    "FunctionTool",
    "GivenUp",
    "Place",
    "Source",
    "Tool",
    "ToolResult",
    "Toolbox",
    "idempotent",
]
