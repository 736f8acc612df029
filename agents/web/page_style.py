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
  [data-testid="stHorizontalBlock"] [data-testid="stSkeleton"] { min-width: 6.5rem }
  .st-key-editor_title { min-height: 7.25rem }
  .st-key-editor_ends { min-height: 2.9rem }
}
.st-key-editor_title .st-key-editor_heading
  { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
[data-testid="stSidebarContent"]:not(:has([data-testid="stSidebarNavItems"] li)) [data-testid="stSidebarUserContent"]
  { visibility: hidden }
.st-key-part [data-testid="stSkeleton"] { min-height: 4.25rem }
</style>
"""
"""Selectors are Streamlit 1.67's test ids. The menu is as wide as it is until somebody makes it wider; what is still
coming in a row takes as much of it as most buttons, and in the team editor as much as a field with its label; a team's
name and purpose take three lines of it, and their heading, which is for screen readers, none."""
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
