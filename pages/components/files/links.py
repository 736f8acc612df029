"""Addresses of files, good for some minutes for who looks at the page; see `agents.web.file_download`."""

from html import escape
from typing import Literal
from urllib.parse import urlencode

from pages.components.studio import feed_token


def address(chat: str, path: str, sha256: str, how: Literal["shown", "kept", "chart"] = "shown") -> str:
    """Where that version of the file `path` is served."""
    more = {"shown": {}, "kept": {"keep": "1"}, "chart": {"as": "chart"}}[how]
    return f"/files/{sha256}?{urlencode({'name': path.rpartition('/')[2], 'token': feed_token(chat), **more})}"


def zip_address(chat: str) -> str:
    """Where a zip of all files of the chat is served."""
    return f"/files/all.zip?{urlencode({'token': feed_token(chat)})}"


def image_html(chat: str, path: str, sha256: str) -> str:
    """The image, drawn by the browser and by nothing of ours."""
    return (
        f'<img src="{escape(address(chat, path, sha256))}" alt="{escape(path)}" '
        'style="display: block; max-width: 100%; max-height: 65vh; margin: 0 auto; background: #fff;">'
    )
