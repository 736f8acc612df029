"""What every response tells the browser, and whose pages may ask: headers, frames, the origin of requests.

An ASGI middleware around pages, files and sockets alike, set up by `app.py`. It knows no chat and no person.
"""

import base64
import hashlib
import logging
import re
from collections.abc import Collection, Iterable

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIVE = "/live"
"""Where the live feed's socket is. It refuses other origins by itself: with a code that its page understands, and with
an entry in the audit."""
METRICS = "/_stcore/metrics"
"""Streamlit's figures about its sessions, which it tells everybody."""
BAD_ORIGIN = 4403
"""Close code of a socket that a page of another site opened."""
READING = ("GET", "HEAD", "OPTIONS")
MOST_LOGGED = 20
"""So many other origins are named in the log."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
            "microphone", "midi", "payment", "serial", "usb",
        )
    ),
}  # fmt: skip
_HOST = re.compile(r"(?P<name>[\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?", re.ASCII)
_ADDRESS = re.compile(r"[\d.]+|[\da-f:.]+:[\da-f:.]*", re.ASCII)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

_log = logging.getLogger(__name__)


class BrowserSecurity:
    """Adds what is missing in each response's headers; refuses what pages of other sites send or connect to."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        inline_scripts: Iterable[str] = (),
        allowed_origins: Collection[str] = (),
        embedded_in: Collection[str] = (),
        known_hosts: Collection[str] | None = None,
    ):
        """`inline_scripts` are those of the pages themselves; `embedded_in` are the sites that may frame them; where
        `known_hosts` are given, a server of this machine has no other name, whoever says that a name leads to it."""
        self._app = app
        self._scripts = " ".join(f"'sha256-{_digest(script)}'" for script in inline_scripts)
        self._allowed_origins, self._embedded_in = allowed_origins, embedded_in
        self._known_hosts = known_hosts
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(raw=message["headers"]), connection.headers.get("host", ""))
            await send(message)

        if self._is_refused(connection):
            self._log_refusal(connection)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": BAD_ORIGIN})
            else:
                refusal = PlainTextResponse("This request came from a page of another site.", status_code=403)
                await refusal(scope, receive, send_with_headers)
        elif scope["path"].endswith(METRICS):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _is_refused(self, connection: HTTPConnection) -> bool:
        scope = connection.scope
        if scope.get("method") in READING or scope["path"].endswith(LIVE):
            return False
        if "origin" not in connection.headers:
            return False
        return not is_own_origin(connection, self._allowed_origins) or not self._is_known(
            connection.headers.get("host", "")
        )

    def _is_known(self, host: str) -> bool:
        """False for a name that a page of another site made to lead here: then its origin is the same as ours."""
        if self._known_hosts is None:
            return True
        found = _HOST.fullmatch(host)
        name = found["name"].strip("[]").lower() if found else ""
        is_here = name == "localhost" or name.endswith(".localhost") or bool(_ADDRESS.fullmatch(name))
        return is_here or name in self._known_hosts

    def _log_refusal(self, connection: HTTPConnection) -> None:
        origin, host = connection.headers["origin"][:200], connection.headers.get("host", "")[:200]
        if origin not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add(origin)
            _log.warning(
                "refused: a page at %r asked the studio at %r. If that is the studio behind a proxy, let the proxy "
                "pass the Host header on and set STUDIO_URL, or name it in Streamlit's server.corsAllowedOrigins",
                origin,
                host,
            )

    def _complete(self, headers: MutableHeaders, host: str) -> None:
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        policy = headers.get("content-security-policy") or self._policy(host)
        frames = " ".join(("frame-ancestors 'self'", *self._embedded_in))
        headers["content-security-policy"] = f"{policy}; {frames}"
        if not self._embedded_in:
            headers["x-frame-options"] = "SAMEORIGIN"

    def _policy(self, host: str) -> str:
        """Return the policy of Streamlit's pages: styles are inline, components' scripts and downloads are blobs."""
        # not every browser counts sockets as 'self'
        sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        return (
            f"default-src 'none'; script-src 'self' blob: {self._scripts}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'{sockets}; frame-src 'self'; "
            "media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'self'"
        )


def inline_scripts(page: str) -> list[str]:
    """Return the scripts that stand in an HTML page itself."""
    return _INLINE_SCRIPT.findall(page)


def is_own_origin(connection: HTTPConnection, allowed: Collection[str]) -> bool:
    """True for pages of this server; a page of another site in the same browser has another Origin."""
    origin = connection.headers.get("origin", "").rstrip("/").lower()
    if origin in {one.rstrip("/").lower() for one in allowed}:
        return bool(origin)
    return bool(origin) and origin.partition("://")[2] == connection.headers.get("host", "").lower()


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
