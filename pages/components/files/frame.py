"""A PDF as the browser's own viewer shows it, which works in no sandboxed frame; nothing but PDFs is served there.

A component of its own because Streamlit's frames are sandboxed. The address is ours: see `agents.web.file_download`.
"""

from pathlib import Path

from pages.components.browser_part import browser_part

HTML = '<iframe class="pdf"></iframe>'
FOLDER = Path(__file__).parent


def pdf(address: str, title: str, *, key: str) -> None:
    """Draw the PDF at that address."""
    mount = browser_part("studio_pdf", script=FOLDER / "pdf.mjs", html=HTML, css=(FOLDER / "pdf.css",))
    mount(key=key, data={"address": address, "title": title})
