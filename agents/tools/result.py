"""What tools and functions return. Values; the engine records them."""

from dataclasses import dataclass
from typing import Any, Literal

from agents.chats import Call

ToolOutcome = Literal["ok", "error", "bad_arguments", "timeout", "unknown_tool"]


@dataclass(frozen=True)
class ToolResult:
    """What a call returned, or why it returned nothing."""

    outcome: ToolOutcome
    text: str
    """What the model reads."""
    duration_s: float = 0.0
    calls: tuple[Call, ...] = ()
    """The calls of models that it made."""


@dataclass(frozen=True)
class FunctionResult:
    """What a function that decides returned, or why it returned nothing."""

    value: Any = None
    error: str = ""
