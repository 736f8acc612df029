"""What a reader sees of a web page: its text, a line for each block.

Pages are hostile: the page is read once from left to right, so that none takes longer than its length says. Python's
own parser looks for the end of what never ends again and again, for minutes. Called by `http_get`.
"""

import re
from html import unescape

HIDDEN = {"script", "style", "noscript", "template", "svg", "head"}
RAW = {"script", "style"}
"""In these nothing is a tag but their own end."""
INLINE = {"a", "b", "i", "em", "strong", "span", "code", "small", "u", "sub", "sup", "abbr", "mark", "label"}
CELLS = {"td", "th"}

_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,40})")
_STOP = re.compile(r"=\s*[\"']|>")
_LONG_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def text_of(page: str) -> str:
    """The text of the HTML `page`, without what browsers do not show; what a tag that never ends begins is left out."""
    parts: list[str] = []
    hidden, depth, place = "", 0, 0
    while (start := page.find("<", place)) >= 0:
        if not hidden:
            parts.append(_words(page[place:start]))
        name = _NAME.match(page, start)
        if name is None and page[start + 1 : start + 2] not in ("!", "?", "/"):
            place = start + 1  # a "<" that begins no tag
            if not hidden:
                parts.append("<")
            continue
        place = _end(page, start) if name is None else _tag_end(page, name.end())
        if place < 0:
            return _lines(parts)
        if name is None:
            continue
        tag, is_end = name[1].lower(), page[start + 1] == "/"
        if hidden and not (hidden == "head" and tag == "body"):  # whose end may be left out
            depth += (-1 if is_end else 1) if tag == hidden else 0
            hidden = hidden if depth else ""
        elif tag in HIDDEN and not is_end:
            hidden, depth = tag, 1
        else:
            hidden = ""
            parts.append("" if tag in INLINE or (tag in CELLS and is_end) else " | " if tag in CELLS else "\n")
        if tag in RAW and not is_end:
            place = _raw_end(page, tag, place)
            if place < 0:
                return _lines(parts)
    if not hidden:
        parts.append(_words(page[place:]))
    return _lines(parts)


def _end(page: str, start: int) -> int:
    """Behind a comment, a declaration or the like; -1 when it never ends."""
    mark = "-->" if page.startswith("<!--", start) else ">"
    found = page.find(mark, start + 2)
    return found + len(mark) if found >= 0 else -1


def _tag_end(page: str, place: int) -> int:
    """Behind the tag whose attributes begin at `place`; -1 when it never ends."""
    while stop := _STOP.search(page, place):
        if stop[0] == ">":
            return stop.end()
        quote = page.find(stop[0][-1], stop.end())
        if quote < 0:
            return -1
        place = quote + 1
    return -1


def _raw_end(page: str, tag: str, place: int) -> int:
    """Where the end of a script or style begins; -1 when it never ends."""
    found = re.compile(f"</{tag}\\b", re.IGNORECASE).search(page, place)
    return found.start() if found else -1


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(_LONG_NUMBER.sub("\ufffd", text)))


def _lines(parts: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)
