"""Attaching files to a chat that is there, and what is attached when one is started."""

from typing import TYPE_CHECKING

import streamlit as st

from agents.studio import Attachment
from pages.components.chat.view import ChatView
from pages.components.decision.acts import attempt, notices, text_of
from pages.components.once import done, once
from pages.components.studio import session

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MAX_MB = 50
"""Of one file; the workspace says the same, and has the last word."""
LIMITS = "Tables, text, images, PDFs: up to 50 MB each, 512 MB and 1,000 files in a chat."


def uploader(key: str, label: str = "Attach files") -> "list[UploadedFile]":
    """Draws the field and gives what is in it."""
    found = st.file_uploader(label, accept_multiple_files=True, key=key, max_upload_size=MAX_MB, help=LIMITS)
    return list(found or [])


def attachments(files: "list[UploadedFile]") -> list[Attachment]:
    """What was uploaded, as the verbs take it."""
    for file in files:
        file.seek(0)  # a press before this one may have read it
    return [(file.name, file) for file in files]


def attaching(view: ChatView) -> None:
    """Draws the form that attaches files to the chat."""
    chat = view.row.chat
    number = st.session_state.setdefault(f"attach:{chat}:number", 0)
    key = f"attach:{chat}:{number}"  # a field of another number is empty again
    told = "when the chat goes on" if view.state.status == "ended" else "with the next turn"
    with st.form(f"{key}:form", border=False):
        uploader(f"{key}:files")
        st.text_input(
            "What is it for?", key=f"{key}:text", placeholder=f"What is it for? The agents read this {told}",
            label_visibility="collapsed", disabled=view.state.status == "ended",
        )  # fmt: skip
        st.form_submit_button(
            "Attach", icon=":material/attach_file:", type="primary", on_click=_attach, args=(view, key)
        )
    notices(chat)


def _attach(view: ChatView, key: str) -> None:
    chat = view.row.chat
    files: list[UploadedFile] = list(st.session_state.get(f"{key}:files") or [])
    text = text_of(f"{key}:text")
    if attempt(chat, lambda: session().files.attach(chat, attachments(files), client_id=once(key), text=text)):
        done(key)
        st.session_state[f"attach:{chat}:number"] += 1
