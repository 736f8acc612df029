"""The error that a server sent, in whichever form: its words, its status, the field of the request that it refused.

OpenAI's object, a list of such (Gemini), FastAPI's `detail` with `loc`, a bare text (Ollama, LM Studio), an object in a
choice (OpenRouter), JSON inside the words (gateways). Called by `failures`.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agents.chats.values import read_json
from agents.models.connections import NO_KEY
from agents.models.context_window import named_window
from agents.plain_text import shorten, valid, without_keys

MAX_TEXT_CHARS = 300
"""Of a server's words that people read."""
MAX_WORDS_CHARS = 8_000
"""Of those that are looked through."""
MIN_KEY_CHARS = 4
"""A shorter one would be found in any text."""
MIN_BASE64_CHARS = 8
"""The same of what is within Base64."""

_WORDS = ("error", "message", "msg", "detail", "details", "errors", "reason", "title", "description", "error_message")
"""Names under which servers put their words, the most telling first at each level."""

_STATUS_OF = {
    "invalid_api_key": 401, "unauthenticated": 401, "authentication_error": 401, "permission_denied": 403,
    "permission_error": 403, "forbidden": 403, "not_found": 404, "not_found_error": 404, "model_not_found": 404,
    "insufficient_quota": 429, "rate_limit_exceeded": 429, "rate_limit_error": 429, "resource_exhausted": 429,
    "too_many_requests": 429, "invalid_argument": 400, "failed_precondition": 400, "invalid_request_error": 400,
    "badrequesterror": 400, "bad_request": 400, "unsupported_parameter": 400, "unsupported_value": 400,
    "invalid_request": 400, "context_length_exceeded": 400, "content_filter": 400, "content_policy_violation": 400,
    "unprocessable_entity": 422, "overloaded_error": 503, "unavailable": 503, "internal": 500, "api_error": 500,
    "server_error": 500, "internal_server_error": 500, "deadline_exceeded": 504,
}  # fmt: skip
"""What an error's code or type means where no HTTP status says it."""
_TOO_LONG = re.compile(
    r"context[ _-](?:length|size|window)|maximum context|too many (?:input )?tokens"
    r"|(?:prompt|input|request|chat|messages?)\W+(?:\w+\W+){0,6}too long"
    r"|maximum.{0,40}tokens|exceed.{0,60}(?:tokens|context)|request too large|tokens.{0,40}must be <="
    r"|reduce the length of the (?:messages|prompt)",
)
_FILTERED = ("content_filter", "content_policy_violation", "responsibleaipolicyviolation", "safety")


@dataclass(frozen=True)
class ErrorBody:
    """What a server's error says."""

    text: str = ""
    """Its words: one line of up to 300 characters, without keys; "" for none."""
    words: str = ""
    """The same at length: some servers begin with their source code and end with what is wrong."""
    code: str = ""
    """Its code or type, in small letters."""
    status: int = 0
    """The HTTP status that the body tells; 0 for none."""
    fields: tuple[str, ...] = ()
    """The path of the field of the request that it refused; () for none said."""
    context_window: int | None = None
    """The tokens that the model reads at once, where it says that the prompt has more."""

    @property
    def is_quota(self) -> bool:
        """The account has no credit left."""
        said = self.words.lower()
        is_about_money = "quota" in said or "billing" in said or "credit balance" in said
        is_about_money = is_about_money and not re.search(r"per[ _-]?(?:minute|second)", said)
        return self.code == "insufficient_quota" or (is_about_money and self.status in (0, 400, 402, 403, 429))

    @property
    def is_too_long(self) -> bool:
        """The prompt is larger than the model's context."""
        if self.code in ("context_length_exceeded", "exceed_context_size_error"):
            return True
        said = self.words.lower()
        is_about_reply = re.search(r"max_tokens|(?:output|completion) tokens", said) and "context" not in said
        is_named = self.context_window is not None or _TOO_LONG.search(said) is not None
        return is_named and not is_about_reply

    @property
    def is_filtered(self) -> bool:
        """What the prompt says is not allowed."""
        return self.code in _FILTERED

    @property
    def is_wrong_address(self) -> bool:
        """The server knows no such path (LM Studio answers so, with status 200)."""
        return "unexpected endpoint" in self.text.lower()

    def names_model(self, model: str) -> bool:
        return "model" in self.code or "model" in self.text.lower() or model.lower() in self.text.lower()


