"""Whatever a model's server sends, in whatever pieces: a call comes of it, with a reply or with why there is none.

Soon, and without much memory."""

import json
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models import ModelClient, reply_parser
from agents.models.failures import InvalidReplyError
from agents.models.reasoning_tags import ReasoningSplitter
from agents.models.reply_parser import ReplyParser
from agents.models.usage_parser import parse_usage
from tests.support.fuzz import examples, harmless
from tests.support.model_calls import PROMPT, drained
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import allowed_s

WORDS = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    [
        "<think>",
        "</think>",
        "[THINK]",
        "```\n",
        "`",
        "<|end|>",
        "<|channel|>analysis<|message|>",
        "{}",
        '{"a": 1}',
        "\n",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=8
)
FUNCTIONS = st.fixed_dictionaries({}, optional={"name": WORDS | VALUES, "arguments": WORDS | VALUES}) | VALUES
CALLS = st.fixed_dictionaries(
    {}, optional={"id": WORDS | VALUES, "index": st.integers(-1, 3) | VALUES, "function": FUNCTIONS}
)
DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": WORDS | VALUES,
        "reasoning_content": WORDS | VALUES,
        "reasoning_details": VALUES,
        "tool_calls": st.lists(CALLS | VALUES, max_size=3) | VALUES,
        "function_call": FUNCTIONS,
        "refusal": WORDS | VALUES,
    },
)
CHOICES = st.fixed_dictionaries(
    {}, optional={"delta": DELTAS | VALUES, "message": DELTAS | VALUES, "finish_reason": WORDS | VALUES}
)
COUNTS = st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "x"]), VALUES)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(CHOICES | VALUES, max_size=2) | VALUES,
        "usage": COUNTS | VALUES,
        "error": VALUES,
        "message": VALUES,
        "object": WORDS,
    },
)
LINES = st.lists(
    CHUNKS.map(lambda chunk: f"data: {json.dumps(chunk)}")
    | VALUES.map(lambda value: f"data: {json.dumps(value)}")
    | st.sampled_from(["data: [DONE]", ": alive", "event: x", "{", "[", "}", "]", "data:", "<html>", "data: {", "\r"])
    | st.text(string.printable, max_size=30),
    max_size=8,
)


class TestAnyStream:
    @examples(700)
    @given(LINES, st.integers(1, 60), st.binary(max_size=6))
    def test_is_read_or_refused_in_words(self, caplog, lines: list[str], size: int, tail: bytes):
        stream = "\n\n".join(lines).encode() + tail
        with harmless(caplog):
            reading = ReplyParser()
            try:
                list(reading.read_stream(stream[at : at + size] for at in range(0, len(stream), size)))
                list(ReplyParser().read_whole(stream))
            except InvalidReplyError as refused:
                reading.error = str(refused)
            json.dumps([reading.text, reading.reasoning, reading.tool_calls, reading.finish_reason]).encode()
            parse_usage(reading.usage_raw)

    @examples(300)
    @given(LINES)
    def test_becomes_a_call_that_can_be_kept(
        self, caplog, client: ModelClient, server: ScriptedServer, soon_again, lines: list[str]
    ):
        server.script(lambda request: Reply(None, raw_pieces=[line.removeprefix("data: ") for line in lines] or ["x"]))
        with harmless(caplog):
            _, call = drained(client.call("scripted", "", PROMPT, {}))
            assert (call.outcome == "ok") == (not call.error)
            call.model_dump_json().encode()


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"


CALL = {"index": 0, "id": "c1", "function": {"name": "write", "arguments": "{"}}
LONG = {
    "a text in very many pieces": lambda: [chunk(content="abc ")] * 100_000,
    "a reasoning in very many pieces": lambda: [chunk(content="<think>"), *[chunk(content="abc ")] * 100_000],
    "reasoning between very many tags": lambda: [chunk(content="<think>a</think>\n`</think>` ")] * 20_000,
    "one piece of very many tags": lambda: [chunk(content="<think>a</think>\n`</think>` " * 20_000)],
    "arguments in very many pieces": lambda: [chunk(tool_calls=[CALL | {"function": {"arguments": "a}"}}])] * 60_000,
    "arguments with their name in each piece": lambda: (
        [chunk(tool_calls=[CALL | {"function": {"name": "write", "arguments": '{"a": "}'}}])] * 30_000
    ),
    "bare JSON in very many lines": lambda: [b"{\n", *[b'"a": {"b": 1},\n}\n'] * 60_000],
    "one line in very many pieces": lambda: [b"data: ", *[b"x" * 100] * 90_000, b"\n"],
}


class TestLongReplies:
    @pytest.mark.parametrize("name", LONG)
    def test_take_a_time_that_grows_with_their_length(self, name: str):
        chunks = LONG[name]()
        began = time.process_time()
        reading = ReplyParser()
        try:
            for _ in reading.read_stream(chunks):
                pass
        except InvalidReplyError as refused:
            reading.error = str(refused)
        assert len(reading.text) + len(reading.reasoning) + len(reading.tool_calls) + bool(reading.error) > 0
        assert time.process_time() - began < allowed_s(3)

    @pytest.mark.parametrize(
        ("limit", "most", "chunks", "said"),
        [
            ("MAX_CHARS", 1_000, [chunk(content="x" * 100)] * 20, "a reply of more than 1,000 characters"),
            ("MAX_CHARS", 1_000, [chunk(tool_calls=[CALL])] * 500, "a reply of more than 1,000 characters"),
            ("MAX_LINE_BYTES", 1_000_000, [b"x" * 900_000] * 2, "a line of more than 1 MB"),
            ("MAX_BYTES", 1_000_000, [b": alive\n" * 100_000] * 2, "a reply of more than 1 MB"),
            ("MAX_CALLS", 3, [chunk(tool_calls=[CALL | {"id": f"c{n}"}]) for n in range(4)], "more than 3 tool calls"),
        ],
    )
    def test_end_at_a_limit_that_is_said(self, monkeypatch, limit: str, most: int, chunks: list[bytes], said: str):
        monkeypatch.setattr(reply_parser, limit, most)
        with pytest.raises(InvalidReplyError, match=said):
            list(ReplyParser().read_stream(chunks))

    def test_counts_that_are_no_counts_are_left_out(self):
        reading = ReplyParser()
        usage = {"prompt_tokens": 3, "completion_tokens": 2}
        odd = {**usage, "notes": "x" * 30_000}
        list(
            reading.read_stream(
                [b"data: " + json.dumps({"choices": [], "usage": each}).encode() + b"\n" for each in (usage, odd)]
            )
        )
        assert reading.usage_raw == usage

    def test_a_fence_far_into_a_line_is_none(self):
        splitter = ReasoningSplitter()
        list(splitter.feed(f"{'x' * 500}```\n<think>a</think>b"))
        list(splitter.end())
        assert splitter.reasoning == "a"
