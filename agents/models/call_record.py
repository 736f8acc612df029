"""What is kept of one call while it is made: the request as it is sent, the tries before it, and the `Call` at its end.

Called by the model client.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.chats import Call, OpenCall, Purpose, sha256_of
from agents.models import message_forms as forms
from agents.models.choices import chosen
from agents.models.connections import Endpoint
from agents.models.context_window import ContextWindows
from agents.models.failures import Failure
from agents.models.pricing import UNKNOWN, price_of
from agents.models.reply_parser import ReplyParser
from agents.models.retry import tries_text
from agents.models.text_tool_calls import calls_in_text
from agents.models.usage_parser import parse_usage


@dataclass
class Request:
    """What is sent for one call, and what was changed in it."""

    messages: list[dict[str, Any]]
    body: dict[str, Any] = field(default_factory=dict)
    """As every server should take it."""
    sent: dict[str, Any] = field(default_factory=dict)
    """As this one takes it."""
    n_sent: int = 0
    dropped_parameters: list[str] = field(default_factory=list)

    def notes(self) -> dict[str, Any]:
        """Return what `usage_raw` tells beside the server's own counts."""
        notes: dict[str, Any] = {"tries": self.n_sent} if self.n_sent > 1 else {}
        if n_pictures := forms.n_pictures(self.sent.get("messages", ())):
            notes["pictures"] = n_pictures
        if self.dropped_parameters:
            notes["parameters_left_out"] = self.dropped_parameters
        return {"studio": notes} if notes else {}


class CallRecord:
    """What becomes of one call and of the tries before it that were refused."""

    def __init__(
        self,
        windows: ContextWindows,
        agent: str,
        purpose: Purpose,
        connection: str,
        model: str,
        choices: Sequence[str],
    ) -> None:
        self._windows = windows
        self._agent, self._purpose, self._connection, self._model = agent, purpose, connection, model
        self._choices = choices
        self._failed: list[Call] = []
        self.endpoint: Endpoint | None = None
        self.dialect: frozenset[str] = frozenset()
        self._n_tries = 0
        self.begin()

    def begin(self) -> None:
        """Count the time from here on."""
        self._started_at, self._start = datetime.now(UTC), time.monotonic()

    def opened(self) -> OpenCall:
        """Return the call as it is known right before the next request."""
        assert self.endpoint is not None
        self._n_tries += 1
        return OpenCall(
            agent=self._agent,
            purpose=self._purpose,
            connection=self.endpoint.connection,
            model=self.endpoint.model,
            price=price_of(self.endpoint, None, self._started_at),
            started_at=self._started_at,
            tries=self._n_tries,
        )

    def _context_window(self, failure: Failure | None) -> int | None:
        if failure is not None and failure.context_window:
            return failure.context_window
        return self._windows.known(self.endpoint, self.dialect) if self.endpoint else None

    def refused(self, request: Request, reading: ReplyParser, failure: Failure) -> None:
        """Add a try that was refused; the next begins."""
        self._failed.append(self._ended(request, reading, failure, 0))
        self.begin()

    def call(self, request: Request, reading: ReplyParser, failure: Failure | None, n_retries: int = 0) -> Call:
        """Return the call, with the tries before it."""
        ended = self._ended(request, reading, failure, n_retries)
        return ended.model_copy(update={"failed_before": tuple(self._failed)}) if self._failed else ended

    def _ended(self, request: Request, reading: ReplyParser, failure: Failure | None, n_retries: int) -> Call:
        endpoint, text, reasoning = self.endpoint, reading.text, reading.reasoning
        calls = reading.tool_calls or calls_in_text(text, offered_tools(request.body))
        usage = parse_usage(reading.usage_raw, len(reasoning) / (len(reasoning) + len(text)) if reasoning else 0)
        return Call(
            agent=self._agent,
            purpose=self._purpose,
            connection=endpoint.connection if endpoint else self._connection,
            model=endpoint.model if endpoint else self._model,
            outcome=failure.outcome if failure else "ok",
            reply=chosen(text, self._choices) if reading.calls or not calls else "",
            reasoning=reasoning,
            tool_calls=calls,
            finish_reason=reading.finish_reason,
            usage=usage,
            usage_raw={**reading.usage_raw, **request.notes()},
            price=price_of(endpoint, usage, self._started_at, reading.usage_raw) if endpoint else UNKNOWN,
            context_window=self._context_window(failure),
            prompt_sha256=sha256_of(request.sent.get("messages", request.messages)),
            started_at=self._started_at,
            first_token_s=None if reading.first_at is None else reading.first_at - self._start,
            duration_s=time.monotonic() - self._start,
            error=failure.text + tries_text(failure, n_retries) if failure else "",
        )


def offered_tools(body: dict[str, Any]) -> set[str]:
    """Return the names of the tools that a request offers."""
    return {str(tool.get("function", {}).get("name", "")) for tool in body.get("tools", ())}
