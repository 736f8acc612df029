"""A PDF as the browser's own viewer shows it, which works in no sandboxed frame; nothing but PDFs is served there.

A component of its own because Streamlit's frames are sandboxed. The address is ours: see `agents.web.file_download`.
"""

import streamlit as st

HTML = '<iframe class="pdf"></iframe>'
CSS = ".pdf { display: block; width: 100%; height: 65vh; border: 1px solid var(--st-border-color); }"
JS = """
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector(".pdf");
  frame.title = data.title;
  if (frame.getAttribute("src") !== data.address) frame.src = data.address;
}
"""


def pdf(address: str, title: str, *, key: str) -> None:
    """Draws the PDF at that address."""
    mount = st.components.v2.component("studio_pdf", html=HTML, css=CSS, js=JS)
    mount(key=key, data={"address": address, "title": title})
