"""A model's reply as it arrives: server-sent events to text pieces, tool calls, finish reason and usage.

Works on plain JSON values, so that a server which adds or leaves out fields does no harm. Knows no network: it is fed
bytes. Called by `ModelClient`.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agents.chats import BUCKETS, INPUT_BUCKETS, Usage
from agents.models.failures import InvalidReplyError
from agents.models.pricing import PROVIDER_BUCKETS
from agents.plain_text import valid, valid_json

MAX_COUNT = 10**12
"""Tokens of one call; a server that counts more counts nothing."""


@dataclass
class ReplyParser:
    """What has arrived of one reply."""

    pieces: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Tool calls by their index, arguments joined."""
    finish_reason: str = ""
    usage_raw: dict[str, Any] = field(default_factory=dict)
    error: Any = None
    """An error object that came in the middle of the stream."""
    has_choices: bool = False
    first_at: float | None = None
    """Monotonic clock when the first text or tool call came."""
    is_complete: bool = False
    """The server said that this was all."""

    @property
    def text(self) -> str:
        """All of it. Halves of a character that came in two pieces are joined, one without its other is marked."""
        return valid("".join(self.pieces))

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        return [valid_json(self.calls[index]) for index in sorted(self.calls)]

    @property
    def has_begun(self) -> bool:
        """True once anything of the reply was passed on."""
        return bool(self.pieces or self.calls)

    def read_stream(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Yield each piece of text as it arrives; InvalidReplyError when a line is no JSON."""
        for data in _data_lines(chunks):
            if data == b"[DONE]":
                self.is_complete = True
                return
            yield from self._add(_json(data, "a line that breaks off"), "delta")
            if self.error is not None:
                return

    def read_whole(self, body: bytes) -> Iterator[str]:
        """Yield the text of a reply that was not streamed; InvalidReplyError when it is no JSON object."""
        yield from self._add(_json(body, "JSON that breaks off"), "message")
        self.is_complete = True

    def _add(self, value: Any, part: str) -> Iterator[str]:
        if not isinstance(value, dict):
            raise InvalidReplyError("JSON of another form")
        if value.get("error"):
            self.error = value["error"]
            return
        if isinstance(value.get("usage"), dict):
            self.usage_raw = valid_json(value["usage"])
        choices = value.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if not isinstance(choice, dict):
                raise InvalidReplyError("JSON of another form")
            self.has_choices = True
            if choice.get("finish_reason"):
                self.finish_reason = valid_json(str(choice["finish_reason"]))
                self.is_complete = True
            said = choice.get(part) or choice.get("message") or {}
            text = said.get("content") or said.get("refusal")
            calls = said.get("tool_calls") or []
            if self.first_at is None and (text or calls):
                self.first_at = time.monotonic()
            for i, call in enumerate(calls):
                self._add_call(call, i)
            if isinstance(text, str) and text:
                self.pieces.append(text)
                yield text

    def _add_call(self, delta: dict[str, Any], position: int) -> None:
        index = delta.get("index")
        index = index if isinstance(index, int) else position
        call = self.calls.setdefault(
            index, {"id": f"call_{index}", "type": "function", "function": {"name": "", "arguments": ""}}
        )
        call["id"] = delta.get("id") or call["id"]
        function = delta.get("function") or {}
        call["function"]["name"] += function.get("name") or ""
        arguments = function.get("arguments") or ""
        call["function"]["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)


def parse_usage(raw: dict[str, Any]) -> Usage | None:
    """Return the server's token counts in buckets that exclude each other; None when it counted nothing.

    Each bucket is a part of the prompt or completion tokens at most servers. Where the total is larger than those,
    what was read from the cache or written to it (proxies of Anthropic), or else reasoning (xAI, Gemini's compatible
    endpoint), comes on top.
    """
    prompt, completion = _count(raw, "prompt_tokens"), _count(raw, "completion_tokens")
    if not prompt and not completion:
        return None
    parts = {
        name: next(filter(None, (_count(raw, path) for path in provider.found_at)), 0)
        for name, provider in PROVIDER_BUCKETS.items()
    }
    on_top = max(0, _count(raw, "total_tokens") - prompt - completion)
    if on_top and on_top == sum(parts[name] for name in INPUT_BUCKETS) and on_top != parts["reasoning"]:
        prompt += on_top
    elif on_top:
        completion, parts["reasoning"] = completion + on_top, on_top
    rest = {"input": prompt, "output": completion}
    for name, bucket in BUCKETS.items():
        parts[name] = min(parts[name], rest[bucket.direction])
        rest[bucket.direction] -= parts[name]
    parts["input_uncached"], parts["output"] = rest["input"], rest["output"]
    return Usage(**parts)


def _count(raw: Any, path: str) -> int:
    """The number at `path`, such as "prompt_tokens_details.cached_tokens"; 0 when there is none that can be."""
    number = raw
    for name in path.split("."):
        number = number.get(name) if isinstance(number, dict) else None
    return int(number) if isinstance(number, (int, float)) and 0 < number < MAX_COUNT else 0


def _data_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The `data:` lines of an event stream. Split at line feeds only: JSON may hold other Unicode line ends."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
    if rest.startswith(b"data:"):
        yield rest[5:].strip()


def _json(data: bytes, what: str) -> Any:
    try:
        return json.loads(data)
    except RecursionError as error:
        raise InvalidReplyError("JSON that nests too deep") from error
    except ValueError as error:
        if data.lstrip()[:1] == b"<":
            raise InvalidReplyError("a web page") from error
        raise InvalidReplyError(what if data.strip() else "nothing") from error
