"""What a chat is called: its id, and the title it has until a person gives it another. Called by `agents.studio`."""

import secrets
import time

from agents.plain_text import shorten

MAX_TITLE_CHARS = 80

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing that is easily misread, in the order of ASCII."""


def new_chat_id() -> str:
    """Nine characters of the time in milliseconds, so that ids sort as chats began, then four of chance."""
    number = (time.time_ns() // 1_000_000 << 20) | secrets.randbits(20)
    digits = []
    for _ in range(13):
        number, digit = divmod(number, 32)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def title_of(text: str) -> str:
    """The first line of `text` that says something, shortened to a title."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
    return shorten(line, MAX_TITLE_CHARS)
