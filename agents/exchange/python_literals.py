"""Python source of texts and values: whatever a text says, it is a text in the source and never code.

Pure functions. What they return evaluates to exactly what they were given; a comment stays a comment on every line.
"""

import keyword
import math
import re
import textwrap
from collections.abc import Collection
from typing import Any

from agents.plain_text import CONTROL, is_key, quotable, without_keys

WIDTH = 100
"""Characters of a line, where a text can be broken."""


def quoted(text: str) -> str:
    """Return `text` as a literal on one line; what cannot be printed is escaped."""
    if not text.isprintable() or '"' in text:
        return repr(text)
    return '"' + text.replace("\\", r"\\") + '"'


def text_literal(text: str, indent: int = 0, used: int = 0) -> str:
    """Return `text` as a literal as it reads best behind `indent` spaces and `used` characters: on one line, between
    triple quotes with its own lines, or in parentheses."""
    text = without_keys(text) if is_key(text) else text
    if "\n" in text and _is_plain(text):
        return f'"""{text}"""'
    if indent + used + len(quoted(text)) < WIDTH:
        return quoted(text)
    pad = " " * (indent + 4)
    parts = [quoted(part) for part in _parts(text, WIDTH - indent - 8)]
    return "(\n" + "".join(f"{pad}{part}\n" for part in parts) + " " * indent + ")"


def value_literal(value: Any) -> str:
    """Return a JSON value as Python source, on one line."""
    if isinstance(value, str):
        return quoted(without_keys(value) if is_key(value) else value)
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{value_literal(str(name))}: {value_literal(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_literal, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def names_literal(values: Collection[str]) -> str:
    """Return texts as a tuple."""
    return f"({', '.join(map(value_literal, values))}{',' if len(values) == 1 else ''})"


def comment(text: str, first: str = "", rest: str = "") -> str:
    """Return `text` as the lines of a comment, the first behind `first`, others behind `rest`."""
    line = quotable(" ".join(CONTROL.sub(" ", without_keys(text) if is_key(text) else text).split()), 5_000)
    broken = textwrap.wrap(line, WIDTH - 2, initial_indent=first, subsequent_indent=rest, break_long_words=False)
    return "".join(f"# {each}\n" for each in broken or [first])


def identifier(name: str, taken: Collection[str]) -> str:
    """Return `name` as a variable's name in small letters that is none of `taken`."""
    made = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "agent"
    made = f"agent_{made}" if made[0].isdigit() else made
    names = (made, *(f"{made}_{n}" for n in range(2, len(taken) + 4)))
    return next(each for each in names if each not in taken and not keyword.iskeyword(each))


def _is_plain(text: str) -> bool:
    """Whether `text` may stand between triple quotes as it is."""
    is_safe = "\\" not in text and '"""' not in text and not text.endswith('"')
    return is_safe and all(line.isprintable() for line in text.split("\n"))


def _parts(text: str, most: int) -> list[str]:
    """Return the text in parts of about so many characters, broken behind line ends and spaces."""
    parts: list[str] = []
    for line in text.splitlines(keepends=True):
        now = ""
        for word in re.findall(r"\S*\s*", line):
            if now and len(now) + len(word) > most:
                parts.append(now)
                now = ""
            now += word
        parts.append(now)
    return parts
