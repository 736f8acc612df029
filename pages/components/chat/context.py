"""How full the window of each member's model is, and what of the chat it reads."""

import streamlit as st

from agents.chats import SELECTION
from agents.text.context import window_line
from pages.components.chat.view import ChatView, view_of
from pages.components.live import lively, redraw
from pages.components.members import face
from pages.components.messages import escape_md
from pages.components.person import session

LOOK_S = 5


@lively
def context_button(chat: str) -> None:
    """Draws the button that shows it."""
    view = view_of(session(), chat)
    with st.popover("Context", icon=":material/memory:", type="tertiary"):
        st.caption("What each agent was sent with its last call, of what its model reads at once.")
        for agent in view.team.agents:
            if agent.has_model:
                _window(view, agent.name, f"{face(agent)} {escape_md(agent.label)}")
        if SELECTION in view.state.contexts:
            _window(view, SELECTION, ":material/record_voice_over: Choice of the next speaker")
    if view.state.status == "running":
        redraw("context", every_s=LOOK_S)


def _window(view: ChatView, agent: str, title: str) -> None:
    use = view.state.contexts.get(agent)
    line = escape_md(window_line(view.state, view.team, agent))
    if use is not None and use.fullness is not None:
        st.progress(use.fullness, text=f"**{title}** · {use.fullness:.0%}  \n:small[{line}]")
    else:
        st.markdown(f"**{title}**  \n:small[{line}]")
