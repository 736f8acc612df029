"""Tools: what agents may call. The built-in ones, and functions of a plugins folder.

`Toolbox` is the door: which tools there are, their schemas, and calling one. Knows no chat, no log and no screen;
whether a call may be made is decided by whoever calls.
"""

from agents.tools.function import FunctionTool, ToolResult, idempotent
from agents.tools.toolbox import Toolbox

__all__ = ["FunctionTool", "ToolResult", "Toolbox", "idempotent"]
