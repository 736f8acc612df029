"""What the scripted server says: the default reply of a prompt, speaker selections, and every fault by its name.

Pure functions from a request to a reply. Faults can be had by model name ("fault-401", "flaky-503", "slow"), so that
a test needs no channel to the server. Tokens are words, so that totals can be added up by hand.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

WORDS = ["plans", "checks", "writes", "reads", "asks", "notes", "weighs", "drafts", "tests", "counts", "sorts", "names"]
MODELS = ["scripted-1", "scripted-2", "details", "slow"]
"""What GET /v1/models lists; any other name is answered too."""


def n_words(text: Any) -> int:
    return len(str(text or "").split())


@dataclass(frozen=True)
class Request:
    """One request for a completion, as it came."""

    n: int
    """1-based, in order of arrival."""
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @classmethod
    def of(cls, path: str, headers: dict[str, str], body: dict[str, Any], n: int) -> "Request":
        return cls(n=n, path=path, headers=headers, body=body)

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def is_stream(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def wants_usage(self) -> bool:
        return not self.is_stream or bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def prompt_hash(self) -> str:
        """Of role, content and name of all messages, and of nothing else."""
        kept = [{key: message.get(key) for key in ("role", "content", "name")} for message in self.messages]
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def candidates(self) -> list[str]:
        """The names to select from when this is a speaker selection prompt (pyautogen's wording), else none."""
        last = str(self.messages[-1].get("content") or "") if self.messages else ""
        if not re.search(r"select the next role from|didn't choose a speaker|more than one name in your text", last):
            return []
        for message in reversed(self.messages):
            content = str(message.get("content") or "")
            found = re.search(r"(?:next role from|names that are accepted are) \[([^\]]*)\]", content)
            if found:
                return [name.strip().strip("'\"") for name in found[1].split(",") if name.strip()]
        return []

    @property
    def is_selection(self) -> bool:
        return bool(self.candidates)


@dataclass
class Reply:
    """What to answer. With `status` other than 200, or a `body`, that is sent instead of a completion."""

    text: str | None = ""
    status: int = 200
    body: Any = None
    """JSON value, or a str sent as it is."""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0
    """Before the first byte, on top of the server's latency."""
    piece_delay_s: float = 0
    waits_for: threading.Event | None = None
    """After its first piece nothing more comes until this is set."""
    is_silent: bool = False
    """Never answers."""
    drop_after: int | None = None
    """Closes the connection after so many pieces; 0: before any byte."""
    has_usage: bool = True
    usage: dict[str, Any] | None = None
    """Sent instead of the counted usage."""
    n_cached: int = 0
    n_reasoning: int = 0
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str = "stop"
    has_choices: bool = True
    words_a_piece: int = 1
    """Of the text, as it is streamed."""
    raw_pieces: list[str] = field(default_factory=list)
    """Data lines of the stream, sent instead of a proper stream."""

    def counted(self, request: Request) -> dict[str, int]:
        """Tokens of this exchange; cached and reasoning tokens are part of prompt and completion."""
        prompt = sum(n_words(message.get("content")) for message in request.messages)
        completion = n_words(self.text) + sum(n_words(json.dumps(call)) for call in self.tool_calls) + self.n_reasoning
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "cached_tokens": min(self.n_cached, prompt),
            "reasoning_tokens": self.n_reasoning,
        }

    def usage_body(self, request: Request) -> dict[str, Any]:
        if self.usage is not None:
            return self.usage
        counted = self.counted(request)
        body: dict[str, Any] = {key: counted[key] for key in ("prompt_tokens", "completion_tokens")}
        body["total_tokens"] = sum(body.values())
        if counted["cached_tokens"]:
            body["prompt_tokens_details"] = {"cached_tokens": counted["cached_tokens"]}
        if counted["reasoning_tokens"]:
            body["completion_tokens_details"] = {"reasoning_tokens": counted["reasoning_tokens"]}
        return body

    def completion(self, request: Request) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.tool_calls:
            message["tool_calls"] = self.tool_calls
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        body = self._envelope(request, "chat.completion")
        body["choices"] = [choice] if self.has_choices else []
        if self.has_usage:
            body["usage"] = self.usage_body(request)
        return body

    def pieces(self, request: Request) -> Iterator[bytes]:
        """The server-sent events of a streamed answer."""
        if self.raw_pieces:
            yield from (f"data: {piece}\n\n".encode() for piece in self.raw_pieces)
            return
        for delta in self._deltas() if self.has_choices else ():
            yield self._event(request, [{"index": 0, "delta": delta, "finish_reason": None}])
        if self.has_choices:
            yield self._event(request, [{"index": 0, "delta": {}, "finish_reason": self.finish_reason}])
        if self.has_usage and request.wants_usage:
            yield self._event(request, [], usage=self.usage_body(request))
        yield b"data: [DONE]\n\n"

    def _deltas(self) -> Iterator[dict[str, Any]]:
        if not self.tool_calls or self.text:
            words = rf"\s*\S+(?:\s+\S+){{0,{self.words_a_piece - 1}}}(?:\s*$)?"
            for i, piece in enumerate(re.findall(words, self.text or "") or [self.text]):
                yield {"role": "assistant", "content": piece} if i == 0 else {"content": piece}
        for i, call in enumerate(self.tool_calls):
            function = call["function"]
            half = len(function["arguments"]) // 2
            start = {"name": function["name"], "arguments": function["arguments"][:half]}
            yield {"tool_calls": [{"index": i, "id": call["id"], "type": "function", "function": start}]}
            yield {"tool_calls": [{"index": i, "function": {"arguments": function["arguments"][half:]}}]}

    def _event(self, request: Request, choices: list[dict[str, Any]], usage: Any = None) -> bytes:
        body = {**self._envelope(request, "chat.completion.chunk"), "choices": choices}
        if usage is not None:
            body["usage"] = usage
        return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"

    def _envelope(self, request: Request, of: str) -> dict[str, Any]:
        return {"id": f"scripted-{request.n}", "object": of, "created": 0, "model": request.model}


