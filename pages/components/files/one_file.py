"""One file of a chat: what is in it, its versions, what changed between two of them, and the ways to keep it."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from agents.errors import NotFoundError
from agents.studio import FileRow, FileVersion, Preview
from agents.text.numbers import age_text, size_text
from pages.components.chat.view import ChatView
from pages.components.messages import escape_md
from pages.components.person import feed_token, session
from pages.components.widgets import browser_part, switch


def address(of: str, path: str, sha256: str, how: Literal["shown", "kept", "chart"] = "shown") -> str:
    """Where that version of the file `path` is served; it is a file of the chat `of`, or of the team (`OF_TEAM`). The
    address is beside the page's, to which a proxy may add a path."""
    more = {"shown": {}, "kept": {"keep": "1"}, "chart": {"as": "chart"}}[how]
    return f"files/{sha256}?{urlencode({'name': path.rpartition('/')[2], 'token': feed_token(of), **more})}"


def zip_address(chat: str) -> str:
    """Where a zip of all files of the chat is served."""
    return f"files/all.zip?{urlencode({'token': feed_token(chat)})}"


FRAME_HTML = '<iframe class="framed"></iframe>'
FRAME_SCRIPT = Path(__file__).with_name("framed.mjs")
FRAME_PX = 560
TEXT_PX = 480
FEW_LINES = 18
"""These need no field of their own to scroll in."""


def one_file(view: ChatView, row: FileRow) -> None:
    """Draws the file at the version that is chosen, the newest first."""
    chat = view.row.chat
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escape_md(row.path)}**", width="stretch")
        download = st.empty()
    version = _chosen(view, row)
    sha256 = version.change.sha256
    place = row.versions.index(version)
    before = row.versions[place - 1].change.sha256 if place else ""
    can_compare = bool(before and sha256)
    try:
        if can_compare and switch("Show", ("Content", "Changes"), "Content", "files:view") == "Changes":
            _changes(chat, before, sha256)
        else:
            content(chat, row.path, sha256, partial(session().files.preview, chat, row.path, sha256))
        download.link_button("Download", address(chat, row.path, sha256, "kept"), icon=":material/download:")
    except NotFoundError as error:
        st.info(escape_md(str(error)), icon=":material/history_toggle_off:")


def _chosen(view: ChatView, row: FileRow) -> FileVersion:
    if len(row.versions) == 1:
        st.caption(escape_md(_version_text(view, row.versions[0])))
        return row.versions[0]
    numbers = list(range(len(row.versions), 0, -1))
    number = st.selectbox(
        "Version",
        numbers,
        format_func=lambda number: f"Version {number}: {_version_text(view, row.versions[number - 1])}",
        key=f"files:version:{row.path}:{len(numbers)}",
        label_visibility="collapsed",
    )
    return row.versions[(number or len(numbers)) - 1]


def _version_text(view: ChatView, version: FileVersion) -> str:
    return f"{size_text(version.change.size)} · {made_text(view, version)}"


def made_text(view: ChatView, version: FileVersion) -> str:
    """Return who made a version and when."""
    agent = view.labels.get(version.agent, version.agent)
    whose = "the team's, " if version.is_of_team else ""
    who = f"{agent}, turn {version.turn}" if version.agent else f"{whose}attached by {version.by}"
    return f"{who} · {age_text(version.at)}"


def _changes(chat: str, before: str, after: str) -> None:
    text, why = session().files.difference(chat, before, after)
    if why:
        st.info(why, icon=":material/difference:")
        return
    st.caption("What changed since the version before")
    st.code(text, language="diff", wrap_lines=True, height=_height(text))


def content(of: str, path: str, sha256: str, preview_of: Callable[[str], Preview]) -> None:
    """Draws what is in that version of a file; `of` as in `address`. `preview_of` is given the name of a workbook's
    sheet, "" for the first."""
    key = f"files:sheet:{sha256}"
    preview = preview_of(st.session_state.get(key, ""))
    match preview.shown:
        case "image":
            look = "display: block; max-width: 100%; max-height: 65vh; margin: 0 auto; background: #fff;"
            source = escape(address(of, path, sha256))
            st.html(f'<img src="{source}" alt="{escape(path)}" style="{look}">')  # drawn by the browser alone
        case "pdf":
            _framed(address(of, path, sha256), path, key=f"files:pdf:{sha256}")
        case "chart":
            _framed(address(of, path, sha256, "chart"), path, key=f"files:chart:{sha256}")
            st.caption("It runs isolated: it cannot reach this page or load anything from elsewhere.")
        case "table":
            if preview.sheets:
                st.selectbox("Sheet", preview.sheets, preview.sheets.index(preview.sheet), key=key)
            _table(preview)
        case "text":
            st.code(
                preview.text,
                language=preview.language or None,
                line_numbers="\n" in preview.text,
                wrap_lines=True,
                height=_height(preview.text),
            )
    if preview.note:
        st.caption(preview.note)


def _framed(source: str, title: str, *, key: str) -> None:
    data = {"address": source, "title": title}
    browser_part("studio_framed", FRAME_SCRIPT, html=FRAME_HTML, key=key, data=data)


def _height(text: str) -> int | Literal["content"]:
    return TEXT_PX if text.count("\n") >= FEW_LINES else "content"


def _table(preview: Preview) -> None:
    import pandas as pd  # 70 MiB that screens without a table do without

    frame = pd.DataFrame(preview.rows, columns=preview.columns, dtype=str)
    st.dataframe(frame, hide_index=True, width="stretch", height=min(FRAME_PX, 38 + 35 * max(1, len(frame))))
