"""Tokens of the live feed: a chat, a person and an expiry, signed by this installation.

The secret lives in STUDIO_HOME, so that a token outlives a restart of the server, and every web process of one home
takes the others' tokens. Knows no socket.
"""

import contextlib
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from agents.chats import Person

LIFETIME_S = 600
"""A token is good for at least this long; a page gets a fresh one at every rerun."""
STEP_S = 300
"""Expiries are rounded up to this, so that reruns in between get the same token and the component the same data."""
MAX_TOKEN_CHARS = 2_000
SECRET_FILE = "feed.key"


@dataclass(frozen=True)
class FeedClaims:
    """Who may read which chat."""

    chat: str
    person: Person


def feed_secret(home: Path) -> bytes:
    """Return this installation's secret, made on first use (0600); the same for all processes of one `home`."""
    path = home / SECRET_FILE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f"{SECRET_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        with made.open("wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())  # an empty file after a power cut would be a secret that everybody knows
        with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
            os.link(made, path)
        made.unlink()
    return path.read_bytes()


def sign(secret: bytes, chat: str, person: Person, *, now_s: float | None = None) -> str:
    """Return a token for the feed of `chat`, good for `LIFETIME_S` to `LIFETIME_S + STEP_S` seconds."""
    now_s = time.time() if now_s is None else now_s
    expires_s = int(now_s // STEP_S + 1) * STEP_S + LIFETIME_S
    return str(_serializer(secret).dumps([chat, person.name, person.is_verified, expires_s]))


def verify(secret: bytes, token: object, *, now_s: float | None = None) -> FeedClaims | None:
    """Return who holds `token`; None when it is forged, of another installation, expired, or no token at all."""
    read = _read(secret, token)
    if read is None:
        return None
    claims, expires_s = read
    return claims if (time.time() if now_s is None else now_s) < expires_s else None


def is_signed_here(secret: bytes, token: object) -> bool:
    """Whether this installation signed `token`, even if it has expired: a page that stood open for long has such a
    one."""
    return _read(secret, token) is not None


def _read(secret: bytes, token: object) -> tuple[FeedClaims, int] | None:
    """Return a token's claims and when it expires; None when this installation did not sign it."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
        return None
    try:
        chat, name, is_verified, expires_s = _serializer(secret).loads(token)
    except BadData:
        return None
    return FeedClaims(chat, Person(name=name, is_verified=is_verified)), expires_s


def _serializer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="live feed", signer_kwargs={"digest_method": hashlib.sha256})
