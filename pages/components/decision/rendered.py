"""A text of an agent as the transcript draws it: Markdown turned to safe HTML on the server, never here.

A component of its own, because its style is the transcript's and because nothing but what `agents.chats.markup` has
sanitised may become HTML.
"""

from functools import cache
from pathlib import Path

import streamlit as st

from agents.chats.markup import to_html

TRANSCRIPT = Path(__file__).parents[1] / "transcript"
HTML = '<section class="transcript rendered"><div class="content"></div></section>'
CSS = """
.transcript.rendered { max-width: none; margin: 0; padding: 0; font-size: 0.95rem; max-height: 17rem; overflow: auto; }
"""
JS = """
export default function ({ data, parentElement }) {
  const content = parentElement.querySelector(".content");
  if (content.dataset.html === data.html) return;
  content.dataset.html = data.html;
  content.innerHTML = data.html; // sanitised by agents/chats/markup.py
  addCopyButtons(content);
}
"""


@cache
def _assets() -> tuple[str, str]:
    css, draw = ((TRANSCRIPT / name).read_text(encoding="utf-8") for name in ("transcript.css", "draw.js"))
    return css + CSS, draw + JS


def rendered(text: str, *, key: str) -> None:
    """Draws `text` as a message of a transcript looks."""
    css, js = _assets()
    mount = st.components.v2.component("studio_rendered", html=HTML, css=css, js=js)
    mount(key=key, data={"html": to_html(text)})
