"""The dialog of a chat's files: the list, or one file. It stays open while the page is drawn again beneath it."""

import streamlit as st

from agents.studio import FileRow, FileVersion
from agents.text.files import size_text
from agents.text.numbers import count_text
from agents.text.time import age_text
from pages.components.chat.view import ChatView
from pages.components.errors import plain
from pages.components.files.attach import attaching
from pages.components.files.links import zip_address
from pages.components.files.one import one_file
from pages.components.studio import session

MAX_ROWS = 100
SEARCHED_FROM = 15
"""With fewer files there is nothing to search."""
ICONS = {
    "image": ":material/image:",
    "table": ":material/table:",
    "pdf": ":material/picture_as_pdf:",
    "chart": ":material/insert_chart:",
    "text": ":material/description:",
    "none": ":material/draft:",
}


def files_button(view: ChatView) -> None:
    """Draws the way to the files of the chat, and the dialog while it is open."""
    n_files, chat = len(view.state.files), view.row.chat
    label = f"Files ({n_files})" if n_files else "Files"
    st.button(label, key="chat:files", type="tertiary", icon=":material/folder_open:", on_click=_open, args=(chat,))
    if st.session_state.get("files:open") == chat:
        st.dialog("Files", width="large", icon=":material/folder_open:", on_dismiss=_close)(_dialog)(view)


def _open(chat: str) -> None:
    st.session_state["files:open"] = chat
    st.session_state.pop("files:path", None)


def _close() -> None:
    st.session_state.pop("files:open", None)


def choose(path: str) -> None:
    """Shows that file; "" shows the list."""
    st.session_state["files:path"] = path


def _dialog(view: ChatView) -> None:
    rows = session().files.rows(view.row.chat)
    path = st.session_state.get("files:path", "")
    row = next((row for row in rows if row.path == path), None)
    if row is not None:
        st.button(
            "All files", key="files:back", type="tertiary", icon=":material/arrow_back:", on_click=choose, args=("",)
        )
        one_file(view, row)
        return
    if not rows:
        _empty()
    else:
        _list(view, rows)
    attaching(view)


def _empty() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("### No files yet", text_alignment="center")
        st.caption(
            "What you attach and what code makes is listed here, with every version of it.", text_alignment="center"
        )


def _list(view: ChatView, rows: list[FileRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        total = size_text(sum(row.size for row in rows))
        st.caption(f"{count_text(len(rows), 'file')}, {total}", width="stretch")
        st.link_button("Download all", zip_address(view.row.chat), icon=":material/folder_zip:", help="As one zip")
    found = rows
    if len(rows) >= SEARCHED_FROM:
        words = st.text_input(
            "Search files", key="files:query", placeholder="Part of a name", live="300ms", label_visibility="collapsed"
        )
        found = [row for row in rows if (words or "").lower() in row.path.lower()]
        if not found:
            st.info("No file's name has this in it.", icon=":material/search_off:")
    with st.container(gap="xsmall"):
        for row in found[:MAX_ROWS]:
            _row(view, row)
    if len(found) > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS} of {len(found):,} are listed. Search to see others.")


def _row(view: ChatView, row: FileRow) -> None:
    with st.container(border=True, gap=None, key=f"files:row:{row.newest.seq}:{row.path[:80]}"):
        st.button(
            plain(row.path),
            key=f"files:open:{row.path}",
            type="tertiary",
            icon=ICONS[row.shown],
            on_click=choose,
            args=(row.path,),
            wrap=True,
        )
        versions = f" · {len(row.versions)} versions" if len(row.versions) > 1 else ""
        st.caption(f"{size_text(row.size)} · {made_text(view, row.newest)}{versions}")


def made_text(view: ChatView, version: FileVersion) -> str:
    """Who made a version and when, as Markdown."""
    agent = plain(view.labels.get(version.agent, version.agent))
    who = f"{agent}, turn {version.turn}" if version.agent else f"attached by {plain(version.by)}"
    return f"{who} · {age_text(version.at)}"
