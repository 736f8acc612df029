"""Replies of servers that do it their own way, and token counts in buckets."""

import json

import pytest

from agents.chats import BUCKETS, Usage
from agents.models.failures import InvalidReplyError
from agents.models.pricing import PROVIDER_BUCKETS
from agents.models.reply_parser import ReplyParser
from agents.models.usage_parser import parse_usage
from agents.specs import OwnPrice


def chunk(text: str, finish: str | None = None) -> bytes:
    body = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


class TestStreams:
    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_bytes_may_be_cut_anywhere(self, size: int):
        stream = b": sign of life\n\n" + chunk("naïve ") + chunk("\u2028 Plan", "stop") + b"data: [DONE]\n\n"
        reading = ReplyParser()
        pieces = list(reading.read_stream(stream[i : i + size] for i in range(0, len(stream), size)))
        assert pieces == ["naïve ", "\u2028 Plan"]
        assert (reading.finish_reason, reading.is_complete) == ("stop", True)

    def test_a_stream_that_ends_without_saying_so_is_not_complete(self):
        reading = ReplyParser()
        assert list(reading.read_stream([chunk("half a")])) == ["half a"]
        assert not reading.is_complete

    def test_a_last_line_without_its_end_counts(self):
        reading = ReplyParser()
        assert list(reading.read_stream([chunk("all").rstrip(b"\n")])) == ["all"]

    def test_half_a_line_is_garbage(self):
        with pytest.raises(InvalidReplyError, match="breaks off"):
            list(ReplyParser().read_stream([chunk("ok"), b'data: {"choices": [{"del\n\n']))

    def test_json_that_nests_too_deep_is_garbage(self):
        with pytest.raises(InvalidReplyError, match="nests too deep"):
            list(ReplyParser().read_stream([b"data: " + b"[" * 200_000 + b"\n\n"]))

    def test_tool_arguments_that_come_as_an_object_are_text_afterwards(self):
        call = {"function": {"name": "add", "arguments": {"a": 1}}}
        body = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
        reading = ReplyParser()
        assert list(reading.read_whole(json.dumps(body).encode())) == []
        expected = {"id": "call_0", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
        assert reading.tool_calls == [expected]


class TestErrors:
    @pytest.mark.parametrize(
        "line",
        ['{"error":"it broke"}', '[{\n  "error": {"message": "it broke"}\n}\n]', 'error: {"error": "it broke"}'],
    )
    def test_a_bare_line_among_the_events_is_an_error(self, line: str):
        reading = ReplyParser()
        assert list(reading.read_stream([chunk("one"), line.encode() + b"\n"])) == ["one"]
        assert "it broke" in str(reading.error)

    @pytest.mark.parametrize(
        "body", [{"detail": "it broke"}, {"object": "error", "message": "it broke"}, {"message": "it broke", "code": 9}]
    )
    def test_an_answer_without_choices_may_be_an_error(self, body: dict):
        reading = ReplyParser()
        list(reading.read_whole(json.dumps(body).encode()))
        assert "it broke" in str(reading.error)


class TestReasoning:
    def test_tokens_are_counted_by_its_part_of_the_text_where_the_server_does_not(self):
        raw = {"prompt_tokens": 10, "completion_tokens": 40}
        assert parse_usage(raw, reasoning_share=0.75) == Usage(input_uncached=10, output=10, reasoning=30)
        counted = {**raw, "completion_tokens_details": {"reasoning_tokens": 8}}
        assert parse_usage(counted, reasoning_share=0.75) == Usage(input_uncached=10, output=32, reasoning=8)


class TestUsage:
    def test_every_bucket_is_known_on_the_providers_side(self):
        assert PROVIDER_BUCKETS.keys() == BUCKETS.keys()
        assert {bucket.own_rate for bucket in PROVIDER_BUCKETS.values()} == OwnPrice.model_fields.keys()

    @pytest.mark.parametrize("number", ["1e400", "1e30", "1" + "0" * 40, "NaN", "-Infinity", "-3"])
    def test_a_number_that_no_call_can_have_counts_nothing(self, number: str):
        raw = json.loads(f'{{"prompt_tokens": {number}, "completion_tokens": 3}}')
        assert parse_usage(raw) == Usage(output=3)

    def test_buckets_exclude_each_other(self):
        raw = {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 80},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
        assert parse_usage(raw) == Usage(input_uncached=20, input_cached=80, output=20, reasoning=30)

    def test_reasoning_that_comes_on_top_is_counted_once(self):
        raw = {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 150,
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
        assert parse_usage(raw) == Usage(input_uncached=100, output=20, reasoning=30)

    def test_reasoning_on_top_stays_reasoning_where_as_many_tokens_were_cached(self):
        raw = {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 30},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
        assert parse_usage(raw) == Usage(input_uncached=70, input_cached=30, output=20, reasoning=30)

    def test_cached_tokens_that_come_on_top_are_input_and_no_reasoning(self):
        raw = {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 105,
            "prompt_tokens_details": {"cached_tokens": 90},
        }
        assert parse_usage(raw) == Usage(input_uncached=10, input_cached=90, output=5)

    @pytest.mark.parametrize("raw", [{}, {"prompt_tokens": None}, {"prompt_tokens": "many"}, {"total_tokens": 5}])
    def test_what_was_not_counted_is_none(self, raw: dict):
        assert parse_usage(raw) is None

    def test_details_that_contradict_the_totals_never_make_a_bucket_negative(self):
        raw = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 9}}
        assert parse_usage(raw) == Usage(input_cached=5, output=2)
