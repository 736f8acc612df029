"""The head of a chat: its title, whose team, where it stands, and what can be done with it as a whole."""

from pathlib import Path

import streamlit as st

from agents.studio import ChatRow
from agents.text.numbers import age_text, span_text, tokens_text
from agents.text.spend import cost_text
from pages.components.chat.export_dialog import open_dialog
from pages.components.chat.view import ChatView, delete, rename
from pages.components.members import status_badge
from pages.components.messages import escape_md
from pages.components.navigation import AUDIT, COSTS, TEAMS, TIMELINE, show_chat, show_list
from pages.components.person import session
from pages.components.start_chat import BADGE as REHEARSED
from pages.components.widgets import action, browser_part, lock_note, put, submit, unless

FIND = Path(__file__).with_name("find.mjs")
FIND_HTML = (
    '<button class="quiet" type="button" title="Search this chat"><svg viewBox="0 0 24 24" width="17" height="17" '
    'fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><circle cx="10" cy="10" r="6.5"/>'
    '<path d="m15 15 6 6"/></svg>Search</button>'
)


def head(view: ChatView) -> None:
    """Draws the title and what can be done with the chat; it scrolls away with the transcript."""
    row = view.row
    with st.container(key="chat_head", gap="xsmall"):
        with st.container(horizontal=True, gap="small"):
            action("All chats", "chat:list", "arrow_back", show_list, type="tertiary")
            if row.parent is not None:
                whole = session().chats.get(row.parent)
                label = f"Part of {escape_md(whole.title)}"
                action(label, "chat:whole", "arrow_upward", show_chat, whole.chat, type="tertiary")
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            st.header(escape_md(row.title), anchor=False, width="stretch")
            _more(view)
        if view.row.status != "ended" and (about_code := session().sandbox.warning(view.team)):
            st.warning(escape_md(about_code), icon=":material/warning:")


def bar(view: ChatView) -> None:
    """Draws where the chat stands and the ways to its figures; stays in sight on wide screens (`frame.css`)."""
    here = {"chat": view.row.chat}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        rehearsed = f" {REHEARSED}" if view.is_rehearsed else ""
        st.markdown(status_badge(view.row.status) + rehearsed, width="content")
        st.caption(facts(view), width="content")
        with st.container(key="chat_used"):
            st.caption(used(view))
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            with st.container(width="content"):
                browser_part("studio_find", FIND, html=FIND_HTML, key="chat_find", data=here)
            st.page_link(TIMELINE, label="Timeline", icon=":material/view_timeline:", query_params=here)
            st.page_link(COSTS, label="Costs", icon=":material/payments:", query_params=here)


def facts(view: ChatView) -> str:
    """Return the team as one Markdown line."""
    row = view.row
    revision = f", revision {row.revision}" if row.revision else ""
    return f"**{escape_md(row.team_name)}**{revision}"


def used(view: ChatView) -> str:
    """Return when it was started, and what it has used once there is something to sum up."""
    row = view.row
    started = f"started {age_text(row.created_at)}"
    if row.status == "running" or not row.n_tokens:
        return started
    in_total = span_text((row.updated_at - row.created_at).total_seconds())
    parts = [started, tokens_text(row.n_tokens), escape_md(cost_text(row))]
    if of_teams := view.state.spent_by_teams.n_tokens:
        share = "all" if of_teams == row.n_tokens else tokens_text(of_teams)
        parts.append(f"{share} of it by its teams")
    return " · ".join([*parts, f"{in_total} in total, {span_text(view.work_s)} of work"])


def _more(view: ChatView) -> None:
    row, key = view.row, f"chat:title:{view.row.chat}"
    why_not = session().chats.why_not_change(row.chat)
    times = f"chat:more:{row.chat}"
    opened = st.session_state.setdefault(times, 0)  # another key closes it beneath the dialog
    menu = st.popover("", icon=":material/more_horiz:", help="Rename, export, audit or delete", key=f"{times}:{opened}")
    with menu, unless(why_not):
        if st.button(
            "Export", key=f"chat:export:{row.chat}", icon=":material/download:", type="tertiary",
            on_click=put, args=(times, opened + 1),
        ):  # fmt: skip
            open_dialog(row.chat)
        lock_note(why_not)
        with st.form(f"rename:{row.chat}", border=False):
            st.text_input("Title", row.title, key=key, max_chars=80, disabled=bool(why_not))
            submit("Rename", "edit", rename, row.chat, key)
        if row.team_id:
            st.page_link(TEAMS, label="Open the team", icon=":material/groups:", query_params={"team": row.team_id})
        st.page_link(AUDIT, label="Audit", icon=":material/fact_check:", query_params={"chat": row.chat})
        if row.parent is None:
            _deleting(row)
        else:
            st.caption("It is deleted together with the chat that it is a part of.")


def _deleting(row: ChatRow) -> None:
    """Two presses, both in the menu: a dialog would open beneath it."""
    key = f"chat:delete:{row.chat}"
    if not st.session_state.get(key):
        action("Delete chat", f"{key}:ask", "delete", put, key, True, type="tertiary")
        return
    running = " It is running and will be stopped." if row.status == "running" else ""
    st.markdown(f"Delete this chat? It disappears from all lists.{running} Its costs stay in the totals.")
    with st.container(horizontal=True, gap="small"):
        action("Delete", f"{key}:yes", "delete", delete, row.chat, type="primary")
        action("Keep it", f"{key}:no", "", put, key, False)
