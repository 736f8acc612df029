"""What an ended chat leaves, on top of its page: a model's summary, or its last message."""

import streamlit as st

from agents.chats.result import lacks_summary, result_of
from agents.plain_text import beginning
from pages.components.chat.view import ChatView, write_summary
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.transcript import rendered
from pages.components.widgets import action, unless

MAX_CHARS = 20_000
"""Of what is shown here; the transcript has messages whole."""


def result(view: ChatView) -> None:
    """Draws the result, once the chat has ended with one."""
    found = result_of(view.state)
    if found is None:
        return
    who = f"Last message, by {view.labels.get(found.agent, found.agent)}" if found.agent else "Summary by a model"
    with st.container(border=True, key="chat_result", gap="xsmall"):
        st.markdown(f"**Result** :small[:gray[{escape_md(who)}]]")
        rendered(beginning(found.text, MAX_CHARS), key=f"result:{view.row.chat}:{view.state.ended and view.row.head}")
        if found.error:
            st.caption(f":orange[:material/warning: {escape_md(f'There is no summary. {found.error}')}]")
        if view.state.status == "ended" and lacks_summary(view.state) and not view.is_rehearsed:
            with unless(session().why_not("run")):
                action("Write the summary", f"summary:{view.row.chat}", "summarize", write_summary, view)
