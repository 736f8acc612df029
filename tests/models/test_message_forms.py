"""Other forms of a prompt, each for servers that refuse something of the usual one."""

from typing import Any

from agents.models import message_forms as forms
from agents.models.dialect import adapted
from agents.models.prompts import sendable

Message = dict[str, Any]
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


def said(role: str, content: str | None, name: str = "", **more: Any) -> Message:
    return {"role": role, "content": content, **({"name": name} if name else {}), **more}


PROMPT = [
    said("system", "You are PM."),
    said("user", "Build it.", "Ann"),
    said("user", "I agree.\nReally.", "Ben"),
    said("assistant", "Done.", "PM"),
    said("system", "Who is next?", "checking_agent"),
]


class TestSystem:
    def test_all_but_the_first_become_the_users(self):
        found = forms.only_first_system(PROMPT)
        assert [message["role"] for message in found] == ["system", "user", "user", "assistant", "user"]
        assert found[-1] == said("user", "Who is next?"), "an instruction is nobody's words"
        assert forms.only_first_system(found) == found

    def test_none_is_left_where_none_is_taken(self):
        assert "system" not in [message["role"] for message in forms.no_system(PROMPT)]


class TestNames:
    def test_stand_in_front_of_what_others_say(self):
        found = forms.names_in_text(PROMPT)
        assert not any("name" in message for message in found)
        assert [message["content"] for message in found] == [
            "You are PM.", "Ann: Build it.", "Ben:\nI agree.\nReally.", "Done.", "Who is next?"
        ]  # fmt: skip


class TestAlternation:
    def test_neighbours_are_one_message_with_their_names(self):
        found = forms.alternating(PROMPT)
        assert [message["role"] for message in found] == ["system", "user", "assistant", "user"]
        assert found[1] == said("user", "Ann: Build it.\n\nBen:\nI agree.\nReally.")
        assert forms.alternating(found) == found

    def test_begins_and_ends_with_the_user(self):
        found = forms.alternating([said("system", "S"), said("assistant", "Hi."), said("assistant", "There.")])
        assert found == [
            said("system", "S"), said("user", forms.BEGIN), said("assistant", "Hi.\n\nThere."),
            said("user", forms.GO_ON),
        ]  # fmt: skip

    def test_tool_calls_and_results_stay_apart(self):
        prompt = [
            said("user", "Add."),
            said("assistant", None, tool_calls=[CALL]),
            said("tool", "3", tool_call_id="c1"),
        ]
        assert forms.alternating(prompt) == prompt


class TestTools:
    def test_become_words_where_none_are_taken(self):
        prompt = [
            said("user", "Add."),
            said("assistant", None, tool_calls=[CALL]),
            said("tool", "3", tool_call_id="c1"),
        ]
        assert [(message["role"], message["content"]) for message in forms.no_tool_messages(prompt)] == [
            ("user", "Add."), ("assistant", '{"name": "add", "arguments": {"a": 1}}'), ("user", "Result of add: 3")
        ]  # fmt: skip
        tools = [{"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"a": {}}}}]
        assert "- add: Adds. Arguments: " in forms.tools_in_words(prompt, tools)[0]["content"]


class TestEmptyMessages:
    def test_are_left_out_and_a_last_one_is_replaced(self):
        prompt = [said("user", "Go."), said("assistant", "Yes."), said("user", " ", "Ann")]
        assert forms.no_empty(prompt) == [*prompt[:2], said("user", forms.GO_ON)]
        assert forms.no_empty([said("user", ""), said("user", "Go.")]) == [said("user", "Go.")]

    def test_a_tool_without_output_says_so(self):
        assert sendable([said("tool", "", tool_call_id="c1")])[0]["content"] == "(no output)"


class TestTheShapeOfAReply:
    def test_is_told_in_the_first_message_also_beside_a_picture_and_never_by_a_system_that_is_not_taken(self):
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
        shape = {"type": "json_schema", "json_schema": {"name": "reply_shape", "schema": {"type": "object"}}}
        prompt = [said("system", "You answer."), said("user", "Look."), {"role": "user", "content": [picture]}]
        body = {"model": "m", "stream": True, "messages": prompt, "response_format": shape}
        sent = adapted(body, {"no_system", "alternating", "without:response_format"})
        [only] = sent["messages"]
        assert only["role"] == "user"
        assert [part.get("text", "picture") for part in only["content"]][-2:] == [
            "picture",
            'Reply with nothing but JSON of this schema: {"type": "object"}',
        ]


class TestCallIds:
    def test_repeated_ones_are_told_apart_with_their_results(self):
        prompt = [
            said("assistant", None, tool_calls=[CALL, CALL]), said("tool", "1", tool_call_id="c1"),
            said("tool", "2", tool_call_id="c1"), said("assistant", None, tool_calls=[CALL]),
            said("tool", "3", tool_call_id="c1"),
        ]  # fmt: skip
        found = sendable(prompt)
        called = [call["id"] for message in found for call in message.get("tool_calls", [])]
        answered = [message["tool_call_id"] for message in found if "tool_call_id" in message]
        assert called == answered == ["c1", "c1_2", "c1_3"]

    def test_are_shortened_for_mistral(self):
        prompt = [said("assistant", None, tool_calls=[CALL]), said("tool", "1", tool_call_id="c1")]
        [call, result] = forms.short_call_ids(prompt)
        assert call["tool_calls"][0]["id"] == result["tool_call_id"]
        assert len(result["tool_call_id"]) == 9
        assert result["tool_call_id"].isalnum()
