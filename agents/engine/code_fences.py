"""The fenced code of a message, as CommonMark has it: what its writer called code, and what a reviewer is asked about.

Info strings, languages such as c++, longer fences around shorter ones, tildes, fences indented in a list, and a last
one without its end. Two things more count, as in pyautogen 0.9.0 (`MarkdownCodeExtractor`): a fence may open behind
words on its line, and words may follow on the fence that closes. Called by `code_blocks`.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_OPENING = re.compile(
    r"(?P<indent>[ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)(?P<fence>`{3,}+(?=[^`]*$)|~{3,}+)(?P<info>.*)"
)
_BEHIND_WORDS = re.compile(r"[ \t]*+[^\s>`~].*?(?<!`)(?P<fence>`{3,}+)[ \t]*+(?P<info>\w*+)[ \t]*+")
_FENCE = re.compile(r"[ \t]*+(`{3,}+|~{3,}+)(.*)")
_LANGUAGE = re.compile(r"[\w+#.-]+")


@dataclass(frozen=True)
class FencedCode:
    """One block."""

    language: str
    """As its writer says it, in small letters; "" for none."""
    code: str
    """Its lines, ended by line feeds."""
    is_closed: bool = True
    """False: the message ends inside of it."""


def fenced_code(content: str, closing_phrases: Collection[str] = ()) -> list[FencedCode]:
    """Return the blocks of `content`, in order. A last line that is one of `closing_phrases` is no code."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fences = _Fences(lines)
    found: list[FencedCode] = []
    n = 0
    while n < len(lines):
        opening = _OPENING.fullmatch(lines[n])
        match = opening or _BEHIND_WORDS.fullmatch(lines[n])
        end = fences.end(n + 1, match["fence"]) if match else None
        if match is None or (end is None and not opening):
            n += 1
            continue
        inner = lines[n + 1 : end]
        if opening:
            inner = _unindented(inner, len(opening["indent"].expandtabs(4)))
        code = _without_phrase("\n".join(inner), closing_phrases)
        if inner and code is not None:
            found.append(FencedCode(_language(match["info"]), code, is_closed=end is not None))
        n = len(lines) if end is None else end + 1
    return found


class _Fences:
    """Where the blocks of a message may end. Each line is looked at a few times at most, however it is written."""

    def __init__(self, lines: Sequence[str]):
        self._found = [
            (n, match[1], not match[2].strip()) for n, line in enumerate(lines) if (match := _FENCE.match(line))
        ]
        self._missing: dict[tuple[str, bool], int] = {}
        """Sign and whether it is alone -> the length from which on no further fence was found."""

    def end(self, first: int, fence: str) -> int | None:
        """Return the line that closes a block: a fence alone, at least as long; else one that words follow on; None
        when there is neither."""
        alone = self._next(first, fence, is_alone=True)
        return alone if alone is not None else self._next(first, fence, is_alone=False)

    def _next(self, first: int, fence: str, *, is_alone: bool) -> int | None:
        key = (fence[0], is_alone)
        if len(fence) >= self._missing.get(key, sys.maxsize):
            return None
        for place in range(bisect_left(self._found, (first,)), len(self._found)):
            n, sign, stands_alone = self._found[place]
            if sign[0] == fence[0] and len(sign) >= len(fence) and (stands_alone or not is_alone):
                return n
        self._missing[key] = len(fence)
        return None


def _unindented(lines: list[str], indent: int) -> list[str]:
    """Return the lines of a block without the indentation of its fence, as far as all of them have it."""
    widths = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    n = min([indent, *widths])
    return [line[min(n, len(line) - len(line.lstrip(" \t"))) :] for line in lines] if n else lines


def _language(info: str) -> str:
    """Return the language of an info string: its first word, without the braces and points of some dialects."""
    match = _LANGUAGE.match(info.lstrip("{. "))
    return match[0].strip(".").lower() if match else ""


def _without_phrase(code: str, closing_phrases: Collection[str]) -> str | None:
    """Return the code without a last line that is a closing phrase; None when nothing else is in it."""
    body, _, last = code.rstrip().rpartition("\n")
    if last.strip() and last.strip() in {phrase.strip() for phrase in closing_phrases}:
        return body.rstrip() or None
    return code