Item = str | Reply


@dataclass
class Record:
    """What came and what became of it."""

    n: int
    at: float
    path: str
    model: str
    messages: list[dict[str, Any]]
    parameters: dict[str, Any]
    """The rest of the request's body."""
    prompt_hash: str
    is_selection: bool
    reply: str
    usage: dict[str, int]
    """As counted here, whether or not it was sent."""
    outcome: str = "open"
    """open, ok, a status such as "401", "dropped", "closed by client"."""
    n_pieces: int = 0
    """Stream events sent."""
    duration_s: float = 0

    @classmethod
    def of(cls, request: Request, reply: Reply) -> "Record":
        return cls(
            n=request.n,
            at=time.time(),
            path=request.path,
            model=request.model,
            messages=request.messages,
            parameters={key: value for key, value in request.body.items() if key not in ("messages", "model")},
            prompt_hash=request.prompt_hash,
            is_selection=request.is_selection,
            reply=reply.text or "",
            usage=reply.counted(request),
        )


def as_reply(item: Item, request: Request) -> Reply:
    """An item of a script as a reply: a fault's name is that fault, any other text is said."""
    if isinstance(item, Reply):
        return item
    return fault(item.removeprefix("fault-"), request) if item.startswith("fault-") else Reply(item)


def default_reply(request: Request) -> Reply:
    """Names one candidate for a selection prompt, else a few words; a function of the prompt alone."""
    digest = request.prompt_hash
    candidates = request.candidates
    if candidates:
        return Reply(candidates[int(digest[:8], 16) % len(candidates)])
    words = [WORDS[int(digest[i : i + 2], 16) % len(WORDS)] for i in range(8, 20, 2)]
    return Reply(f"scripted {digest[:8]} {' '.join(words)}")


