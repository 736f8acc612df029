"""Servers cut their replies anywhere, also through the middle of a character that JSON escapes in two halves."""

import json

import pytest

from agents.models.error_body import MAX_WORDS_CHARS, read_error
from agents.models.reply_parser import ReplyParser


def read(*pieces: str) -> ReplyParser:
    reading = ReplyParser()
    lines = [f'data: {{"choices": [{{"delta": {{"content": "{piece}"}}}}]}}\n'.encode() for piece in pieces]
    list(reading.read_stream([*lines, b"data: [DONE]\n"]))
    return reading


class TestHalfCharacters:
    @pytest.mark.parametrize(
        ("pieces", "text"),
        [
            (["a \\ud83d", "\\ude00 b"], "a \U0001f600 b"),
            (["a \\ud83d"], "a \ufffd"),
            (["\\ude00", "b"], "\ufffdb"),
            (["Ä", "→ \U0001f600"], "Ä→ \U0001f600"),
        ],
    )
    def test_what_is_kept_of_a_reply_is_text_that_can_be_written(self, pieces: list[str], text: str):
        assert read(*pieces).text == text
        assert json.dumps(read(*pieces).text, ensure_ascii=False).encode()

    def test_nothing_else_of_a_reply_keeps_the_call_out_of_the_log(self):
        half = "\\ud83d"
        call = f'{{"id": "{half}", "function": {{"name": "f", "arguments": "{half}"}}}}'
        choice = f'{{"delta": {{"tool_calls": [{call}]}}, "finish_reason": "{half}"}}'
        reading = ReplyParser()
        line = f'data: {{"choices": [{choice}], "usage": {{"note": "{half}"}}}}\n'
        assert list(reading.read_stream([line.encode(), b"data: [DONE]\n"])) == []
        kept = [reading.finish_reason, reading.usage_raw, reading.tool_calls]
        assert json.dumps(kept, ensure_ascii=False).count("\ufffd") == 4

    def test_the_words_of_a_failing_server_are_whole_characters(self):
        assert read_error({"error": {"message": "a \ud83d b"}}, "").text == "a \ufffd b"

    def test_an_error_of_megabytes_is_read_as_far_as_it_tells_something(self):
        found = read_error({"error": {"message": "9" * 1_000_000}}, "")
        assert len(found.words) == MAX_WORDS_CHARS
