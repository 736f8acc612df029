"""Tools: what agents may call. The built-in ones, and functions of a plugins folder.

`ToolRegistry` knows which tools there are, their schemas, and calls one. It knows no chat, no log and no screen; the
caller decides whether a call may be made.
"""

from agents.chats.view import ChatMember, ChatMessage, ChatView
from agents.tools.chat_function import ChatFunction, speaker_selection, termination
from agents.tools.context import CallCancelled, ToolContext
from agents.tools.function import FunctionTool, Tool, idempotent
from agents.tools.registry import BrokenPlugin, ChatTools, Source, ToolRegistry
from agents.tools.result import ToolResult

Place = ToolContext
"""The former name, for plugins that import it."""
