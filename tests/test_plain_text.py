"""Text from outside is shortened and cleaned in one place."""

import json

import pytest

from agents.plain_text import (
    CONTROL,
    HIDDEN,
    UNFIT_FOR_NAMES,
    beginning,
    escaped,
    is_valid,
    one_line,
    quotable,
    shorten,
    valid,
    valid_json,
)

ORDINARY = ["plain", "Köln\n\t中文", "👩‍💻", "مرحبا", "é"]


class TestShortening:
    def test_a_short_text_stays_and_a_long_one_ends_with_a_mark(self):
        assert shorten("twelve chars", 12) == "twelve chars"
        assert shorten("thirteen char", 12) == "thirteen ch…"
        assert shorten("a word and more", 8) == "a word…"

    def test_what_is_missing_is_counted(self):
        assert beginning("x" * 10, 10) == "x" * 10
        assert beginning("x" * 2_010, 10) == "x" * 10 + "… (2,000 more characters)"

    def test_one_line_has_no_breaks_and_no_control_characters(self):
        assert one_line("a\r\nBcc: b\x1b  c\t👩‍💻", 100) == "a Bcc: b c 👩‍💻"
        assert one_line("word " * 100, 10) == "word word…"


class TestHiddenCharacters:
    @pytest.mark.parametrize("text", ORDINARY)
    def test_what_can_be_seen_stays_as_it_is(self, text: str):
        assert escaped(text) == text

    @pytest.mark.parametrize("hidden", ["\x1b", "\x00", "\u202e", "\u200b", "\u2066", "\ufeff", "\U000e0041", "\ud83d"])
    def test_what_cannot_be_seen_is_written_out(self, hidden: str):
        assert escaped(f"a{hidden}b") == f"a{hidden.encode('unicode_escape', 'surrogatepass').decode()}b"

    def test_each_set_contains_the_one_before(self):
        every = [chr(code) for code in range(0x110000)]
        sets = (CONTROL, HIDDEN, UNFIT_FOR_NAMES)
        control, hidden, unfit = ({char for char in every if what.search(char)} for what in sets)
        assert control < hidden < unfit
        assert unfit - hidden == {"\t", "\n", "\u200d"}

    def test_a_text_in_a_sentence_ends_no_line(self):
        assert quotable("a\nb" + "c" * 400, 20) == "a\\nb" + "c" * 16 + "…"


class TestValidText:
    @pytest.mark.parametrize("text", ORDINARY)
    def test_ordinary_text_is_valid(self, text: str):
        assert is_valid(text)
        assert valid(text) == text

    def test_halves_are_joined_and_a_lone_one_is_marked(self):
        assert not is_valid("\ud83d\ude00")
        assert valid("\ud83d\ude00") == "\U0001f600"
        assert valid("a\ud83db\0c") == "a\ufffdb\ufffdc"

    def test_json_is_made_valid_in_names_and_texts(self):
        made = valid_json({"a\ud83d": ["\ude00", 1, None]})
        assert made == {"a\ufffd": ["\ufffd", 1, None]}
        assert json.dumps(made, ensure_ascii=False).encode()
