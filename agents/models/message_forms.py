"""Other forms of a prompt, for servers that do not take every message that the API has.

Each function returns the messages in its form, and changes none in place: without names, without system messages, with
roles that alternate, without tools. Called by the table in `dialect`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from agents.chats.pictures import told_of

Message = dict[str, Any]

BEGIN = "Please begin."
"""Said by the user where a server wants the user to speak first and somebody else does."""
GO_ON = "Please go on."
"""Said by the user where a server wants the user to speak last and the model itself did."""
NO_TEXT = "(calls a tool)"
"""Beside tool calls, where a server wants every message to have a text."""

TOOLS_IN_WORDS = (
    "You can call these tools. To call one, reply with nothing but one JSON object of this form: "
    '{"name": "TOOL", "arguments": {...}}. Its result comes in the next message. The tools, with the JSON schema of '
    "their arguments:"
)


def only_first_system(messages: list[Message]) -> list[Message]:
    """System messages but the first, as the user's; also the first one when it does not come first."""
    return [_as_user(message) if i and message["role"] == "system" else message for i, message in enumerate(messages)]


def no_system(messages: list[Message]) -> list[Message]:
    """All system messages as the user's."""
    return [_as_user(message) if message["role"] == "system" else message for message in messages]


def names_in_text(messages: list[Message]) -> list[Message]:
    """The name of who speaks, in front of what they say; a model's own messages without any."""
    return [_named_in_text(message) for message in messages]


def no_empty(messages: list[Message]) -> list[Message]:
    """No message without text or tool calls; a last one is replaced."""
    kept = [message for message in messages if _has_text(message) or message.get("tool_calls")]
    if messages and messages[-1] not in kept[-1:] and kept:
        return user_last(kept)
    return kept


def _has_text(message: Message) -> bool:
    content = message["content"]
    return bool(content if isinstance(content, list) else str(content or "").strip())


def user_last(messages: list[Message]) -> list[Message]:
    """A last message of the user's, or of a tool."""
    if not messages or messages[-1]["role"] in ("user", "tool"):
        return messages
    if messages[-1]["role"] == "system" and len(messages) > 1:
        return [*messages[:-1], _as_user(messages[-1])]
    return [*messages, {"role": "user", "content": GO_ON}]


def alternating(messages: list[Message]) -> list[Message]:
    """A system message or none, then user and assistant in turn, from a user to a user; tool calls and their results
    stay where they are."""
    merged: list[Message] = []
    for message in user_last(only_first_system(messages)):
        before = merged[-1] if merged else None
        if before is not None and _can_be_one(before, message):
            merged[-1] = _merged(before, message)
            continue
        if message["role"] == "assistant" and (before is None or before["role"] == "system"):
            merged.append({"role": "user", "content": BEGIN})
        merged.append(message)
    return merged


def no_tool_messages(messages: list[Message]) -> list[Message]:
    """Tool calls as what their model wrote, and their results as the user's."""
    names = {call.get("id"): _function(call)["name"] for message in messages for call in message.get("tool_calls", ())}
    return [_without_tools(message, names) for message in messages]


def tools_in_words(messages: list[Message], tools: Iterable[Message]) -> list[Message]:
    """The tools described in the first system message, or in one of its own."""
    lines = [TOOLS_IN_WORDS]
    for tool in tools:
        function = _function(tool)
        schema = json.dumps(function.get("parameters", {}), ensure_ascii=False)
        lines.append(f"- {function['name']}: {function.get('description', '')} Arguments: {schema}")
    return _with_instruction(messages, "\n".join(lines))


def shape_in_words(messages: list[Message], schema: dict[str, Any]) -> list[Message]:
    """The schema of the reply described in the first system message, or in one of its own."""
    text = f"Reply with nothing but JSON of this schema: {json.dumps(schema, ensure_ascii=False)}"
    return _with_instruction(messages, text)