def read_error(body: Any, api_key: str) -> ErrorBody:
    """Return what the error `body` (JSON, or text) says; an empty one when it says nothing."""
    body = _unwrapped(body)
    layers = list(_layers(body))
    code = next((str(value).lower() for layer in layers for value in _values(layer, "code", "type", "status")), "")
    status = next(
        (n for layer in layers for n in map(_status, _values(layer, "code", "status", "status_code")) if n), 0
    )
    if not status:
        named = (str(value).lower() for layer in layers for value in _values(layer, "code", "status", "type"))
        status = next((_STATUS_OF[name] for name in named if name in _STATUS_OF), 0)
    said = redact(" ".join(_words(body)[: 2 * MAX_WORDS_CHARS].split()), api_key)
    text, words = shorten(said, MAX_TEXT_CHARS), said[:MAX_WORDS_CHARS]
    window = named_window(words, layers)
    return ErrorBody(text, words, code, status, _fields(layers), window)


def redact(text: str, api_key: str) -> str:
    """`text` without the key, without anything that looks like one, and without invalid characters."""
    text = valid(text)
    if len(api_key) >= MIN_KEY_CHARS and api_key != NO_KEY:
        text = _forms_of(api_key).sub("[key]", text)
    return without_keys(text)


@lru_cache(maxsize=64)
def _forms_of(api_key: str) -> re.Pattern[str]:
    """Return what finds the key in a server's words: as it is, with some or all of its characters as URLs or JSON write
    them, and within Base64, at each of the three places in which it can stand there."""
    written = "".join(rf"(?:\\?{re.escape(each)}|%(?:25)*(?i:{ord(each):02x}))" for each in api_key)
    coded = []
    for n_before in range(3):
        code = base64.b64encode(b"\0" * n_before + api_key.encode()).decode().rstrip("=")
        whole = code[-(-n_before * 8 // 6) : len(code) - bool((n_before + len(api_key)) % 3)]
        if len(whole) >= MIN_BASE64_CHARS:
            coded.append("".join({"+": r"[+\-]", "/": r"[/_]"}.get(each, each) for each in whole))
    return re.compile(
        "|".join([written, *(rf"[A-Za-z0-9+/_\-]{{0,40}}{each}[A-Za-z0-9+/_\-]{{0,40}}=*" for each in coded)])
    )


def _unwrapped(body: Any) -> Any:
    """Return `body` with its JSON read, where it came as text."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        return read_json(body, body)
    return body


def _layers(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the objects of an error, the inner ones first: they tell more."""
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value[:3]:
            yield from _layers(item, depth + 1)
    elif isinstance(value, dict):
        for name in _WORDS:
            inner = value.get(name)
            inner = _unwrapped(inner) if isinstance(inner, str) else inner
            if isinstance(inner, (dict, list)):
                yield from _layers(inner, depth + 1)
        yield value


def _values(layer: dict[str, Any], *names: str) -> Iterator[Any]:
    return (value for name in names if isinstance(value := layer.get(name), (str, int)) and value)


def _status(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and 400 <= int(text) < 600 else 0


def _words(value: Any, depth: int = 0) -> str:
    """Return the words in `value`, at most six layers deep; of a list all that differ."""
    value = _unwrapped(value)
    if depth > 6:
        return ""
    if isinstance(value, str):
        return "" if value.lstrip().startswith("<") else value
    if isinstance(value, list):
        return "; ".join(dict.fromkeys(filter(None, (_words(item, depth + 1) for item in value[:3]))))
    if isinstance(value, dict):
        found = next((said for name in _WORDS if (said := _words(value.get(name), depth + 1))), "")
        inner = value.get("metadata")  # OpenRouter: the provider's own error is inside
        raw = _words(inner.get("raw"), depth + 1) if isinstance(inner, dict) else ""
        return f"{found}: {raw}" if found and raw and raw not in found else found or raw
    return ""


def _fields(layers: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the path that `param` or `loc` names, without the "body" it begins with."""
    for layer in layers:
        path: list[str] = []
        if isinstance(loc := layer.get("loc"), list):
            path = [str(part) for part in loc]
        elif isinstance(param := layer.get("param"), str):
            path = re.findall(r"[\w-]+", param)
        path = path[1:] if path[:1] in (["body"], ["query"]) else path
        if path:
            return tuple(path)
    return ()
