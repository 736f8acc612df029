"""The live transcript of a chat: a component of its own with its own WebSocket to `agents.web.websocket_feed`.

`transcript` mounts it. What it knows of the chat comes through the socket; what it knows of the page (who is in the
team, what the page offers now) through `data`. When the feed says that the page should offer something else, the
component sets a trigger value and the page runs again.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from agents.specs import TeamSpec
from pages.components.looks import color_at
from pages.components.studio import feed_token

HERE = Path(__file__).parent
SCRIPTS = ("socket.js", "draw.js", "files.js", "transcript.js")


@cache
def _assets() -> tuple[str, str, str]:
    """(html, css, js), read once a process; the scripts are one module in the browser."""
    script = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    html, css = ((HERE / name).read_text(encoding="utf-8") for name in ("transcript.html", "transcript.css"))
    return html, css, script


def transcript(chat: str, team: TeamSpec, person: str, *, offer: str, key: str) -> None:
    """The chat's transcript, live. `offer` is what the page offers now (`agents.text.states.offer_of`)."""
    html, css, js = _assets()
    mount = st.components.v2.component("studio_transcript", html=html, css=css, js=js)
    # As text: for a dict or list in `data` Streamlit imports pandas (a second, 67 MiB) to see whether it is a table.
    members = json.dumps(cast(team))
    mount(
        key=key,
        data={"chat": chat, "token": feed_token(chat), "person": person, "offer": offer, "cast": members},
        on_offer_change=_nothing,
        on_renew_change=_nothing,
    )


def cast(team: TeamSpec) -> dict[str, dict[str, Any]]:
    """Agent name -> label, colour, emoji and role, as the transcript draws them."""
    return {
        agent.name: {
            "label": agent.label,
            "color": agent.color or color_at(place),
            "emoji": agent.emoji,
            "role": agent.role,
        }
        for place, agent in enumerate(team.agents)
    }


def _nothing() -> None:
    """The page runs again anyway; that is all a trigger is for."""
