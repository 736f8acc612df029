"""A text of an agent as the transcript draws it: Markdown turned to safe HTML on the server, never here.

A component of its own, because its style is the transcript's and because nothing but what `agents.web.markdown` has
sanitised may become HTML.
"""

from pathlib import Path

from agents.web.markdown import to_html
from pages.components.browser_part import browser_part

HTML = '<div class="transcript rendered"><div class="content"></div><p class="more" hidden>↓ More below</p></div>'
FOLDER = Path(__file__).parents[1] / "transcript"


def rendered(text: str, *, key: str) -> None:
    """Draw `text` as a message of a transcript looks."""
    mount = browser_part(
        "studio_rendered",
        script=FOLDER / "rendered.mjs",
        html=HTML,
        css=(FOLDER / "transcript.css", FOLDER / "rendered.css"),
    )
    mount(key=key, data={"html": to_html(text)})
