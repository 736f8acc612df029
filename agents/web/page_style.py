"""How Streamlit's page looks before its scripts have drawn anything: with room for the menu, so that nothing jumps when
that comes.

An ASGI middleware, set up by `app.py`. It changes that one page and no other response.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STYLE = """<style>
@media (min-width: 48rem) {
  [data-testid="stAppViewContainer"]:not(:has([data-testid="stSidebar"])) { padding-left: 300px; box-sizing: border-box}
  [data-testid="stMainBlockContainer"] { max-width: none !important }
}
[data-testid="stSidebarContent"]:not(:has([data-testid="stSidebarNavItems"] li)) [data-testid="stSidebarUserContent"]
  { visibility: hidden }
html:not([data-opened]) [data-testid="stMain"] > * { visibility: hidden; animation: opened 0s 2s forwards }
html:not([data-opened]) [data-testid="stMain"] > * * { visibility: inherit !important }
html:not([data-opened]) [data-testid="stMain"]::before {
  --bar: linear-gradient(color-mix(in srgb, currentColor 8%, transparent) 0 0) no-repeat; content: ""; position: absolute;
  inset: 6rem clamp(1rem, 100vw - 48rem, 5rem) auto; height: 15rem; opacity: 0; animation: coming 1.6s 0.4s;
  background: var(--bar) 0 0 / 14rem 2.25rem, var(--bar) 0 4rem / 100% 4.75rem, var(--bar) 0 10rem / 100% 4.75rem;
}
@keyframes opened { to { visibility: visible } }
@keyframes coming { 20%, 100% { opacity: 1 } }
</style>
"""
"""Selectors are Streamlit 1.67's test ids. The menu is as wide as it is until somebody makes it wider. A page comes into
sight as a whole, once the frame's script has found all of it drawn (`pages/components/opening.mjs`), or after two seconds
as far as it is; when that takes longer than a moment, bars stand where it will be."""
CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since")
"""What a browser says about a copy that it has, or how it wants one: the page here is another one."""


class PageStyle:
    """Sends `page`, where the app would send it, with a style in its head."""

    def __init__(self, app: ASGIApp, *, page: str):
        self._app = app
        self._page = page.encode()
        self._styled = page.replace("</head>", f"{STYLE}</head>", 1).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or "text/html" not in Headers(scope=scope).get("accept", "")
        ):
            await self._app(scope, receive, send)
            return
        asked = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in CONDITIONS]}
        begun: list[Message] = []
        body = bytearray()

        async def send_styled(message: Message) -> None:
            if message["type"] == "http.response.start" and self._may_be_page(MutableHeaders(scope=message)):
                begun.append(message)
                return
            if not begun:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            content = bytes(body)
            if content == self._page:
                content = self._styled
                headers = MutableHeaders(scope=begun[0])
                headers["content-length"] = str(len(content))
                for name in ("etag", "last-modified", "accept-ranges"):
                    del headers[name]
            await send(begun[0])
            await send({"type": "http.response.body", "body": content})

        await self._app(asked, receive, send_styled)

    def _may_be_page(self, headers: MutableHeaders) -> bool:
        return headers.get("content-length") == str(len(self._page)) and "text/html" in headers.get("content-type", "")
