"""The rail of a chat: what waits, the team, its files, what it cost, what it leaves, and a box to say something.

Beside the transcript on a wide screen, a sheet under it on a narrow one: `frame.css` decides, so that the page need not
know how wide the window is and draws each widget once. What is decided and what may be typed in stays drawn behind the
tab in front, so that nothing typed is lost; the rest is drawn when it is looked at.
"""

import json
from pathlib import Path

import streamlit as st

from agents.chats.result import result_of
from pages.components.chat.answer import foot, waiting
from pages.components.chat.cost import cost
from pages.components.chat.members import members
from pages.components.chat.result import result
from pages.components.chat.view import ChatView
from pages.components.decision.acts import notices
from pages.components.files.panel import files
from pages.components.widgets import browser_part

DECIDE, TEAM, FILES, COST, RESULT = "decide", "team", "files", "cost", "result"
_SCRIPT = Path(__file__).with_name("tabs.mjs")
_STYLE = Path(__file__).with_name("tabs.css")
_LIST = '<div role="tablist" aria-label="What to show of the chat" data-coming></div>'
_TABS = "rail:tabs"
_HEARD = "rail:heard"
"""The mark of the last press on a tab."""
_CHOSEN = "rail:chosen"
"""The tab that the person chose last, in whichever chat; "" for the one that fits."""
_FORWARD = "rail:forward"
"""The chat whose requests came forward by themselves."""
_SEEN = "rail:seen"
"""Requests that did so already."""
_OPENED = "rail:opened"
"""The chat whose files were looked at: what is typed beside them stays drawn."""


def rail(view: ChatView) -> None:
    """Draw the tabs, what is behind the one in front, and the box under them."""
    labels = _labels(view)
    with st.container(key="chat_rail", gap="small"):
        tab = _in_front(view, labels)
        with st.container(key="rail_head"):
            _tabs(labels, tab, has_ended=view.state.status == "ended")
            notices(view.row.chat)
        # Each has a place of its own, drawn or not: a browser that finds a form in another place forgets what is typed.
        with st.container(key="rail_decide", gap="small"):
            waiting(view)
        with st.container(key="rail_team", gap="small"):
            if tab == TEAM:
                members(view.row.chat)
        with st.container(key="rail_files", gap="small"):
            if tab == FILES:
                st.session_state[_OPENED] = view.row.chat
            if st.session_state.get(_OPENED) == view.row.chat:
                files(view)
        with st.container(key="rail_cost", gap="small"):
            if tab == COST:
                cost(view.row.chat)
        with st.container(key="rail_result", gap="small"):
            if tab == RESULT:
                result(view)
        with st.container(key="rail_foot", gap="small"):
            foot(view)


def _labels(view: ChatView) -> dict[str, str]:
    """Return the tabs that there are, by name."""
    n_asked, n_files = len(view.state.requests), len(view.state.files)
    labels = {
        DECIDE: f"Decide ({n_asked})" if n_asked else "Decide",
        TEAM: "Team",
        FILES: f"Files ({n_files})" if n_files else "Files",
        COST: "Cost",
    }
    return {**labels, RESULT: "Result"} if result_of(view.state) else labels


def _in_front(view: ChatView, labels: dict[str, str]) -> str:
    """Return the tab to show: what waits when it is new, else what the person chose, else what fits."""
    chat, seen = view.row.chat, st.session_state.setdefault(_SEEN, set())
    asked = {(chat, request.request) for request in view.state.requests}
    asked |= {(chat, view.asking_part)} if view.asking_part else set()
    if asked - seen:
        st.session_state[_FORWARD] = chat
        seen |= asked
    if st.session_state.get(_FORWARD) == chat and view.state.status != "ended":
        return DECIDE
    chosen = str(st.session_state.get(_CHOSEN, ""))
    return chosen if chosen in labels else RESULT if RESULT in labels else DECIDE


def _tabs(labels: dict[str, str], front: str, *, has_ended: bool) -> None:
    """Draw the tabs."""
    data = {"tabs": json.dumps(list(labels.items())), "front": front, "heard": st.session_state.get(_HEARD, "")}
    pressed = {"on_pressed_change": lambda: _choose(has_ended)}
    browser_part("studio_rail_tabs", _SCRIPT, html=_LIST, css=_STYLE, key=_TABS, data=data, **pressed)


def _choose(has_ended: bool) -> None:
    pressed = st.session_state[_TABS].pressed
    if pressed["mark"] == st.session_state.get(_HEARD):
        return  # told twice
    st.session_state[_HEARD] = pressed["mark"]
    # Whoever goes back to what waits has no other wish; once the chat has ended, its result comes forward.
    st.session_state[_CHOSEN] = pressed["name"] if pressed["name"] != DECIDE or has_ended else ""
    st.session_state.pop(_FORWARD, None)
