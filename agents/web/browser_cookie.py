"""Gives each browser a secret id, by which what its person typed is found again where nobody signs in.

Set with the first page; no script reads it. Streamlit's socket and the live feed get it from the browser.
"""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "studio_browser"
MAX_AGE_S = 366 * 86_400
MAX_CHARS = 64


class BrowserCookie:
    """The middleware that sets it."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or browser_of(Headers(scope=scope).get("cookie", "")):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    is_safe = "; Secure" if scope.get("scheme") == "https" else ""
                    kept = f"Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Lax{is_safe}"
                    headers.append("set-cookie", f"{COOKIE}={secrets.token_urlsafe(18)}; {kept}")
            await send(message)

        await self._app(scope, receive, with_cookie)


def browser_of(cookies: str) -> str:
    """Return the browser's id in the header of its cookies; "" without one."""
    return cookie_parser(cookies).get(COOKIE, "")[:MAX_CHARS]
