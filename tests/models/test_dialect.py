"""What refusals of real servers tell, and what a request looks like without what they refuse."""

from typing import Any

import pytest

from agents.models.choices import choice_parameters
from agents.models.connections import Endpoint
from agents.models.dialect import adapted, left_out, line, plainer, recognised
from agents.models.failures import failure_of_status
from agents.specs.reply_shape import REPLY_SHAPE

ENDPOINT = Endpoint("c", "openai", "https://api.example.com/v1", "k", "m", 60, 2, False)
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
BODY: dict[str, Any] = {
    "model": "m", "stream": True, "stream_options": {"include_usage": True}, "temperature": 0, "top_p": 0.9,
    "max_tokens": 50, "reasoning_effort": "low", "response_format": {"type": "json_object"}, "grammar": "root ::= x",
    "tools": [{"type": "function", "function": {"name": "add", "parameters": {}}}],
    "messages": [
        {"role": "system", "content": "You select."},
        {"role": "user", "name": "Ann", "content": "Hi."},
        {"role": "user", "name": "Ben", "content": ""},
        {"role": "assistant", "name": "PM", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
        {"role": "assistant", "name": "PM", "content": "3."},
        {"role": "system", "content": "Who is next?"},
    ],
}  # fmt: skip

SAID = {
    "System message must be at the beginning.": "system_first",
    "Error: Jinja Exception: System message must be at the beginning.": "system_first",
    "x" * 400 + " System message must be at the beginning.": "system_first",
    "Unexpected role 'system' after role 'user'": "system_first",
    "Only the first message can have role system": "system_first",
    "Multiple system messages are not supported": "system_first",
    "system message can only be the first message": "system_first",
    "messages[6]: system messages are only allowed at the start": "system_first",
    "System role not supported": "no_system",
    "Only user and assistant roles are supported!": "no_system",
    "Developer instruction is not enabled for models/gemma-3-27b-it": "no_system",
    "This model does not support system messages": "no_system",
    "Invalid role: system. Allowed roles are user and assistant": "no_system",
    "'messages.1' : property 'name' is unsupported": "no_name",
    "Unknown field: name": "no_name",
    "Unrecognized key(s) in object: 'name'": "no_name",
    "Additional properties are not allowed ('name' was unexpected)": "no_name",
    "messages.1.name: Extra inputs are not permitted": "no_name",
    "Conversation roles must alternate user/assistant/user/assistant/...": "alternating",
    "After the optional system message, conversation roles must alternate user/assistant/...": "alternating",
    'roles must alternate between "user" and "assistant", but found multiple "user" roles in a row': "alternating",
    "deepseek-reasoner does not support successive user or assistant messages (messages[1])": "alternating",
    "messages: first message must use the \"user\" role": "alternating",
    "Expected last role User or Tool (or Assistant with prefix True) for serving but got system": "last_user",
    "Last message must have role `user`.": "last_user",
    "This model does not support assistant message prefill. It must end with a user message.": "last_user",
    "No user query found in messages.": "last_user",
    "Cannot have 2 or more assistant messages at the end of the list.": "last_user",
    "messages: text content blocks must be non-empty": "no_empty",
    "messages.2: all messages must have non-empty content except for the optional final assistant message": "no_empty",
    "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.": "short_call_ids",
    "registry.ollama.ai/library/gemma2:2b does not support tools": "no_tools",
    "Function calling is not enabled for this model": "no_tools",
    "tools param requires --jinja flag": "no_tools",
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set': "no_tools",
    "Tool use is not supported for this model": "no_tools",
    "Streaming is not supported for this model": "no_stream",
    "stream=true is not supported": "no_stream",
    "Unrecognized request argument supplied: stream_options": "without:stream_options",
    "Unknown parameter: 'top_p'.": "without:top_p",
    "top_p is deprecated for this model": "without:top_p",
    "`temperature` and `top_p` cannot both be specified for this model.": "without:temperature",
    "'temperature' does not support 0. Only the default (1) value is supported.": "without:temperature",
    "temperature must be strictly positive": "without:temperature=0",
    "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.": "without:max_tokens",
    "reasoning_effort is not supported by this model": "without:reasoning_effort",
    "UnsupportedParamsError: m does not support parameters: ['reasoning_effort']": "without:reasoning_effort",
    "'response_format' of type json_object is not supported": "without:response_format=json_object",
    "'response_format.type' must be 'json_schema' or 'text'": "without:response_format=json_object",
    "Unknown parameter: 'response_format'.": "without:response_format",
    "Invalid grammar: failed to parse": "without:grammar",
}  # fmt: skip


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize(("said", "quirk"), SAID.items(), ids=[text[:60] for text in SAID])
def test_a_refusal_tells_its_quirk(said: str, quirk: str, status: int):
    failure = failure_of_status(status, {"error": {"message": said}}, {}, ENDPOINT)
    assert recognised(failure, BODY, ()) == quirk


class TestPlaces:
    @pytest.mark.parametrize(
        ("loc", "quirk"),
        [
            (["body", "messages", 1, "user", "name"], "no_name"),
            (["body", "top_p"], "without:top_p"),
            (["body", "stream_options", "include_usage"], "without:stream_options"),
            (["body", "tools", 0, "function"], "no_tools"),
            (["body", "messages", 2, "content"], "no_empty"),
            (["body", "stream"], "no_stream"),
        ],
    )
    def test_a_refused_field_tells_its_quirk(self, loc: list[Any], quirk: str):
        failure = failure_of_status(
            422, {"detail": [{"loc": loc, "msg": "Extra inputs are not permitted"}]}, {}, ENDPOINT
        )
        assert recognised(failure, BODY, ()) == quirk

    @pytest.mark.parametrize(
        ("param", "quirk"),
        [("messages[6].role", "system_first"), ("messages[0].role", "no_system"), ("top_p", "without:top_p")],
    )
    def test_so_does_a_param(self, param: str, quirk: str):
        failure = failure_of_status(400, {"error": {"message": "Invalid value.", "param": param}}, {}, ENDPOINT)
        assert recognised(failure, BODY, ()) == quirk


class TestForms:
    def test_a_refused_parameter_is_sent_under_its_other_name_until_that_is_refused_too(self):
        assert adapted(BODY, {"without:max_tokens"})["max_completion_tokens"] == 50
        both = adapted(BODY, {"without:max_tokens", "without:max_completion_tokens"})
        assert not {"max_tokens", "max_completion_tokens"} & both.keys()
        assert left_out(BODY, {"without:max_tokens"}) == []
        assert left_out(BODY, {"without:top_p", "without:stream_options", "no_tools"}) == ["top_p"]

    def test_all_quirks_at_once_leave_a_request_that_the_strictest_server_takes(self):
        [*_, plainest] = plainer(BODY, (), ())
        sent = adapted(BODY, plainest)
        assert [message["role"] for message in sent["messages"]] == ["user", "assistant"] * 2 + ["user"]
        assert all(message["content"].strip() and "name" not in message for message in sent["messages"])
        assert sent.keys() == {"model", "messages", "stream"}
        assert sent["stream"] is False

    def test_nothing_is_tried_that_an_answered_request_shows_needless(self):
        tried = [name for form in plainer(BODY, (), [BODY]) for name in form]
        assert tried == []

    def test_a_shape_that_cannot_be_sent_is_told_in_words(self) -> None:
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        shape = {"type": "json_schema", "json_schema": {"name": "reply_shape", "schema": schema}}
        messages = [{"role": "system", "content": "You list."}, {"role": "user", "content": "Go."}]
        body = {"model": "m", "messages": messages, "response_format": shape}
        sent = adapted(body, {"without:response_format"})
        assert "response_format" not in sent
        assert sent["messages"][0]["content"].startswith("You list.\n\nReply with nothing but JSON of this schema: ")
        assert '"name": {"type": "string"}' in sent["messages"][0]["content"]
        other = {"type": "json_schema", "json_schema": {"name": "choice", "schema": schema}}
        assert adapted({**body, "response_format": other}, {"without:response_format"})["messages"] == messages


SHAPE = {"type": "object", "properties": {"name": {"type": "string"}}}
FORMATS: dict[str, Any] = {
    "choice": choice_parameters(ENDPOINT, ["Ada", "Ben"])["response_format"],
    "shape": {"type": "json_schema", "json_schema": {"name": REPLY_SHAPE, "schema": SHAPE}},
    "other shape": {"type": "json_schema", "json_schema": {"name": REPLY_SHAPE, "schema": {**SHAPE, "required": []}}},
    "object": {"type": "json_object"},
}


class TestTheUsesOfResponseFormat:
    @pytest.mark.parametrize(
        ("said", "still_sent"),
        [
            ("Unrecognized request argument supplied: response_format", set()),
            ("response_format is not supported", set()),
            ("This response_format type is unavailable now", {"object"}),
            ("Invalid parameter: 'response_format' of type 'json_schema' is not supported", {"object"}),
            ("response_format.type must be one of: text, json_object; unsupported", {"object"}),
            ("Invalid schema for response_format 'choice': enum", {"shape", "other shape", "object"}),
        ],
    )
    def test_a_refusal_of_the_choice_takes_away_what_it_means(self, said: str, still_sent: set[str]):
        assert sent_after(said, "choice") == still_sent

    def test_a_refusal_of_one_agents_shape_takes_away_no_others(self):
        assert sent_after("Invalid schema for response_format 'reply_shape': In context=()", "shape") == {
            "choice", "other shape", "object"
        }  # fmt: skip

    def test_what_is_found_by_trying_takes_away_that_use_only(self):
        found = [form for form in plainer(with_format("choice"), (), ()) if len(form) == 1]
        assert frozenset({"without:response_format=choice"}) in found
        assert frozenset({"without:response_format"}) not in found

    @pytest.mark.parametrize(
        ("use", "words"),
        [
            ("", "takes no response_format: the shape of a reply is told in words"),
            ("=json_schema", "takes no response_format of type json_schema: the shape of a reply is told in words"),
            ("=choice", "takes no response_format for the choice of who speaks next: it is asked for in words"),
            ("=reply_shape-0a1b2c3d", "does not take the shape of one agent's replies as response_format: "
             "it is told in words"),
        ],
    )  # fmt: skip
    def test_each_reads_as_what_it_is(self, use: str, words: str):
        assert line(f"without:response_format{use}") == words


def with_format(name: str) -> dict[str, Any]:
    return {"model": "m", "stream": True, "messages": BODY["messages"], "response_format": FORMATS[name]}


def sent_after(said: str, refused: str) -> set[str]:
    """The uses that are still sent once a request with the use `refused` was answered with `said`."""
    failure = failure_of_status(400, {"error": {"message": said}}, {}, ENDPOINT)
    quirk = recognised(failure, with_format(refused), ())
    assert quirk, "nothing was learned"
    return {name for name in FORMATS if "response_format" in adapted(with_format(name), {quirk})}
