"""What a tool call returns. A value; the engine records it."""

from dataclasses import dataclass
from typing import Literal

ToolOutcome = Literal["ok", "error", "bad_arguments", "timeout", "unknown_tool"]


@dataclass(frozen=True)
class ToolResult:
    """What a call returned, or why it returned nothing."""

    outcome: ToolOutcome
    text: str
    """What the model reads."""
    duration_s: float = 0.0
