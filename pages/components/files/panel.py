"""The files of a chat, as the rail shows them: the list, one file in its place, and attaching more."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from agents.studio import Attachment, FileRow
from agents.text.numbers import count_text, size_text
from pages.components.chat.view import ChatView
from pages.components.decision.acts import attempt, text_of
from pages.components.files.one_file import address, made_text, one_file, zip_address
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action, done, lock_note, once, put, submit

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_MB = 50
"""Of one file; the workspace says the same, and has the last word."""
LIMITS = "Tables, text, images, PDFs: up to 50 MB each, 512 MB and 1,000 files in a chat."


def uploader(key: str, label: str = "Attach files", limits: str = LIMITS) -> "list[UploadedFile]":
    """Draws the field and gives what is in it."""
    found = st.file_uploader(label, accept_multiple_files=True, key=key, max_upload_size=MAX_MB, help=limits)
    return list(found or [])


def attachments(files: "list[UploadedFile]") -> list[Attachment]:
    """What was uploaded, as the verbs take it."""
    for file in files:
        file.seek(0)  # a press before this one may have read it
    return [(file.name, file) for file in files]


def attaching(view: ChatView) -> None:
    """Draws the form that attaches files to the chat, or why the person may not."""
    chat = view.row.chat
    if why_not := session().why_not("run"):
        lock_note(why_not)
        return
    number = st.session_state.setdefault(f"attach:{chat}:number", 0)
    key = f"attach:{chat}:{number}"  # a field of another number is empty again
    told = "when the chat goes on" if view.state.status == "ended" else "with the next turn"
    with st.form(f"{key}:form", border=False):
        uploader(f"{key}:files")
        st.text_input(
            "What is it for?", key=f"{key}:text", placeholder=f"What is it for? The agents read this {told}",
            label_visibility="collapsed", disabled=view.state.status == "ended",
        )  # fmt: skip
        submit("Attach", "attach_file", _attach, view, key, type="primary")


def _attach(view: ChatView, key: str) -> None:
    chat = view.row.chat
    files: list[UploadedFile] = list(st.session_state.get(f"{key}:files") or [])
    text = text_of(f"{key}:text")
    if attempt(chat, lambda: session().files.attach(chat, attachments(files), client_id=once(key), text=text)):
        done(key)
        st.session_state[f"attach:{chat}:number"] += 1


MAX_ROWS = 100
SEARCHED_FROM = 15
"""With fewer files there is nothing to search."""
ICONS = {
    "image": "image",
    "table": "table",
    "pdf": "picture_as_pdf",
    "chart": "insert_chart",
    "text": "description",
    "none": "draft",
}


def files(view: ChatView) -> None:
    """Draw the list of the chat's files, newest first, or the one that is open; and the form that attaches more."""
    rows, key = session().files.rows(view.row.chat), f"files:path:{view.row.chat}"
    path = st.session_state.get(key, "")
    row = next((row for row in rows if row.path == path), None)
    # What was begun in the form under them stays, out of sight while a file is open.
    listed, opened = st.container(gap="xsmall"), st.container(gap="small")
    if row is not None:
        with opened, st.container(key="files_open", gap="small"):
            action("All files", "files:back", "arrow_back", put, key, "", type="tertiary")
            one_file(view, row)
    elif rows:
        with listed:
            _list(view, sorted(rows, key=lambda row: row.newest.seq, reverse=True))
    else:
        with listed, st.container(border=True, horizontal_alignment="center", gap="small"):
            st.markdown("### No files yet", text_alignment="center")
            text = "Files that you attach and that code makes appear here, with every version."
            st.caption(text, text_alignment="center")
    with st.container(key="files_attach"):
        attaching(view)


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
            st.info("No files match.", icon=":material/search_off:")
    with st.container(gap="xsmall"):
        for row in found[:MAX_ROWS]:
            _row(view, row)
    if len(found) > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS} of {len(found):,} are listed. Search to see others.")


def _row(view: ChatView, row: FileRow) -> None:
    sha256 = row.newest.change.sha256
    with st.container(
        border=True, horizontal=True, wrap=False, vertical_alignment="center", gap="small",
        key=f"files:row:{row.newest.seq}:{row.path[:80]}",
    ):  # fmt: skip
        if row.shown == "image" and sha256:
            source = escape(address(view.row.chat, row.path, sha256))
            st.html(f'<img class="thumbnail" loading="lazy" src="{source}" alt="">', width="content")
        with st.container(gap=None):
            label, key, icon = escape_md(row.path), f"files:open:{row.path}", ICONS[row.shown]
            opens = (f"files:path:{view.row.chat}", row.path)
            action(label, key, icon, put, *opens, type="tertiary", wrap=True)
            versions = f" · {len(row.versions)} versions" if len(row.versions) > 1 else ""
            st.caption(f"{size_text(row.size)} · {escape_md(made_text(view, row.newest))}{versions}")
