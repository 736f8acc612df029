"""How Streamlit's page looks before all of it is drawn: nothing on it jumps (`page_style.css`).

An ASGI middleware, set up by `app.py`. It changes that one page and no other response.
"""

from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STYLE = f"<style>\n{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>\n"
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
