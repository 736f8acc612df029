"""Text from outside made fit to be shown and kept: shortened, on one line, without what hides, reorders or is no text.

Agents, servers, files and people write hostile text. Pure functions over str and JSON; they lean on nothing, and every
part uses them instead of its own.
"""

import json
import re
from typing import Any

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_HIDDEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028\u2029\u2060-\u206f\u3164\ufeff\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
CONTROL = re.compile(f"[{_CONTROL}]")
"""What moves a cursor, colours, reorders text, or is a lone surrogate; tab and line feed aside."""
HIDDEN = re.compile(f"[{_CONTROL}{_HIDDEN}]")
"""Also what cannot be seen. Not the joiner U+200D, of which emoji are made and which hides nothing."""
UNFIT_FOR_NAMES = re.compile(rf"[{_CONTROL}{_HIDDEN}\t\n\u200d]")
"""Also what ends or indents a line, and the joiner."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_KEY = re.compile(
    r"\b(?:sk|pk|gsk|xai|rk)-[A-Za-z0-9_*.-]{6,}|\bAIza[A-Za-z0-9_-]{10,}"
    r"|\b(?:gsk|hf|ghp|gho|nvapi|pplx|tgp)[_-][A-Za-z0-9_-]{16,}|\beyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{10,}"
)
"""Forms that keys and tokens have, and hardly anything else."""
_SURELY_KEY = re.compile(r"(?<![A-Za-z0-9])(?:sk-|gsk_|hf_|nvapi-|AIza)(?=[a-z_-]{0,99}[A-Z0-9])[A-Za-z0-9_-]{16,}")
_RUN = re.compile(r"[A-Za-z0-9_+=-]{16,}")


def is_key(text: str) -> bool:
    """Whether `text` holds what can be nothing but a key."""
    return _SURELY_KEY.search(text) is not None


def may_hold_key(text: str) -> bool:
    """Whether something in `text` could be a key: letters and digits in one long run. Much else looks so."""
    runs = _RUN.findall(text)
    return _KEY.search(text) is not None or any(re.search("[0-9]", run) and re.search("[A-Za-z]", run) for run in runs)


def without_keys(text: str) -> str:
    """Return `text` with "[key]" in the place of each key of a known form."""
    return _KEY.sub("[key]", text)


def shorten(text: str, most: int) -> str:
    """Return `text`, or its beginning and "…": at most `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def fenced(text: str) -> str:
    """Return `text` as a block of code in Markdown, in a fence longer than any in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def file_stem(text: str, otherwise: str) -> str:
    """Return `text` as a file's name without its ending, of small letters, digits and hyphens; `otherwise` when none is
    left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or otherwise


def beginning(text: str, most: int) -> str:
    """Return `text`, or its first `most` characters and how many are missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def one_line(text: str, most: int | None = None) -> str:
    """Return `text` on one line, without control characters, at most `most` characters long."""
    line = " ".join(CONTROL.sub(" ", text).split())
    return line if most is None else shorten(line, most)


def escaped(text: str, what: re.Pattern[str] = HIDDEN) -> str:
    r"""Return `text` with each character of `what` as Python writes it, such as \x1b or \u202e."""
    if text.isascii() and text.isprintable():
        return text
    return what.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def quotable(text: str, most: int = 300) -> str:
    """Return `text` as it may stand inside a sentence: on one line, nothing hidden, at most `most` characters."""
    return escaped(shorten(text, most), UNFIT_FOR_NAMES)


def is_valid(text: str) -> bool:
    """Whether `text` has no lone surrogates, which no file, database or network takes."""
    return text.isascii() or not _SURROGATE.search(text)


def valid(text: str) -> str:
    """Return `text` as every store and screen takes it: pairs of surrogates joined, lone ones and NUL marked."""
    text = text.replace("\0", "\ufffd")
    return text if is_valid(text) else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def valid_json(value: Any) -> Any:
    """Return the JSON `value` with the surrogates in its texts and names joined or marked."""
    return json.loads(valid(json.dumps(value, ensure_ascii=False)))
