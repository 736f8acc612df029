"""A model's reply as it arrives: server-sent events to text pieces, tool calls, finish reason and usage.

Works on plain JSON values, so that a server which adds or leaves out fields does no harm. Knows no network: it is fed
bytes. Called by `ModelClient`.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agents.chats.values import read_json
from agents.models.failures import InvalidReplyError
from agents.models.reasoning_tags import ReasoningSplitter
from agents.plain_text import valid, valid_json

MAX_BYTES = 100_000_000
"""Of a reply as it is sent."""
MAX_LINE_BYTES = 10_000_000
MAX_CHARS = 5_000_000
"""Of all that a reply says, thinks and calls."""
MAX_CALLS = 256
MAX_USAGE_CHARS = 20_000
"""Of what a server tells about its counts; longer ones are left out."""
MAX_WHOLE_CHARS = 50_000
"""Of a call's arguments that are looked at for whether they are whole."""
MAX_BARE_BYTES = 20_000
"""Of JSON over several lines that is looked at after each of them."""


WireCall = dict[str, Any]
"""A tool call as the chat completions API has it."""


def wire_call(id: str, name: str, arguments: Any) -> WireCall:
    """Return a tool call; `arguments` are text afterwards."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": text}}


@dataclass
class _ArrivingCall:
    """A tool call of which pieces have arrived."""

    id: str
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    """Of its arguments."""
    n_chars: int = 0

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def add(self, name: str, arguments: str) -> None:
        """Go on with a piece; servers repeat the name, or send it in parts."""
        if name != self.name:
            self.name = name if name.startswith(self.name) else self.name + name
        if arguments:
            self.pieces.append(arguments)
            self.n_chars += len(arguments)

    def is_ended_by(self, name: str, arguments: str) -> bool:
        """Whether a piece for its place or id is the beginning of another call."""
        if not (name and self.name and arguments.strip()):
            return False
        is_other_whole = _is_object(arguments) and not name.startswith(self.name)
        return (self.n_chars <= MAX_WHOLE_CHARS and _is_object(self.arguments)) or (is_other_whole and not self.n_chars)


@dataclass
class ReplyParser:
    """What has arrived of one reply."""

    splitter: ReasoningSplitter = field(default_factory=ReasoningSplitter)
    """Tells what is said from what is thought between tags."""
    thought: list[str] = field(default_factory=list)
    """What came as reasoning, in fields or parts of its own."""
    calls: list[_ArrivingCall] = field(default_factory=list)
    """Tool calls in order."""
    finish_reason: str = ""
    usage_raw: dict[str, Any] = field(default_factory=dict)
    error: Any = None
    """An error that came in place of a reply, or in the middle of it."""
    has_choices: bool = False
    first_at: float | None = None
    """Monotonic clock when the first text or tool call came."""
    is_complete: bool = False
    """The server said that this was all."""
    _n_chars: int = 0
    """Of all that has arrived."""
    _open_calls: dict[tuple[str, Any], _ArrivingCall] = field(default_factory=dict)
    """By the index and the id with which servers say that a piece belongs to a call."""

    @property
    def text(self) -> str:
        """All that was said. Halves of a character that came in two pieces are joined, one without its other is
        marked."""
        return valid(self.splitter.said)

    @property
    def reasoning(self) -> str:
        """All that was thought."""
        return valid("\n\n".join(filter(None, ["".join(self.thought).strip(), self.splitter.reasoning])))

    @property
    def tool_calls(self) -> list[WireCall]:
        """The calls, each with an id of its own."""
        taken: set[str] = set()
        found = []
        for n, call in enumerate(self.calls):
            id = call.id or f"call_{n}"
            while id in taken:
                id = f"{id}_{n}"
            taken.add(id)
            found.append(valid_json(wire_call(id, call.name, call.arguments)))
        return found

    @property
    def has_begun(self) -> bool:
        """True once anything of the reply was passed on."""
        return self.splitter.has_said or bool(self.calls)

    def read_stream(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Yield each piece of text as it arrives, and "" for one of reasoning; InvalidReplyError when a line is no
        JSON."""
        for data in _data_lines(bounded(chunks)):
            if data == b"[DONE]":
                self.is_complete = True
                break
            value = _json(data, "a line that breaks off")
            if text := _text_alone(value):
                self.has_choices = True
                self._count(len(text))
                yield from list(self._says(self.splitter.feed(text))) or [""]
                continue
            yield from self._add(value, "delta")
            if self.error is not None:
                return
        yield from self._says(self.splitter.end())

    def read_whole(self, body: bytes) -> Iterator[str]:
        """Yield the text of a reply that was not streamed; InvalidReplyError when it is no JSON object."""
        if body.lstrip().startswith(b"data:"):  # it streamed after all
            yield from self.read_stream([body])
            return
        yield from self._add(_json(body, "JSON that breaks off"), "message")
        yield from self._says(self.splitter.end())
        self.is_complete = True

    def _add(self, value: Any, part: str) -> Iterator[str]:
        if isinstance(value, list) and value:  # Gemini sends its errors in a list
            value = value[0]
        if not isinstance(value, dict):
            raise InvalidReplyError("JSON of another form")
        choices = value.get("choices")
        if error := _error(value):
            self.error = error
            return
        if isinstance(value.get("usage"), dict):
            self.usage_raw = _usage(value["usage"]) or self.usage_raw
        for choice in choices if isinstance(choices, list) else []:
            if not isinstance(choice, dict):
                raise InvalidReplyError("JSON of another form")
            self.has_choices = True
            if choice.get("finish_reason"):
                self.finish_reason = valid_json(str(choice["finish_reason"]))
                self.is_complete = True
            message = choice.get(part) or choice.get("message") or {}
            yield from self._add_message(message if isinstance(message, dict) else {"content": message})

    def _add_message(self, said: dict[str, Any]) -> Iterator[str]:
        text, thought = _parts(said.get("content"))
        text = text or _text_of(said.get("refusal"))
        thought = _reasoning(said) or thought
        calls = said.get("tool_calls") or []
        calls = [call for call in (calls if isinstance(calls, list) else [calls]) if isinstance(call, dict)]
        if isinstance(said.get("function_call"), dict):  # the API's first form of it
            calls = [*calls, {"index": 0, "function": said["function_call"]}]
        if calls and self.first_at is None:
            self.first_at = time.monotonic()
        for i, call in enumerate(calls):
            self._add_call(call, i)
        if thought:
            self.thought.append(thought)
        self._count(len(text) + len(thought))
        pieces = list(self._says(self.splitter.feed(text)))
        yield from pieces or ([""] if thought or text else [])

    def _says(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            self.first_at = self.first_at or time.monotonic()
            yield piece

    def _add_call(self, delta: dict[str, Any], position: int) -> None:
        """Add a piece of a call. Another id makes another call, whatever its index says; so does a piece that has a
        name and whole arguments already where the call has both."""
        id, index = str(delta.get("id") or ""), delta.get("index")
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = _text_of(function.get("name")), function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
        place = ("index", index if isinstance(index, int) else position)
        call = self._open_calls.get(("id", id)) if id else self._open_calls.get(place)
        if call is None and id and (at_place := self._open_calls.get(place)) is not None and not at_place.id:
            call = at_place
        if call is not None and call.is_ended_by(name, arguments):
            call = None
        if call is None:
            call = _ArrivingCall(id)
            self.calls.append(call)
            if len(self.calls) > MAX_CALLS:
                raise InvalidReplyError(f"more than {MAX_CALLS} tool calls in one reply")
        self._open_calls[place] = call
        if id:
            self._open_calls["id", id] = call
            call.id = id
        self._count(len(name) + len(arguments))
        call.add(name, arguments)

    def _count(self, n_chars: int) -> None:
        self._n_chars += n_chars
        if self._n_chars > MAX_CHARS:
            raise InvalidReplyError(f"a reply of more than {MAX_CHARS:,} characters")


def bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks; InvalidReplyError when they are more than a reply may be."""
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > MAX_BYTES:
            raise InvalidReplyError(f"a reply of more than {MAX_BYTES // 1_000_000} MB")
        yield chunk


def _usage(raw: dict[str, Any]) -> dict[str, Any]:
    """Return what a server tells about its counts, as it can be kept; {} when it is no such thing."""
    try:
        return dict(valid_json(raw)) if len(json.dumps(raw)) <= MAX_USAGE_CHARS else {}
    except (RecursionError, ValueError):
        return {}


_OF_TEXT = {"content", "role"}


def _text_alone(value: Any) -> str:
    """Return the text of a piece that has nothing else to be read, as nearly all pieces are; "" for any other."""
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or len(choices) != 1 or value.get("usage") or value.get("error"):
        return ""
    choice = choices[0]
    if not isinstance(choice, dict) or choice.get("finish_reason") or choice.get("error"):
        return ""
    delta = choice.get("delta")
    if not isinstance(delta, dict) or not delta.keys() <= _OF_TEXT:
        return ""
    content = delta.get("content")
    return content if isinstance(content, str) else ""


def _is_object(text: str) -> bool:
    """Whether `text` is a whole JSON object."""
    if not text.rstrip().endswith("}"):
        return False
    return isinstance(read_json(text), dict)


def _error(value: dict[str, Any]) -> Any:
    """Return the error that `value` is, or holds in a choice; None for a reply."""
    if value.get("error"):
        return value["error"]
    choices = value.get("choices")
    if isinstance(choices, list) and choices:
        return next((each["error"] for each in choices if isinstance(each, dict) and each.get("error")), None)
    is_error = value.get("object") == "error" or value.get("type") == "error"
    has_words = any(
        isinstance(value.get(name), (str, list)) and value[name] for name in ("detail", "message", "errors")
    )
    return value if is_error or ("choices" not in value and has_words) else None


def _reasoning(said: dict[str, Any]) -> str:
    """Return what a message thinks, in whichever field the server puts it."""
    for name in ("reasoning_content", "reasoning", "thinking", "thought", "reasoning_text"):
        if found := _text_of(said.get(name)):
            return found
    details = said.get("reasoning_details")
    return _text_of(details) if isinstance(details, list) else ""


def _parts(content: Any) -> tuple[str, str]:
    """Return (what is said, what is thought) of a content: a text, or parts of which some are texts."""
    if not isinstance(content, list):
        return _text_of(content), ""
    said, thought = [], []
    for part in content:
        of = str(part.get("type", "")).lower() if isinstance(part, dict) else ""
        if (
            "think" in of
            or "reason" in of
            or "thought" in of
            or (isinstance(part, dict) and part.get("thought") is True)
        ):
            thought.append(_text_of(part))
        elif of not in ("reference", "tool_use", "tool_call", "image_url", "input_audio"):
            said.append(_text_of(part))
    return "".join(said), "".join(thought)


def _text_of(value: Any, depth: int = 0) -> str:
    """Return the text in `value`: itself, or what an object or a list of them holds."""
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "".join(_text_of(item, depth + 1) for item in value)
    if isinstance(value, dict):
        names = ("text", "thinking", "reasoning", "refusal", "content", "summary", "output_text")
        return next((found for name in names if (found := _text_of(value.get(name), depth + 1))), "")
    return ""


def _data_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The `data:` lines of an event stream, and JSON that stands among them bare, as errors of some servers do. Split
    at line feeds only: JSON may hold other Unicode line ends."""
    bare: list[bytes] = []
    n_bare = 0
    for line in _lines(chunks):
        name, colon, data = line.partition(b":")
        if colon and name in (b"data", b"error") and not bare:
            if data.strip():
                yield data.strip()
        elif bare or line.lstrip()[:1] in (b"{", b"["):
            bare.append(line)
            n_bare += len(line) + 1
            if n_bare <= MAX_BARE_BYTES and line.rstrip()[-1:] in (b"}", b"]") and _is_json(b"\n".join(bare)):
                yield b"\n".join(bare)
                bare, n_bare = [], 0
    if bare:
        yield b"\n".join(bare)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    n_rest = 0
    for chunk in chunks:
        first, *lines = chunk.split(b"\n")
        rest.append(first)
        n_rest += len(first)
        if n_rest > MAX_LINE_BYTES:
            raise InvalidReplyError(f"a line of more than {MAX_LINE_BYTES // 1_000_000} MB")
        if lines:
            yield b"".join(rest)
            yield from lines[:-1]
            rest, n_rest = [lines[-1]], len(lines[-1])
    if n_rest:
        yield b"".join(rest)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _json(data: bytes, what: str) -> Any:
    try:
        return json.loads(data)
    except RecursionError as error:
        raise InvalidReplyError("JSON that nests too deep") from error
    except ValueError as error:
        if data.lstrip()[:1] == b"<":
            raise InvalidReplyError("a web page") from error
        raise InvalidReplyError(what if data.strip() else "nothing") from error
