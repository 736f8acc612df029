"""Messages whose code is written to mislead, or to keep the reader of it busy."""

import random
import re
import time

import pytest

from agents.engine.code_blocks import blocks_in
from agents.sandbox.code_block import imports, name_in

AUTOGEN = re.compile(r"```[ \t]*(\w+)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)
"""pyautogen 0.9.0's `CODE_BLOCK_PATTERN`."""
ENDLESS = [
    "-" * 100_000 + "1", "x" + ".a" * 100_000, "lambda:" * 50_000 + "1", "(" * 100_000, "not " * 100_000 + "1",
    "\n" * 100_000 + "(", "import" + " " * 100_000 + "(", "9" * 10_000, 'x = "\ud800"', "\0",
]  # fmt: skip


def test_blocks_are_those_that_autogen_finds():
    chance = random.Random(4)
    for _ in range(20_000):
        text = "".join(chance.choices(["```", "``", "\n", "\r\n", " ", "\t", "py", "x", "text "], k=24))
        found = [(language.lower(), code.replace("\r\n", "\n")) for language, code in AUTOGEN.findall(text)]
        assert [(language if said else "", code) for (language, code), (said, _) in zip(
            blocks_in(text), found, strict=True
        )] == found  # fmt: skip


def test_a_line_ends_where_a_screen_ends_it():
    assert blocks_in("```python\n# a comment\rprint(1)\r\nprint(2)\n```") == [
        ("python", "# a comment\nprint(1)\nprint(2)")
    ]


@pytest.mark.parametrize(
    "message",
    ["``` " + " " * 200_000 + "x", "x```py\n" * 30_000, "```py\n" + "\n \t" * 60_000, "`" * 200_000, "```\n" * 50_000],
)
def test_no_message_takes_longer_than_its_length_says(message: str):
    began = time.process_time()
    blocks_in(message)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("code", ENDLESS)
def test_code_that_no_parser_takes_is_read_all_the_same(code: str):
    began = time.process_time()
    assert len(blocks_in(f"```\n{code}\n```")) == 1
    assert imports(code) == set()
    assert time.process_time() - began < 5


@pytest.mark.parametrize("begin", ["/*", "<!--", "#", "//", "# file name", "# filename:"])
def test_a_first_line_of_blanks_is_soon_read(begin: str):
    began = time.process_time()
    assert name_in(begin + " " * 100_000 + "x y") in ("", "x y")
    assert time.process_time() - began < 1
