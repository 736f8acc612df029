"""How bytes become text: by their byte order mark, as UTF-8, as UTF-16 without a mark, else by a guess.

A guess is told. Which of the old encodings it is, is the caller's to say where it knows better (`Guess`).
"""

import codecs
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

Guess = Callable[[bytes], str]
"""Some bytes that are no UTF-8 -> the encoding that they are probably in, as Python calls it."""

BLOCK_BYTES = 1_048_576
SAMPLE_BYTES = 16_384
MAX_WRONG_SHARE = 0.02
"""Of the characters beyond ASCII: with more wrong ones a text is not UTF-8 with mistakes."""

_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
]
_LABELS = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}
_BEYOND_ASCII = re.compile(rb"[^\n\r]{0,40}[\x80-\xff][^\n\r]{0,40}")
_ODD_WORD = re.compile(r"[^\W\d_][^\w\s'’.\-&/,;|]+[^\W\d_]|[£¢¥¤¦¬¯¸][^\W\d_]|[a-zß-ÿ][À-ÞŠŒŽŸ]")
"""What no Western word has: a sign between letters, a capital behind small ones. Then it is another encoding."""


@dataclass(frozen=True)
class Encoding:
    """An encoding and what to tell of it."""

    name: str
    """As Python calls it."""
    note: str = ""
    """What a reader must know; "" for plain UTF-8."""


def encoding_of(file: BinaryIO, guess: Guess | None = None, max_bytes: int | None = None) -> Encoding | None:
    """Return the encoding of the text in the file, of which `max_bytes` are looked at; None when it is no text.

    The file is left at its beginning."""
    try:
        return _encoding_of(file, guess or western, max_bytes)
    finally:
        file.seek(0)


def decoded(content: bytes, guess: Guess | None = None, is_cut: bool = False) -> tuple[str, Encoding] | None:
    """Return the text of a file, or of its beginning when it `is_cut`, and its encoding; None when it is no text."""
    encoding = encoding_of(io.BytesIO(content), guess, len(content) if is_cut else None)
    return None if encoding is None else (content.decode(encoding.name, errors="replace"), encoding)


def western(sample: bytes) -> str:
    """Windows' Western encoding, or Latin-1 where a byte has no meaning in it."""
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def looks_western(sample: bytes) -> bool:
    """Whether the bytes make words in Windows' Western encoding."""
    text = sample.decode(western(sample))
    beyond = [char for char in text if char > "\x7f"]
    letters = sum(char.isalpha() for char in text)
    n_odd = len(_ODD_WORD.findall(text)) + sum("\x80" <= char < "\xa0" for char in beyond)
    return n_odd == 0 and sum(char.isalpha() for char in beyond) <= 0.4 * max(letters, 1)


def _encoding_of(file: BinaryIO, guess: Guess, max_bytes: int | None) -> Encoding | None:
    head = file.read(SAMPLE_BYTES)
    for mark, name, label in _MARKS:
        if head.startswith(mark):
            return Encoding(name, f"encoding {label} ({name})" if label else "")
    if b"\0" in head and (order := _utf16_order(head)):
        return Encoding(order, f"encoding UTF-16 without a mark ({order})")
    if _is_binary(head):
        return None
    n_beyond, n_wrong, wrong = _wrong_utf8(file, head, max_bytes)
    if not n_wrong:
        return Encoding("utf-8")
    if n_wrong <= MAX_WRONG_SHARE * n_beyond:
        places = f"{n_wrong:,} place{'' if n_wrong == 1 else 's'}"
        return Encoding("utf-8", f"UTF-8 with mistakes: {places} shown as �")
    name = guess(wrong)
    label = f"{_LABELS[name]} ({name})" if name in _LABELS else name
    return Encoding(name, f"encoding {label}, a guess")


def _utf16_order(head: bytes) -> str:
    """The byte order of UTF-16 text without a mark, by where its NULs are; "" when it is none."""
    pairs = len(head) // 2
    n_even, n_odd = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    most, order = max((n_odd, "utf-16-le"), (n_even, "utf-16-be"))
    if pairs and most >= 0.4 * pairs and min(n_even, n_odd) <= 0.05 * pairs:
        try:
            codecs.getincrementaldecoder(order)().decode(head)
        except UnicodeDecodeError:
            return ""
        return order
    return ""


def _wrong_utf8(file: BinaryIO, head: bytes, max_bytes: int | None) -> tuple[int, int, bytes]:
    """(characters beyond ASCII, wrong places, some of the text around bytes beyond ASCII) in the whole file."""
    n_beyond = n_wrong = n_read = 0
    around = b""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    block = head
    while block:
        n_read += len(block)
        if block.isascii():
            n_wrong += decoder.decode(block).count("�")  # a character that was cut before
        else:
            text = decoder.decode(block)
            n_here = text.count("�") - block.count("�".encode())
            n_wrong += max(n_here, 0)
            n_beyond += len(text) - len(text.encode("ascii", "ignore"))
            if len(around) < SAMPLE_BYTES:
                around += b"\n".join(_BEYOND_ASCII.findall(block[:BLOCK_BYTES]))[:SAMPLE_BYTES] + b"\n"
        if max_bytes is not None and n_read >= max_bytes:
            return n_beyond, n_wrong, around
        block = file.read(BLOCK_BYTES)
    n_wrong += decoder.decode(b"", final=True).count("�")
    return n_beyond, n_wrong, around


def _is_binary(sample: bytes) -> bool:
    """Whether so many control characters are in it that it is no text."""
    n_controls = sum(byte < 32 and byte not in b"\0\t\n\r\f\x1b" for byte in sample)
    return n_controls > 4 + len(sample) // 50 or sample.count(b"\0") > len(sample) // 5
