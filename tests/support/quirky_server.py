"""Servers that do not keep to the API, as profiles of the scripted server: what each refuses, and how it replies.

    play_on(profile, server, replies, selections)  # from now on the server behaves so

A profile refuses requests in the words of the server it is named after, and wraps what is to be said in its own form.
Refused requests use up nothing of the script.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer

Refusal = Callable[[Request], Reply | None]
THOUGHT = "SECRET-THOUGHT: QA_Engineer or Feedback? ```python\nprint('SECRET-THOUGHT')\n``` TERMINATE"
"""What a thinking model thinks: names, code and the closing phrase, none of which may count."""


@dataclass(frozen=True)
class Profile:
    """How a server behaves."""

    refuses: Refusal = lambda request: None
    says: Callable[[Request, str], Reply] = lambda request, text: Reply(text)


def play_on(profile: Profile, server: ScriptedServer, replies: list[str], selections: list[str]) -> None:
    """Let the server say `replies` and, asked who speaks next, `selections`, in order, as the profile does."""
    for of, texts in (("reply", deque(replies)), ("select", deque(selections))):
        server.script(partial(_answer, profile, texts), of=of)


def _answer(profile: Profile, texts: "deque[str]", request: Request) -> Reply | None:
    refusal = profile.refuses(request)
    if refusal is not None:
        return refusal
    return profile.says(request, texts.popleft()) if texts else None


# What is refused


def error(status: int, message: str, **more: Any) -> Reply:
    return Reply(None, status, {"error": {"message": message, "type": "invalid_request_error", **more}})


def bare(status: int, message: str) -> Reply:
    return Reply(None, status, {"object": "error", "message": message, "type": "BadRequestError", "code": status})


def loc(*path: Any, msg: str = "Extra inputs are not permitted") -> Reply:
    return Reply(None, 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", *path], "msg": msg}]})


def first(*refusals: Refusal) -> Refusal:
    """The first refusal of several."""
    return lambda request: next((reply for refuse in refusals if (reply := refuse(request)) is not None), None)


def when(condition: Callable[[Request], Any], reply: Reply) -> Refusal:
    return lambda request: reply if condition(request) else None


def roles(request: Request) -> list[str]:
    return [message["role"] for message in request.messages]


def has_late_system(request: Request) -> bool:
    return "system" in roles(request)[1:]


def has_system(request: Request) -> bool:
    return "system" in roles(request)


def has_name(request: Request) -> bool:
    return any("name" in message for message in request.messages)


def ends_otherwise(request: Request) -> bool:
    return roles(request)[-1] not in ("user", "tool")


def is_not_alternating(request: Request) -> bool:
    said = [role for role in roles(request) if role not in ("system", "tool")]
    expected = ["user" if n % 2 == 0 else "assistant" for n in range(len(said))]
    return said != expected or has_late_system(request)


def has_empty(request: Request) -> bool:
    return any(not str(message.get("content") or "").strip() for message in request.messages)


def has(*parameters: str) -> Callable[[Request], bool]:
    return lambda request: any(name in request.body for name in parameters)


def refuses_names_by_place(request: Request) -> Reply | None:
    place = next((n for n, message in enumerate(request.messages) if "name" in message), None)
    return None if place is None else loc("messages", place, "user", "name")


JINJA = (
    "Value is not callable: null at row 1, column 1: {{- raise_exception('System message must be at the beginning.')"
)
REFUSING: dict[str, Refusal] = {
    "vllm qwen: system first": when(has_late_system, bare(400, "System message must be at the beginning.")),
    "llama.cpp qwen: system first": when(has_late_system, error(500, JINJA, code=500)),
    "mistral: names": refuses_names_by_place,
    "groq: names": when(has_name, error(400, "'messages.1' : property 'name' is unsupported")),
    "mistral: last role": when(
        ends_otherwise,
        bare(400, "Expected last role User or Tool (or Assistant with prefix True) for serving but got system"),
    ),
    "mistral: names and last role": first(
        refuses_names_by_place,
        when(ends_otherwise, bare(400, "Expected last role User or Tool for serving but got system")),
    ),
    "deepseek: last": when(
        ends_otherwise, error(400, "The last message of deepseek-reasoner must be a user message, or ...")
    ),
    "gemma: no system": when(has_system, error(400, "System role not supported", code=400)),
    "gemma: alternation and no system": first(
        when(has_system, bare(400, "System role not supported")),
        when(is_not_alternating, bare(400, "Conversation roles must alternate user/assistant/user/assistant/...")),
    ),
    "mistral template: alternation": when(
        is_not_alternating,
        error(500, "After the optional system message, conversation roles must alternate user/assistant/...", code=500),
    ),
    "o1-mini: no system": when(
        has_system,
        error(
            400, "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            param="messages[0].role", code="unsupported_value",
        ),
    ),
    "lm studio: only two roles": when(
        has_system,
        Reply(None, 400, {"error": 'Error rendering prompt: "Only user and assistant roles are supported!"'}),
    ),
    "no temperature": when(
        has("temperature"),
        error(400, "Unsupported parameter: 'temperature' is not supported with this model.", param="temperature"),
    ),
    "no stream_options by place": when(has("stream_options"), loc("stream_options")),
    "no stream_options in words": when(
        has("stream_options"), error(400, "Unrecognized request argument: stream_options")
    ),
    "no streaming": when(
        lambda request: request.is_stream,
        error(
            400, "Your organization must be verified to stream this model.", param="stream", code="unsupported_value"
        ),
    ),
    "empty messages": when(has_empty, error(400, "messages.1: text content blocks must be non-empty")),
    "says nothing: names": when(has_name, Reply(None, 400, {"error": "Bad Request"})),
    "says nothing: system first": when(has_late_system, Reply(None, 422, {"detail": "Unprocessable Entity"})),
    "says nothing: system and names": when(
        lambda request: has_system(request) or has_name(request), Reply(None, 400, "bad request")
    ),
    "says nothing: alternation": when(is_not_alternating, Reply(None, 400, {})),
    "fails: names": when(has_name, error(500, "Internal Server Error")),
}  # fmt: skip


# How it replies


def event(delta: dict[str, Any], finish: str | None = None) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def events(*deltas: dict[str, Any], finish: str = "stop") -> Reply:
    """A stream of these deltas, whole and counted."""
    usage = json.dumps({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}})
    return Reply(None, raw_pieces=[*map(event, deltas), event({}, finish), usage, "[DONE]"])


def in_pieces(text: str, size: int = 3) -> Reply:
    """A stream that cuts `text` wherever it comes to, inside of tags too."""
    return events(*({"content": text[n : n + size]} for n in range(0, len(text), size)))


def in_parts(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": text},
    ]


REPLYING: dict[str, Callable[[Request, str], Reply]] = {
    "thinks in tags": lambda request, text: Reply(f"<think>\n{THOUGHT}\n</think>\n\n{text}"),
    "thinks in tags, cut anywhere": lambda request, text: in_pieces(f"<think>{THOUGHT}</think>{text}"),
    "thinks without a first tag": lambda request, text: in_pieces(f"{THOUGHT}\n</think>\n\n{text}"),
    "thinks in other tags": lambda request, text: in_pieces(f"<thought>{THOUGHT}</thought>\n{text}", 7),
    "thinks in brackets": lambda request, text: Reply(f"[THINK]{THOUGHT}[/THINK]{text}"),
    "thinks in the middle": lambda request, text: in_pieces(
        f"<think>{THOUGHT}</think>{text}\n<think>{THOUGHT}</think>"
    ),
    "thinks at the end, unclosed": lambda request, text: Reply(f"{text}\n<reasoning>{THOUGHT}"),
    "thinks in a field": lambda request, text: events({"reasoning_content": THOUGHT}, {"content": text}),
    "thinks in another field": lambda request, text: events({"reasoning": THOUGHT, "content": ""}, {"content": text}),
    "content in parts": lambda request, text: events({"content": in_parts(text)}),
    "content in one part": lambda request, text: events({"content": [{"type": "text", "text": text}]}),
    "a refusal as a part": lambda request, text: events({"content": [{"type": "refusal", "refusal": text}]}),
    "streams after all": lambda request, text: Reply(body=f"data: {event({'content': text}, 'stop')}\n\n"),
    "no event stream": lambda request, text: Reply(
        body={"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    ),
    "no usage": lambda request, text: Reply(text, has_usage=False),
}
THINKING = [name for name in REPLYING if name.startswith("thinks") or name == "content in parts"]

SERVED: dict[str, Profile] = {
    **{name: Profile(refuses=refuse) for name, refuse in REFUSING.items()},
    **{name: Profile(says=says) for name, says in REPLYING.items()},
}
"""Servers on which a team works."""


# How it calls tools: each of these is a call of look_up with "sea", then one of look_up with "sky"

SEA, SKY = '{"word": "sea"}', '{"word": "sky"}'


def piece(name: str | None, arguments: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **more}


def calls(*deltas: Any) -> Reply:
    lists = (delta if isinstance(delta, list) else [delta] for delta in deltas)
    return events(*({"tool_calls": each} for each in lists), finish="tool_calls")


CALLING: dict[str, Reply] = {
    "two with index 0": calls(piece("look_up", SEA, index=0, id="a"), piece("look_up", SKY, index=0, id="b")),
    "two without index": calls(piece("look_up", SEA, id="a"), piece("look_up", SKY, id="b")),
    "two without index and id": calls(piece("look_up", SEA), piece("look_up", SKY)),
    "two in one delta without index": calls([piece("look_up", SEA), piece("look_up", SKY)]),
    "two with the same id": calls(piece("look_up", SEA, index=0, id="a"), piece("look_up", SKY, index=1, id="a")),
    "the name in each delta": calls(
        piece("look_up", '{"word": ', index=0, id="a"), piece("look_up", '"sea"}', index=0, id="a"),
        piece("look_up", '{"word": ', index=1, id="b"), piece("look_up", '"sky"}', index=1, id="b"),
    ),
    "the name in each delta, the id once": calls(
        piece("look_up", "", index=0, id="a"), piece("look_up", SEA, index=0),
        piece("look_up", "", index=1, id="b"), piece("look_up", SKY, index=1),
    ),
    "arguments as objects": calls(piece("look_up", {"word": "sea"}, id="a"), piece("look_up", {"word": "sky"}, id="b")),
    "arguments encoded twice": calls(
        piece("look_up", json.dumps(SEA), index=0, id="a"), piece("look_up", json.dumps(SKY), index=1, id="b")
    ),
    "text in tags": Reply(
        f'<tool_call>{{"name": "look_up", "arguments": {SEA}}}</tool_call>\n'
        f'<tool_call>{{"name": "look_up", "arguments": {SKY}}}</tool_call>'
    ),
    "text in a fence": Reply(
        f'```json\n[{{"name": "look_up", "arguments": {SEA}}}, {{"name": "look_up", "arguments": {SKY}}}]\n```'
    ),
    "text behind thoughts": in_pieces(
        f'<think>Which?</think>\n{{"name": "look_up", "arguments": {SEA}}}\n{{"name": "look_up", "parameters": {SKY}}}'
    ),
}  # fmt: skip
NO_TOOLS: dict[str, Refusal] = {
    "ollama": when(has("tools"), error(400, "registry.ollama.ai/library/gemma2:2b does not support tools")),
    "openrouter": when(has("tools"), error(404, "No endpoints found that support tool use. Try disabling tools.")),
    "vllm": when(
        has("tools"),
        bare(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    ),
    "llama.cpp": when(has("tools"), error(500, "tools param requires --jinja flag", code=500)),
    "says nothing": when(has("tools"), Reply(None, 400, {"error": "Bad Request"})),
}
STRICT_IDS = when(
    lambda request: (
        not all(
            re.fullmatch("[a-zA-Z0-9]{9}", call["id"])
            for message in request.messages
            for call in message.get("tool_calls", ())
        )
    ),
    error(400, "Tool call id was call_0 but must be a-z, A-Z, 0-9, with a length of 9."),
)


# What cannot be served


@dataclass(frozen=True)
class Unserved:
    """A server on which no team can work, what it says, and what people must read."""

    reply: Callable[[Request], Reply]
    outcome: str
    cause: str
    cure: str


def no_stream(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Callable[[Request], Reply]:
    return lambda request: Reply(None, status, body, headers or {})


UNSERVED: dict[str, Unserved] = {
    "gemini: an error in a list": Unserved(
        no_stream([{"error": {"code": 400, "message": "User location is not supported", "status": "FAILED"}}], 400),
        "bad_request", "User location is not supported", "Choose another model",
    ),
    "200 with an error": Unserved(
        no_stream({"error": {"message": "model runner has stopped", "code": 500}}),
        "server_error", "model runner has stopped", "Press Retry",
    ),
    "200 with an error that has no code": Unserved(
        no_stream({"error": "out of memory"}), "server_error", "reported an error", "Press Retry"
    ),
    "vllm: an error object": Unserved(
        no_stream({"object": "error", "message": "The model `m` does not exist.", "code": 404}),
        "not_found", "has no model", "Choose one that it lists",
    ),
    "ollama: a raw line in the stream": Unserved(
        lambda request: Reply(None, body='{"error":"an error was encountered while running the model"}\n'),
        "server_error", "an error was encountered", "Press Retry",
    ),
    "openrouter: an error in a choice": Unserved(
        lambda request: Reply(
            None,
            raw_pieces=[
                json.dumps({"choices": [{"delta": {}, "error": {"code": 402, "message": "Insufficient credits"}}]})
            ],
        ),
        "quota", "Insufficient credits", "add credit",
    ),
    "lm studio: unexpected endpoint": Unserved(
        no_stream({"error": "Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"}),
        "not_found", "knows no such address", 'Most servers want "/v1" at the end',
    ),
    "no such model": Unserved(
        no_stream({"error": {"message": "model 'm' not found"}}, 404), "not_found", "has no model", "Choose one"
    ),
    "only other requests": Unserved(
        no_stream({"error": {"message": "This model is only supported in v1/responses."}}, 400),
        "bad_request", "only supported in v1/responses", "Choose another model",
    ),
    "thinks for ever": Unserved(
        lambda request: events({"content": f"<think>{THOUGHT}"}, finish="length"),
        "empty", "for thinking", "choose another model",
    ),
    "a filter": Unserved(
        lambda request: events({"content": ""}, finish="content_filter"), "empty", "content filter", "another model"
    ),
}  # fmt: skip
