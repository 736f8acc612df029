"""The values that a chat's events are made of. Frozen, equal by content, JSON only; they lean on nothing."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Base of all events and of the values in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(Fact):
    """Who did something at a screen."""

    name: str = "You"
    is_verified: bool = False
    """True only for a signed-in identity."""


class FileChange(Fact):
    """One file of the chat's workspace that came, changed or went."""

    path: str
    """Relative to the workspace, with "/"; safe to show as text, never a link out."""
    change: Literal["added", "changed", "removed"]
    size: int = 0
    """Bytes; 0 when removed."""
    sha256: str = ""
    """Of its content, under which the version is kept; "" when removed."""


def sha256_of(value: Any) -> str:
    """Hex SHA-256 of `value` as canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
