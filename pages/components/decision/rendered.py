"""A text of an agent as the transcript draws it: Markdown turned to safe HTML on the server, never here.

A component of its own, because its style is the transcript's and because nothing but what `agents.web.markdown` has
sanitised may become HTML.
"""

from functools import cache
from pathlib import Path

import streamlit as st

from agents.web.markdown import to_html

TRANSCRIPT = Path(__file__).parents[1] / "transcript"
HTML = '<div class="transcript rendered"><div class="content"></div><p class="more" hidden>↓ More below</p></div>'
CSS = """
.transcript.rendered { max-width: none; margin: 0; padding: 0; font-size: 0.95rem; max-height: 17rem; overflow: auto; }
.rendered .more {
  position: sticky; bottom: 0; margin: 0; padding: 1.6rem 0 0.1rem; font-size: 0.8rem; text-align: center;
  color: var(--accent); background: linear-gradient(transparent, var(--st-background-color) 70%); pointer-events: none;
}
"""
JS = """
export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".rendered"), content = box.querySelector(".content");
  const more = box.querySelector(".more"); // nobody shall approve an end that they did not know was there
  const look = () => { more.hidden = box.scrollHeight - box.scrollTop - box.clientHeight < 30; };
  box.onscroll = look;
  const sizes = new ResizeObserver(look);
  sizes.observe(box);
  sizes.observe(content);
  fill(content, data.html);
  return () => sizes.disconnect();
}

function fill(content, html) {
  if (content.dataset.html === html) return;
  content.dataset.html = html;
  content.innerHTML = html; // sanitised by agents/web/markdown.py
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