def answer(request: Request, *, is_first: bool) -> Reply:
    """The unscripted reply, by model name.

    "fault-NAME": always that fault. "flaky-NAME": that fault the first time a prompt comes, then the default.
    "rehearse:TEXT": TEXT. "ends-at-N": says TERMINATE once the prompt has N messages besides system ones.
    "slow": 0.2 s between pieces. "details": with cached and reasoning tokens. Any other: the default.
    """
    model, reply = request.model, default_reply(request)
    if model.startswith("fault-"):
        return fault(model.removeprefix("fault-"), request)
    if model.startswith("flaky-"):
        return fault(model.removeprefix("flaky-"), request) if is_first else reply
    if request.is_selection:
        return reply
    if model.startswith("rehearse:"):
        return Reply(model.removeprefix("rehearse:"))
    if model.startswith("ends-at-"):
        n_said = sum(message.get("role") != "system" for message in request.messages)
        if n_said >= int(model.removeprefix("ends-at-")):
            reply.text = f"{reply.text} TERMINATE"
    if model == "slow":
        reply.piece_delay_s = 0.2
    if model == "details":
        reply.n_cached, reply.n_reasoning = 2, 5
    return reply


def _error(status: int, message: str, code: str | None = None, kind: str = "invalid_request_error") -> Reply:
    return Reply(None, status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def fault(name: str, request: Request) -> Reply:
    """The fault of that name; a refusal that lists the names when there is none."""
    make = FAULTS.get(name)
    return make(request) if make else _error(400, f"no fault {name!r}; there are {', '.join(FAULTS)}")


def _rate_limited(request: Request) -> Reply:
    reply = _error(429, "Rate limit reached for requests", "rate_limit_exceeded", "requests")
    reply.headers = {"retry-after": "0.05"}
    return reply


def _truncated(request: Request) -> Reply:
    if request.is_stream:
        return Reply(None, raw_pieces=['{"id": "x", "choices": [{"index": 0, "delta": {"content": "Hel'])
    return Reply(None, body='{"id": "x", "choices": [{"index": 0, "message": {"role": "assi')


def _no_stream_options(request: Request) -> Reply:
    if "stream_options" in request.body:
        return _error(400, "Unrecognized request argument supplied: stream_options")
    return default_reply(request)


def _long_prompt(request: Request) -> Reply:
    text = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    return _error(400, text, "context_length_exceeded")


FAULTS: dict[str, Callable[[Request], Reply]] = {
    "400": lambda request: _error(400, "Unsupported value: 'temperature' does not support 0.7 with this model."),
    "401": lambda request: _error(401, "Incorrect API key provided: " + _key(request), "invalid_api_key"),
    "403": lambda request: _error(403, "You are not allowed to use this model", "forbidden"),
    "404": lambda request: _error(404, f"The model `{request.model}` does not exist", "model_not_found"),
    "404-path": lambda request: Reply(None, 404, "404 page not found"),
    "429": _rate_limited,
    "quota": lambda request: _error(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    "500": lambda request: _error(500, "The server had an error", kind="server_error"),
    "503": lambda request: _error(503, "The engine is overloaded", kind="server_error"),
    "context": _long_prompt,
    "timeout": lambda request: Reply(None, is_silent=True),
    "slow": lambda request: Reply(default_reply(request).text, piece_delay_s=0.2),
    "hangup": lambda request: Reply(None, drop_after=0),
    "drop": lambda request: Reply(default_reply(request).text, drop_after=2),
    "truncated": _truncated,
    "html": lambda request: Reply(None, body="<html><body><h1>It works!</h1></body></html>"),
    "no-choices": lambda request: Reply(None, has_choices=False),
    "empty": lambda request: Reply(""),
    "null": lambda request: Reply(None),
    "content-filter": lambda request: Reply(None, finish_reason="content_filter"),
    "no-usage": lambda request: Reply(default_reply(request).text, has_usage=False),
    "no-stream-options": _no_stream_options,
    "stream-error": lambda request: Reply(None, raw_pieces=['{"error": {"message": "out of memory", "code": 500}}']),
}


def _key(request: Request) -> str:
    """The key that came: some servers repeat it in their errors, and the studio must not."""
    return request.headers.get("authorization", "").removeprefix("Bearer ")
