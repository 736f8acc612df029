"""What a model thinks between tags in its text, told from what it says: `<think>`, `[THINK]` and their like.

A tag counts wherever it stands, but not inside fenced or inline code, nor where a sentence mentions it. An end without
a beginning makes all before it reasoning: some templates put the beginning into the prompt. Fed piece by piece, as text
streams. Called by `reply_parser`.
"""

import re
from collections.abc import Iterator

_NAMES = (
    "think|thinking|thought|thoughts|reasoning|reasoning_content|reflection|scratchpad|inner_thoughts|internal_monologue"
    "|inner_monologue|chain_of_thought|cot"
)
_BEGIN = re.compile(
    rf"<(?P<name>(?:\w+:)?(?:{_NAMES}))(?:\s[^<>]{{0,80}})?>|(?P<other>\[THINK\]|◁think▷|<\|begin_of_thought\|>"
    r"|<\|START_THINKING\|>|<\|channel\|>(?:analysis|commentary)<\|message\|>|<\|channel>thought\b)",
    re.IGNORECASE,
)
_ENDS = {
    "[think]": r"\[/THINK\]",
    "◁think▷": r"◁/think▷",
    "<|begin_of_thought|>": r"<\|end_of_thought\|>",
    "<|start_thinking|>": r"<\|END_THINKING\|>",
    "<|channel>thought": r"<channel\|>",
}
_CHANNEL_END = r"<\|end\|>|(?=<\|channel\|>final<\|message\|>)"
_LONE_END = re.compile(rf"</(?:\w+:)?(?:{_NAMES})\s*>|\[/THINK\]|◁/think▷", re.IGNORECASE)
_MARKS = re.compile(
    r"<\|start\|>assistant|<\|end\|>|<\|channel\|>final<\|message\|>|<\|begin_of_solution\|>|<\|end_of_solution\|>"
    r"|<\|START_RESPONSE\|>|<\|END_RESPONSE\|>|<\|return\|>",
)
"""What stands around the reply itself where the tags above stand around its reasoning."""
_TAG_START = re.compile(
    r"(?:<\|?(?:channel|start)\|?>[a-z]{0,10}(?:<[|a-z]{0,9})?|<(?:[/\w|][^<>]{0,80})?|\[/?[A-Za-z]{0,5}|◁[^▷]{0,10})$"
)
"""The end of a text that may be the beginning of a tag."""
_SIGNS = ("<", "[", "◁")
"""What tags begin with."""
LONGEST_END = 40
_FENCE = re.compile(r"^[ \t>*+-]*(`{3,}|~{3,})", re.MULTILINE)


class ReasoningSplitter:
    """Splits one text. `feed` and `end` yield what is said; `reasoning` is what was thought so far."""

    def __init__(self) -> None:
        self._thought: list[str] = []
        self._said: list[str] = []
        self._held = ""
        """Not decided yet; all of the reasoning that has begun."""
        self._n_searched = 0
        """Characters of it in which the end is not."""
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
        self._held += text
        yield from self._split(is_end=False)

    def end(self) -> Iterator[str]:
        """Yield what was held back and is said after all: nothing more comes."""
        yield from self._split(is_end=True)
        if self._begun and self._is_inside_line and self._held[:1] in " .,;:!?)'\"":
            yield from self._says(self._begun + self._held)
        elif self._begun:
            self._thought.append(self._held)
        self._held = self._begun = ""

    def _says(self, piece: str) -> Iterator[str]:
        if self._thought and not any(map(str.strip, self._said)):  # the empty lines between reasoning and reply
            piece, self._said = piece.lstrip(), []
        if piece:
            self._said.append(piece)
            yield piece

    def _split(self, *, is_end: bool) -> Iterator[str]:
        while True:
            if self._begun:
                if not self._reaches_end():
                    return
            else:
                piece = self._until_tag(is_end=is_end)
                yield from self._says(piece)
                if not self._begun:
                    return

    def _until_tag(self, *, is_end: bool) -> str:
        """Take what is said before the next tag; after it a reasoning has begun, if there is one."""
        n_passed = 0
        while match := next((each for each in _tags(self._held) if each.start() >= n_passed), None):
            before = self._held[: match.start()]
            if not is_end and match.re is _LONE_END and match.end() == len(self._held):
                break  # what follows on it tells more
            all_before = "".join(self._said) + before
            if _is_code(all_before) and not self._is_line(match, all_before):
                n_passed = match.end()
            elif match.re is _MARKS:
                self._held = before + self._held[match.end() :]
            elif match.re is _LONE_END:
                self._thought.append(all_before)
                self._said, self._held, n_passed = [], self._held[match.end() :], 0
            else:
                self._begin(match, before)
                return before
        cut = None if is_end else match or _TAG_START.search(self._held, n_passed)
        piece = self._held[: cut.start()] if cut else self._held
        self._held = self._held[len(piece) :]
        return piece

    def _is_line(self, match: re.Match[str], before: str) -> bool:
        """Whether the end of a reasoning is a line of its own: then no code fence before it counts, closed or not."""
        after = self._held[match.end() :]
        return match.re is _LONE_END and before.endswith("\n") and after[:1] in ("", "\n", "\r")

    def _begin(self, match: re.Match[str], before: str) -> None:
        name, self._begun = match["name"], match[0]
        pattern = rf"</{re.escape(name)}\s*>" if name else _ENDS.get(match[0].lower(), _CHANNEL_END)
        self._end = re.compile(pattern, re.IGNORECASE)
        self._is_inside_line = bool(("".join(self._said) + before).rpartition("\n")[2].strip())
        self._held, self._n_searched = self._held[match.end() :], 0

    def _reaches_end(self) -> bool:
        """Take the reasoning that has begun to its end; whether that has come."""
        match = self._end.search(self._held, max(0, self._n_searched - LONGEST_END))
        self._n_searched = len(self._held)
        if match is None:
            return False
        self._thought.append(self._held[: match.start()])
        self._held, self._begun = self._held[match.end() :], ""
        return True


def _tags(text: str) -> list[re.Match[str]]:
    found = [match for pattern in (_BEGIN, _LONE_END, _MARKS) for match in pattern.finditer(text)]
    return sorted(found, key=lambda match: match.start())


def _is_code(before: str) -> bool:
    """Whether what follows on `before` stands inside fenced or inline code."""
    fence = ""
    for match in _FENCE.finditer(before):
        if not fence:
            fence = match[1]
        elif match[1].startswith(fence):
            fence = ""
    if fence:
        return True
    return before.rpartition("\n")[2].count("`") % 2 == 1