def _with_instruction(messages: list[Message], text: str) -> list[Message]:
    if messages and messages[0]["role"] in ("system", "user"):
        return [{**messages[0], "content": _joined(messages[0]["content"], text)}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def text_beside_calls(messages: list[Message]) -> list[Message]:
    """A text in every message, also where it calls a tool."""
    return [message if message["content"] else {**message, "content": NO_TEXT} for message in messages]


def short_call_ids(messages: list[Message]) -> list[Message]:
    """Ids of tool calls with nine letters and digits, as Mistral wants them."""
    return with_call_ids(messages, lambda id: hashlib.sha256(id.encode()).hexdigest()[:9])


def with_call_ids(messages: list[Message], changed: Callable[[str], str]) -> list[Message]:
    """`messages` with every id of a tool call as `changed` returns it."""
    result = []
    for message in messages:
        if message.get("tool_calls"):
            calls = [{**call, "id": changed(str(call.get("id", "")))} for call in message["tool_calls"]]
            message = {**message, "tool_calls": calls}
        if message.get("tool_call_id"):
            message = {**message, "tool_call_id": changed(str(message["tool_call_id"]))}
        result.append(message)
    return result


def no_pictures(messages: list[Message]) -> list[Message]:
    """Every message as plain text, with a note in the place of each picture."""
    return [{**message, "content": told_of(message["content"])} for message in messages]


def n_pictures(messages: Iterable[Message]) -> int:
    """Return how many pictures the messages show."""
    contents = (message["content"] for message in messages if isinstance(message["content"], list))
    return sum("text" not in part for content in contents for part in content)


def without_data(messages: list[Message]) -> list[Message]:
    """Every picture as an empty one."""
    return [
        {**message, "content": [part if "text" in part else {"type": part["type"]} for part in message["content"]]}
        if isinstance(message["content"], list)
        else message
        for message in messages
    ]


def _as_user(message: Message) -> Message:
    """An instruction as the user's; its name, if any, is nobody's of the chat."""
    return {"role": "user", "content": message["content"]}


def _named_in_text(message: Message) -> Message:
    if "name" not in message:
        return message
    kept = {field: value for field, value in message.items() if field != "name"}
    return {**kept, "content": _spoken(message)} if message["role"] == "user" else kept


def _spoken(message: Message) -> Any:
    """Return the message's content with the name of who speaks in front."""
    name, content = message.get("name"), message["content"]
    if not name:
        return content
    if isinstance(content, list):  # text and pictures
        return [{"type": "text", "text": f"{name}:"}, *content]
    return f"{name}:{chr(10) if chr(10) in str(content) else ' '}{content}"


def _can_be_one(one: Message, other: Message) -> bool:
    has_calls = one.get("tool_calls") or other.get("tool_calls")
    return one["role"] == other["role"] and one["role"] in ("user", "assistant") and not has_calls


def _merged(one: Message, other: Message) -> Message:
    if one.get("name") == other.get("name"):
        return {**one, "content": _joined(one["content"], other["content"])}
    return {"role": one["role"], "content": _joined(_spoken(one), _spoken(other))}


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, list) or isinstance(other, list):
        return [*_parts(one), *_parts(other)]
    return f"{one}\n\n{other}"


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": str(content)}]


def _function(tool_or_call: Message) -> dict[str, Any]:
    return {"name": "", **tool_or_call.get("function", {})}


def _without_tools(message: Message, names: dict[Any, str]) -> Message:
    if message["role"] == "tool":
        name = names.get(message.get("tool_call_id"), "")
        return {"role": "user", "content": f"Result of {name or 'the tool'}: {message['content']}"}
    if not message.get("tool_calls"):
        return message
    kept = {field: value for field, value in message.items() if field != "tool_calls"}
    calls = [
        f'{{"name": {json.dumps(call["name"])}, "arguments": {call.get("arguments") or "{}"}}}'
        for call in map(_function, message["tool_calls"])
    ]
    return {**kept, "content": "\n".join(filter(None, [message["content"], *calls]))}
