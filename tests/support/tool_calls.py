"""What the fixtures that call built-in tools give."""

from collections.abc import Callable, Generator

from agents.tools import ToolResult

Call = Callable[..., ToolResult]
CallOf = Callable[..., Generator[str, None, ToolResult]]
