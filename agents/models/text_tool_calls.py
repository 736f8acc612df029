"""Tool calls that a model wrote as text: JSON, fenced JSON, or what its template puts between tags.

They count where they are the whole reply and name tools that were offered; anything else is a message. Called by
`ModelClient`, when a reply has no tool call of its own.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from agents.chats.values import read_json
from agents.models.reply_parser import WireCall, wire_call

MAX_CHARS = 200_000
"""Of a reply in which calls are looked for."""
_WRAPPERS = re.compile(
    r"</?(?:tool_calls?|tool_code|function_calls?|functions|tools?|invoke|action)>|<\|(?:python_tag|tool_calls?|tool_call_begin"
    r"|tool_call_end|/tool_call|eom_id|eot_id)\|>|\[/?TOOL_CALLS?\]|\[/?TOOL_REQUEST\]|\[END_TOOL_REQUEST\]",
    re.IGNORECASE,
)
_FENCES = re.compile(
    r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(?:json5?|jsonl|tool_calls?|tool_code|tool|xml|text|function)?[ \t]*$", re.M
)
_XML_CALL = re.compile(r"<function(?:=|\s+name=)[\"']?([\w.-]+)[\"']?\s*>(.*?)(?:</function>|\Z)", re.DOTALL)
_XML_ARGUMENT = re.compile(
    r"<parameter(?:=|\s+name=)[\"']?([\w.-]+)[\"']?\s*>(.*?)(?:</parameter>|(?=<parameter)|\Z)", re.DOTALL
)
_NAMED = re.compile(r"([\w.-]+)\s*(?:\[ARGS\])?\s*(?=\{)")
"""Mistral's form: the name, then its arguments."""
_NAMES = ("name", "tool", "tool_name", "function_name", "function", "action", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input", "action_input", "tool_args", "kwargs", "params")
_LISTS = ("tool_calls", "tool_uses", "calls", "function_call", "tool_call", "function")


def calls_in_text(text: str, offered: Collection[str]) -> list[WireCall]:
    """Return the calls that `text` is, when it is nothing else and all are of `offered`; [] otherwise."""
    if not offered or len(text) > MAX_CHARS or not any(name in text for name in offered):
        return []
    inner = _FENCES.sub("", _WRAPPERS.sub("\n", text)).strip()
    inner = re.sub(r"^\{\s*(?=\{)", "", inner)  # braces are doubled in some templates
    found = _xml_calls(inner) or _json_calls(re.sub("</?function>", "\n", inner).strip())
    if not found or any(name not in offered for name, _ in found):
        return []
    return [wire_call(f"call_{n}", name, arguments) for n, (name, arguments) in enumerate(found)]


_BEGINNING = re.compile(r"\s*(?:`{0,3}|```(?:json?|jso?|js?|to?o?|tool\w*)?\s*(?:[{\[].*)?|[{\[<].*)", re.DOTALL)
"""What may become a call: nothing else begins so but code and JSON."""


def without_calls(pieces: Iterator[str], offered: Collection[str]) -> Iterator[str]:
    """Yield the pieces of a text as they come, but hold back what may be a call, with "" in its place, and yield it in
    the end when it is none."""
    held: str | None = "" if offered else None
    for piece in pieces:
        if held is None:
            yield piece
            continue
        held += piece
        if _BEGINNING.fullmatch(held):
            yield ""
        else:
            yield held
            held = None
    if held and not calls_in_text(held, offered):
        yield held


def _json_calls(text: str) -> list[tuple[str, Any]]:
    """Return (name, arguments) of each call in a text of JSON values and nothing else; [] for any other text."""
    found: list[tuple[str, Any]] = []
    decoder, position = json.JSONDecoder(strict=False), 0
    while position < len(text):
        named = _NAMED.match(text, position)
        start = named.end() if named else position
        if text[start : start + 1] not in ("{", "["):
            return []
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return []
        calls = [(named[1], value)] if named else list(_calls(value))
        if not calls:
            return []
        found += calls
        position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n,;}"))  # some close once too often
    return found


def _calls(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, arguments) of the calls that a JSON value is."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item)
        return
    if not isinstance(value, dict):
        return
    inner = next((value[name] for name in _LISTS if isinstance(value.get(name), (list, dict))), None)
    if inner is not None and not any(isinstance(value.get(name), str) for name in _NAMES):
        yield from _calls(inner)
        return
    name = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), "")
    arguments = [value[name] for name in _ARGUMENTS if name in value]
    if name and arguments:
        yield name.removeprefix("functions."), arguments[0] or {}


def _xml_calls(text: str) -> list[tuple[str, Any]]:
    """Return the calls in Qwen's and Llama's forms, `<function=NAME>...</function>`, when the text is nothing else."""
    if _XML_CALL.sub("", text).strip():
        return []
    found: list[tuple[str, Any]] = []
    for match in _XML_CALL.finditer(text):
        written = {name: _value(said) for name, said in _XML_ARGUMENT.findall(match[2])}
        found.append((match[1], written or match[2].strip() or {}))
    return found


def _value(text: str) -> Any:
    text = text.strip("\n")
    return read_json(text, text)
