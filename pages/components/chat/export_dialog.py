"""The dialog that takes a chat out of the studio as a file. The file is made when *Download* is pressed."""

import streamlit as st

from pages.components.messages import dialog
from pages.components.person import session_now
from pages.components.widgets import download


def open_dialog(chat: str) -> None:
    """Opens the dialog; call it in the rerun of a press."""
    dialog("Export this chat", width="medium")(lambda: form(chat))()


def form(chat: str) -> None:
    """Draws the formats, what may be left out, and Download."""
    exports = session_now().exports  # the file is made later, for whoever asks now
    formats = {each.name: each for each in exports.formats(chat)}
    chosen = st.radio(
        "Format",
        list(formats),
        key=f"export:{chat}:format",
        format_func=lambda name: formats[name].label,
        captions=[each.purpose for each in formats.values()],
    )
    with st.container(horizontal=True, gap="small"):
        has_amounts = st.checkbox("With costs and tokens", True, key=f"export:{chat}:amounts")
        has_names = st.checkbox("With names of people", True, key=f"export:{chat}:names")
    if not has_names:
        st.caption(
            "People are called Person-1, Person-2 and so on, and e-mail addresses are left out. Files that name one of "
            "them stay out."
        )

    def made() -> bytes:
        with exports.chat(chat, chosen, has_amounts=has_amounts, has_names=has_names).content as content:
            return content.read()

    name = exports.name(chat, chosen, has_names=has_names)
    download(
        "Download",
        f"export:{chat}:{chosen}:{has_amounts}:{has_names}",
        made,
        name,
        formats[chosen].mime,
        type="primary",
    )
