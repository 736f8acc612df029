"""The live transcript of a chat: a component with its own WebSocket to `agents.web.websocket_feed`.

`transcript` mounts it. What it knows of the chat comes through the socket; what it knows of the page (who is in the
team, what the page offers now) through `data`. When the feed says that the page should offer something else, the
component sets a trigger value and the page runs again.
"""

import json
from pathlib import Path

from agents.specs import TeamSpec
from agents.text.members import cast
from agents.web.markdown import to_html
from pages.components.person import feed_token
from pages.components.widgets import browser_part

FOLDER = Path(__file__).parent


def transcript(
    chat: str, team: TeamSpec, person: str, *, offer: str, key: str, at: int = 0, is_try: bool = False
) -> None:
    """The chat's transcript, live. `offer` is what the page offers now (`agents.text.states.offer_of`); `at`: the event
    to begin at, 0 for the newest; `is_try`: without what leads to places in the chat, which has no page."""
    script, html, css = (FOLDER / f"transcript.{ending}" for ending in ("mjs", "html", "css"))
    # As text: for a dict or list in `data` Streamlit imports pandas (a second, 67 MiB) to see whether it is a table.
    members = json.dumps(cast(team))
    data = {
        "chat": chat,
        "token": feed_token(chat),
        "person": person,
        "offer": offer,
        "cast": members,
        "at": at,
        "is_try": is_try,
    }
    again = {"on_offer_change": _nothing, "on_renew_change": _nothing}
    browser_part("studio_transcript", script, html=html, css=css, key=key, data=data, **again)


def _nothing() -> None:
    """The page runs again anyway; that is all a trigger is for."""


RENDERED_HTML = (
    '<div class="transcript rendered" tabindex="0" data-coming><div class="content"></div>'
    '<p class="more" hidden>↓ More below</p></div>'
)


def rendered(text: str, *, key: str) -> None:
    """Draw `text` of an agent as the transcript does: only what `agents.web.markdown` sanitised becomes HTML."""
    script, css, data = FOLDER / "rendered.mjs", FOLDER / "transcript.css", {"html": to_html(text)}
    browser_part("studio_rendered", script, html=RENDERED_HTML, css=css, key=key, data=data)
