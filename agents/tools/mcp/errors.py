"""What can go wrong with a server, in words for people and models alike."""

import re

from agents.specs.mcp_server import McpSecrets

SECRET_NAME = re.compile(r"key|token|secret|pass|auth|credential|cookie|session", re.IGNORECASE)
IN_ADDRESS = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
MIN_SECRET_CHARS = 6
"""Shorter values are no secrets, and hiding them would blacken every word."""


class McpError(Exception):
    """The server did not do what was asked; the text holds no secret and says what became of the call."""


class SlowError(McpError):
    """It did not answer in time."""


def without_secrets(text: str, secrets: McpSecrets) -> str:
    """`text` without the values that were given to the server to keep: servers repeat what they were started with."""
    found = [value for name, value in secrets.env.items() if SECRET_NAME.search(name)]
    found += [secret for value in secrets.env.values() for secret in IN_ADDRESS.findall(value)]
    for value in secrets.headers.values():
        found += [value, *value.split()]
    for secret in sorted(found, key=len, reverse=True):
        if len(secret) >= MIN_SECRET_CHARS:
            text = text.replace(secret, "***")
    return text


def cause(error: BaseException) -> str:
    """Return the first thing that went wrong, in a few words: libraries wrap it in groups and chains."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = " ".join(str(error).split())[:500]
    if type(error).__name__ in ("ConnectError", "ConnectTimeout"):
        return f"It cannot be reached: {text or 'no answer'}."
    return text if type(error).__name__ == "MCPError" and text else f"{type(error).__name__}: {text}".rstrip(": ")
