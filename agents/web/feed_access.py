"""Who may open the live feed: from which pages, with which token, and for how long.

A token is a chat (or a team, whose files it opens), a person and an expiry, signed by this installation. The secret
lives in STUDIO_HOME, so that a token outlives a restart of the server, and every web process of one home takes the
others' tokens. Refused calls are recorded, and a flood of them costs next to nothing. Called by the feed, on the
server's event loop.
"""

import asyncio
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_encode
from starlette.websockets import WebSocket

from agents.chats import Person
from agents.errors import StudioError
from agents.permissions import Access
from agents.store import Store
from agents.store.secret_key import make_secret_file
from agents.web.browser_security import BAD_ORIGIN, is_own_origin
from agents.web.feed_frames import BAD_FRAME, Hello, read_frame, receive_json

# -- Tokens

OF_TEAM = "team:"
"""With a team's id behind it, what a token is for that opens the team's files; no chat is called so."""
LIFETIME_S = 600
"""A token is good for at least this long; a page gets a fresh one at every rerun."""
STEP_S = 300
"""Expiries are rounded up to this, so that reruns in between get the same token and the component the same data."""
MAX_TOKEN_CHARS = 2_000
SECRET_FILE = "feed.key"


@dataclass(frozen=True)
class FeedClaims:
    """Who may read which chat, and until when."""

    chat: str
    person: Person
    expires_s: float


def feed_secret(home: Path) -> bytes:
    """Return this installation's secret, made on first use (0600); the same for all processes of one `home`."""
    path = home / SECRET_FILE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        make_secret_file(path, secrets.token_bytes(32))
    return path.read_bytes()


def sign(secret: bytes, chat: str, person: Person, *, now_s: float | None = None) -> str:
    """Return a token for the feed of `chat`, good for `LIFETIME_S` to `LIFETIME_S + STEP_S` seconds."""
    now_s = time.time() if now_s is None else now_s
    expires_s = int(now_s // STEP_S + 1) * STEP_S + LIFETIME_S
    return str(_serializer(secret).dumps([chat, person.name, person.is_verified, expires_s]))


def verify(secret: bytes, token: object, *, now_s: float | None = None) -> FeedClaims | None:
    """Return who holds `token`; None when it is forged, of another installation, expired, or no token at all."""
    claims = _read(secret, token)
    return claims if claims and (time.time() if now_s is None else now_s) < claims.expires_s else None


def _read(secret: bytes, token: object) -> FeedClaims | None:
    """Return a token's claims, also when it has expired: a page that stood open for long has such a one. None when this
    installation did not sign it."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
        return None
    try:
        chat, name, is_verified, expires_s = _serializer(secret).loads(token)
    except (BadData, UnicodeEncodeError):  # a lone surrogate is no token
        return None
    return FeedClaims(chat, Person(name=name, is_verified=is_verified), expires_s)


class _TokenSerializer(URLSafeSerializer):
    """Writes claims that the transcript's script can read, to renew a token in time: never compressed."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(json.dumps(obj, separators=(",", ":")))


def _serializer(secret: bytes) -> URLSafeSerializer:
    return _TokenSerializer(secret, salt="live feed", signer_kwargs={"digest_method": hashlib.sha256})


# -- Access

LIVE_FEED = "open the live feed"
EVERY_S = 1.0
"""At most one refused call in this time is recorded."""
HELLO_WITHIN_S = 5.0
ASK_AGAIN_S = 10.0
"""How often the right to view is checked again."""

BAD_TOKEN = 4401
"""Close code, beside those of `feed_frames` and `browser_security`. After it the transcript asks its page for a fresh
token, and the page whether one may look."""

_log = logging.getLogger(__name__)


class FeedAccess:
    """The access control of one process."""

    def __init__(self, store: Store, home: Path, allowed_origins: Collection[str]):
        self._store = store
        self._secret = feed_secret(home)
        self._access = Access(home)
        self._allowed_origins = allowed_origins
        self._recorded_at = float("-inf")

    def sign(self, chat: str, person: Person) -> str:
        """Return a token that lets `person` read `chat` for some minutes, while they may view it."""
        return sign(self._secret, chat, person)

    async def authenticate(self, socket: WebSocket) -> tuple[FeedClaims | None, int | None, int]:
        """Return the claims and up to which seq the client has the chat; when refused None, and the closing code."""
        if not is_own_origin(socket, self._allowed_origins):
            await self._record_refusal("It came from a page of another site, or from no page.")
            return None, None, BAD_ORIGIN
        try:
            frame = await asyncio.wait_for(receive_json(socket), HELLO_WITHIN_S)
        except TimeoutError:  # a slow network, more likely than not
            return None, None, BAD_TOKEN
        claims = await self.verify(frame.get("token"))
        if claims is None:
            return None, None, BAD_TOKEN
        hello = read_frame(Hello, frame)
        return (claims, hello.after, BAD_TOKEN) if hello else (None, None, BAD_FRAME)

    async def verify(self, token: object, act: str = LIVE_FEED) -> FeedClaims | None:
        """Return the claims of `token` if its holder may view now, else None; record a forged one as refused `act`."""
        if _read(self._secret, token) is None:
            await self._record_refusal("It came without a token of this studio.", act)
        claims = verify(self._secret, token)
        return claims if claims and self._may_view(claims.person) else None

    async def until_access_ends(self, person: Person) -> None:
        """Return within `ASK_AGAIN_S` after `person` may no longer view."""
        while self._may_view(person):
            await asyncio.sleep(ASK_AGAIN_S)

    def _may_view(self, person: Person) -> bool:
        try:
            return self._access.may(person, "view")
        except StudioError:  # no one may, until the rules are corrected; the page says so
            return False

    async def _record_refusal(self, why: str, act: str = LIVE_FEED) -> None:
        """Record one refused call, unless one was a moment ago; never raise."""
        if time.monotonic() - self._recorded_at < EVERY_S:
            return
        self._recorded_at = time.monotonic()
        try:
            nobody = Person(name="Somebody")
            await asyncio.to_thread(self._store.refusals.add, nobody, act, "", why)
        except Exception:  # noqa: BLE001  the call is refused, recorded or not
            _log.warning("A refused call of the live feed could not be kept", exc_info=True)
