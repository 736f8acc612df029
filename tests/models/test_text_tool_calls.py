"""Tool calls that a model wrote as text count where they are the whole reply and name an offered tool."""

import json

import pytest

from agents.models.text_tool_calls import calls_in_text, without_calls

ADD = '{"name": "add", "arguments": {"a": 1}}'
WRITTEN = {
    "JSON": ADD,
    "fenced JSON": f"```json\n{ADD}\n```",
    "a fence without a language": f"```\n{ADD}\n```\n",
    "tags": f"<tool_call>\n{ADD}\n</tool_call>",
    "a tag without its end": f"<tool_call>{ADD}",
    "a list": f"[{ADD}]",
    "the API's own form": json.dumps({"tool_calls": [{"function": {"name": "add", "arguments": '{"a": 1}'}}]}),
    "parameters": '{"name": "add", "parameters": {"a": 1}}',
    "other names": '{"tool": "add", "args": {"a": 1}}',
    "Mistral's mark": f"[TOOL_CALLS][{ADD}]",
    "Mistral's newer form": 'add[ARGS]{"a": 1}',
    "a brace too many": f"{ADD}}}\n",
    "doubled braces, as in a template": f"{{{ADD}}}",
    "Llama's mark": f"<|python_tag|>{ADD}",
    "Llama's tags": '<function=add>{"a": 1}</function>',
    "Qwen's tags": "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
}
OTHER = {
    "words before": f"I call: {ADD}",
    "words behind": f"{ADD} Fine?",
    "another tool": '{"name": "rm", "arguments": {}}',
    "one of several": f'{ADD}\n{{"name": "rm", "arguments": {{}}}}',
    "no arguments": '{"name": "add"}',
    "JSON that breaks off": '{"name": "add", "arguments": {"a"',
    "code": "```python\nadd(1)\n```",
    "words": "add",
    "nothing": "",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_call_is_read_from_text(text: str):
    [call] = calls_in_text(text, {"add", "search"})
    assert call["function"]["name"] == "add"
    assert json.loads(call["function"]["arguments"]) == {"a": 1}


def test_several_calls_have_ids_of_their_own():
    calls = calls_in_text(f"<tool_call>{ADD}</tool_call>\n<tool_call>{ADD}</tool_call>", {"add"})
    assert [call["id"] for call in calls] == ["call_0", "call_1"]


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_anything_else_is_a_message(text: str):
    assert calls_in_text(text, {"add", "search"}) == []


def test_nothing_is_a_call_where_no_tool_is_offered():
    assert calls_in_text(ADD, set()) == []


class TestStreaming:
    def test_a_call_is_not_shown_while_it_comes(self):
        pieces = [ADD[n : n + 5] for n in range(0, len(ADD), 5)]
        assert set(without_calls(iter(pieces), {"add"})) == {""}

    def test_anything_else_is_shown_as_it_comes_or_in_the_end(self):
        code = ["```", "python", "\nx"]
        assert list(without_calls(iter(code), {"add"})) == ["", "```python", "\nx"]
        assert "".join(without_calls(iter(['{"a"', ": 1}"]), {"add"})) == '{"a": 1}'
        assert list(without_calls(iter(["one", " two"]), {"add"})) == ["one", " two"]
