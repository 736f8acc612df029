"""A picture as models take it: its bytes in the address itself. What it is, its first bytes say and not its name."""

import base64

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def data_url(content: bytes) -> str | None:
    """Return the picture as a data URL; None for what is no PNG, JPEG, GIF or WebP."""
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "image/webp"
    return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else None
