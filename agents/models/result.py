"""What one model call came to, whoever was asked. A value; what records it is the engine's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.chats import Price, Usage
from agents.chats.events import CallOutcome


@dataclass(frozen=True)
class CallResult:
    """What became of one call; field for field what `ModelCalled` records."""

    connection: str
    model: str
    outcome: CallOutcome
    reply: str
    tool_calls: list[dict[str, Any]]
    finish_reason: str
    usage: Usage | None
    usage_raw: dict[str, Any]
    """As the server sent it, and under "studio" what was left out of the request and how often it was sent."""
    price: Price
    prompt_sha256: str
    started_at: datetime
    first_token_s: float | None
    """From the start of the call, waiting before further tries included."""
    duration_s: float
    error: str
