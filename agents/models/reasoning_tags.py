"""What a model thinks between tags in its text, told from what it says: `<think>`, `[THINK]` and their like.

A tag counts wherever it stands, but not inside fenced or inline code, nor where a sentence mentions it. An end without
a beginning makes all before it reasoning: some templates put the beginning into the prompt. Fed piece by piece, as text
streams. Called by `reply_parser`.
"""

import re
from collections.abc import Iterator
from copy import copy

_NAMES = (
    "think|thinking|thought|thoughts|reasoning|reasoning_content|reflection|scratchpad|inner_thoughts|internal_monologue"
    "|inner_monologue|chain_of_thought|cot"
)
_BEGIN = (
    rf"<(?P<name>(?:\w+:)?(?:{_NAMES}))(?:\s[^<>]{{0,80}})?>|(?P<other>\[THINK\]|◁think▷|<\|begin_of_thought\|>"
    r"|<\|START_THINKING\|>|<\|channel\|>(?:analysis|commentary)<\|message\|>|<\|channel>thought\b)"
)
_ENDS = {
    "[think]": r"\[/THINK\]",
    "◁think▷": r"◁/think▷",
    "<|begin_of_thought|>": r"<\|end_of_thought\|>",
    "<|start_thinking|>": r"<\|END_THINKING\|>",
    "<|channel>thought": r"<channel\|>",
}
_CHANNEL_END = r"<\|end\|>|(?=<\|channel\|>final<\|message\|>)"
_LONE_END = rf"</(?:\w+:)?(?:{_NAMES})\s*>|\[/THINK\]|◁/think▷"
_MARKS = (
    r"<\|start\|>assistant|<\|end\|>|<\|channel\|>final<\|message\|>|<\|begin_of_solution\|>|<\|end_of_solution\|>"
    r"|<\|START_RESPONSE\|>|<\|END_RESPONSE\|>|<\|return\|>"
)
"""What stands around the reply itself where the tags above stand around its reasoning."""
_TAG = re.compile(rf"(?P<begin>{_BEGIN})|(?P<lone_end>{_LONE_END})|(?P<mark>(?-i:{_MARKS}))", re.IGNORECASE)
_TAG_START = re.compile(
    r"(?:<\|?(?:channel|start)\|?>[a-z]{0,10}(?:<[|a-z]{0,9})?|<(?:[/\w|][^<>]{0,80})?|\[/?[A-Za-z]{0,5}|◁[^▷]{0,10})$"
)
"""The end of a text that may be the beginning of a tag."""
_SIGNS = ("<", "[", "◁")
"""What tags begin with."""
LONGEST_END = 40
_FENCE = re.compile(r"[ \t>*+-]*(`{3,}|~{3,})")
MAX_FENCE_CHARS = 400
"""Of a line in which a fence is looked for."""
_LINE_END = ("", "\n", "\r")


