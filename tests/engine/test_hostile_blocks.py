"""Messages whose code is written to mislead, or to keep the reader of it busy."""

import random
import re
import time

import pytest

from agents.engine.code_fences import FencedCode, fenced_code
from agents.sandbox.code_block import imports, name_in

AUTOGEN = re.compile(r"```[ \t]*(\w+)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)
"""pyautogen 0.9.0's `CODE_BLOCK_PATTERN`."""
ENDLESS = [
    "-" * 100_000 + "1", "x" + ".a" * 100_000, "lambda:" * 50_000 + "1", "(" * 100_000, "not " * 100_000 + "1",
    "\n" * 100_000 + "(", "import" + " " * 100_000 + "(", "9" * 10_000, 'x = "\ud800"', "\0",
]  # fmt: skip


def test_blocks_of_plain_messages_are_those_that_autogen_finds():
    chance = random.Random(4)
    for _ in range(20_000):
        blocks = [
            (
                chance.choice(["", "py", "Python", "sh"]),
                "".join(chance.choices(["x", " ", "\t", "\n", "'`'", "y = 1"], k=5)),
            )
            for _ in range(chance.randint(0, 3))
        ]
        fenced = [f"```{language}{chance.choice(['', ' '])}\n{code}.\n```" for language, code in blocks]
        text = "\n".join(word for block in fenced for word in (chance.choice(["", "text", "text `x` "]), block))
        text = text.replace("\n", chance.choice(["\n", "\r\n"]))
        found = [(language.lower(), code.replace("\r\n", "\n")) for language, code in AUTOGEN.findall(text)]
        assert [(block.language, block.code) for block in fenced_code(text)] == found


def test_a_line_ends_where_a_screen_ends_it():
    assert fenced_code("```python\n# a comment\rprint(1)\r\nprint(2)\n```") == [
        FencedCode("python", "# a comment\nprint(1)\nprint(2)")
    ]


@pytest.mark.parametrize(
    "message",
    [
        "``` " + " " * 200_000 + "x y",
        "x``` " + " " * 200_000 + "x y",
        "x````py\n" * 20_000 + "```\n" * 20_000,
        "- " * 100_000,
        "a" + "``` " * 50_000,
        "````\n```x\n" * 20_000,
        "x```py\n" * 30_000,
        "```py\n" + "\n \t" * 60_000,
        "`" * 200_000,
        "```\n" * 50_000,
    ],
)
def test_no_message_takes_longer_than_its_length_says(message: str):
    began = time.process_time()
    fenced_code(message)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("code", ENDLESS)
def test_code_that_no_parser_takes_is_read_all_the_same(code: str):
    began = time.process_time()
    assert len(fenced_code(f"```\n{code}\n```")) == 1
    assert imports(code) == set()
    assert time.process_time() - began < 5


@pytest.mark.parametrize("begin", ["/*", "<!--", "#", "//", "# file name", "# filename:"])
def test_a_first_line_of_blanks_is_soon_read(begin: str):
    began = time.process_time()
    assert name_in(begin + " " * 100_000 + "x y") in ("", "x y")
    assert time.process_time() - began < 1