class ReasoningSplitter:
    """Splits one text. `feed` and `end` yield what is said; `reasoning` is what was thought so far.

    Its time grows with the length of the text alone, however many tags are in it."""

    def __init__(self) -> None:
        self._thought: list[str] = []
        self._said: list[str] = []
        self._code = _CodeState()
        """Of what was said."""
        self._held = ""
        """Not decided yet; the end of the reasoning that has begun."""
        self._inside: list[str] = []
        """Of the reasoning that has begun, what is before that: the end is not in it."""
        self._begun = ""
        """The tag with which that begins, "" outside of any."""
        self._end = re.compile("")
        self._is_inside_line = False
        """It begins inside a line: without an end it may be a mention of the tag."""

    @property
    def reasoning(self) -> str:
        """All that was thought, its parts as paragraphs."""
        return "\n\n".join(filter(None, (piece.strip() for piece in self._thought)))

    @property
    def has_said(self) -> bool:
        return bool(self._said)

    @property
    def said(self) -> str:
        """All that was said."""
        said = "".join(self._said)
        return said.strip() if self._thought else said

    def feed(self, text: str) -> Iterator[str]:
        """Yield what of `text`, and of what was held back before, is said."""
        if not self._held and not self._begun and not any(sign in text for sign in _SIGNS):
            yield from self._says(text)
            return
        yield from self._split(self._held + text, is_end=False)

    def end(self) -> Iterator[str]:
        """Yield what was held back and is said after all: nothing more comes."""
        yield from self._split(self._held, is_end=True)
        if self._begun:
            inside = "".join([*self._inside, self._held])
            if self._is_inside_line and inside[:1] in " .,;:!?)'\"":
                yield from self._says(self._begun + inside)
            else:
                self._thought.append(inside)
        self._held, self._inside, self._begun = "", [], ""

    def _says(self, piece: str) -> Iterator[str]:
        if self._thought and not any(map(str.strip, self._said)):  # the empty lines between reasoning and reply
            piece, self._said, self._code = piece.lstrip(), [], _CodeState()
        if piece:
            self._said.append(piece)
            self._code.add(piece)
            yield piece

    def _split(self, text: str, *, is_end: bool) -> Iterator[str]:
        """Take the text to its end, or to what is held back; yield what is said."""
        place = 0
        while place < len(text):
            if self._begun:
                place = self._reached_end(text, place)
                if self._begun:
                    return
            else:
                said, place = self._until_tag(text, place, is_end=is_end)
                yield from self._says(said)
                if not self._begun:
                    self._held = text[place:]
                    return
        self._held = ""

    def _until_tag(self, text: str, start: int, *, is_end: bool) -> tuple[str, int]:
        """Return what is said before the next tag, and the place behind it; after it a reasoning has begun, if there is
        one."""
        code, before, begin, place = copy(self._code), list[str](), start, start
        while match := _TAG.search(text, place):
            is_lone_end = match.lastgroup == "lone_end"
            if not is_end and is_lone_end and match.end() == len(text):
                break  # what follows on it tells more
            before.append(text[begin : match.start()])
            code.add(before[-1])
            if code.is_inside and not (
                is_lone_end and code.is_at_line_start and text[match.end() : match.end() + 1] in _LINE_END
            ):
                before.append(match[0])
                code.add(match[0])
            elif match.lastgroup == "mark":
                pass
            elif is_lone_end:
                self._thought.append("".join([*self._said, *before]))
                self._said, self._code, code, before = [], _CodeState(), _CodeState(), []
            else:
                self._begin(match, code)
                return "".join(before), match.end()
            begin = place = match.end()
        cut = None if is_end else match or _TAG_START.search(text, place)
        end = cut.start() if cut else len(text)
        return "".join([*before, text[begin:end]]), end

    def _begin(self, match: re.Match[str], code: "_CodeState") -> None:
        name, self._begun = match["name"], match[0]
        pattern = rf"</{re.escape(name)}\s*>" if name else _ENDS.get(match[0].lower(), _CHANNEL_END)
        self._end = re.compile(pattern, re.IGNORECASE)
        self._is_inside_line = code.is_inside_line
        self._held, self._inside = "", []

    def _reached_end(self, text: str, start: int) -> int:
        """Take the reasoning that has begun to its end, or all of the text; return the place behind it."""
        match = self._end.search(text, start)
        if match is None:
            kept = max(start, len(text) - LONGEST_END)
            self._inside.append(text[start:kept])
            self._held = text[kept:]
            return len(text)
        self._thought.append("".join([*self._inside, text[start : match.start()]]))
        self._held, self._inside, self._begun = "", [], ""
        return match.end()


class _CodeState:
    """Whether the end of a text stands inside fenced or inline code, told as the text grows."""

    def __init__(self) -> None:
        self._fence = ""
        """The fence that is open before the last line, "" for none."""
        self._line = ""
        """The beginning of the last line."""
        self._n_ticks = 0
        """Backticks in the last line."""
        self.is_inside_line = False
        """Whether something but spaces stands in the last line."""
        self.is_at_line_start = False
        """Whether the text ends with a line feed."""

    def add(self, text: str) -> None:
        """Go on with the text."""
        if not text:
            return
        first, *rest = text.split("\n")
        self._go_on(first)
        for line in rest:
            self._fence = self._after_line()
            self._line, self._n_ticks, self.is_inside_line = "", 0, False
            self._go_on(line)
        self.is_at_line_start = text.endswith("\n")

    @property
    def is_inside(self) -> bool:
        """Whether what follows is code."""
        return bool(self._after_line()) or self._n_ticks % 2 == 1

    def _go_on(self, text: str) -> None:
        if len(self._line) < MAX_FENCE_CHARS:
            self._line += text[:MAX_FENCE_CHARS]
        self._n_ticks += text.count("`")
        self.is_inside_line = self.is_inside_line or bool(text.strip())

    def _after_line(self) -> str:
        """The fence that is open behind the last line."""
        match = _FENCE.match(self._line)
        if match is None:
            return self._fence
        if not self._fence:
            return match[1]
        return "" if match[1].startswith(self._fence) else self._fence
