"""The list of chats: search it, open one, start one; and a chat as one row of a list."""

import re

import streamlit as st

from agents.chats import Status
from agents.errors import NotFoundError
from agents.plain_text import one_line
from agents.studio import ChatRow, Session
from agents.text.numbers import age_text, count_text, tokens_text
from agents.text.spend import cost_text
from pages.components.members import status_badge
from pages.components.messages import dialog, escape_md, show_error
from pages.components.navigation import TEAMS, open_chat, revision_in_address, show_chat, show_list
from pages.components.person import session, session_now
from pages.components.start_chat import Startable, form, own_teams, ready_teams
from pages.components.widgets import action, put, switch, undo_line

_BOLD = re.compile(r"(?<!\w)\*\*(\S(?:[^*]*\S)?)\*\*(?!\w)")
"""What Markdown has in bold; a row of the list has it plain."""


def chat_row(row: ChatRow) -> None:
    """Draws the row; its title leads to the chat."""
    with st.container(border=True, key=f"chatrow:{row.chat}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            title, key = f"**{escape_md(row.title)}**", f"chatrow:{row.chat}:open"
            action(title, key, "", show_chat, row.chat, type="tertiary", wrap=True)
            st.space("stretch")
            st.markdown(status_badge(row.status), width="content")
        st.caption(facts(row))
        about = row.waiting_for or row.ended_text or _asked_by_team(row)
        if about:
            st.caption(escape_md(one_line(_BOLD.sub(r"\1", about), 200)))


def _asked_by_team(row: ChatRow) -> str:
    """What a team asks that works for the chat; "" when none does."""
    if row.subchat is None or row.status != "running":
        return ""
    asked = session().chats.at_work(row.chat).waiting_for
    return f"A team that works for it asks you: {asked}" if asked else ""


def facts(row: ChatRow) -> str:
    """Team, size, cost and age in one line."""
    parts = [escape_md(row.team_name), count_text(row.n_messages, "message")]
    if row.n_tokens:
        parts += [tokens_text(row.n_tokens), escape_md(cost_text(row))]
    return " · ".join([*parts, age_text(row.updated_at)])


PAGE_ROWS = 25
FILTERS: dict[str, Status | None] = {"All": None, "Waiting for you": "waiting", "Working": "running", "Ended": "ended"}


def picker(session: Session) -> None:
    """Draws search, list and the way to a new chat."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Chats", anchor=False, width="stretch")
        if st.button("New chat", type="primary", icon=":material/add_comment:", key="chats:new"):
            new_chat()
    _offer_undo()
    if of := revision_in_address():
        _of_revision(session, *of)
    counts = session.chats.counts()
    if not sum(counts.values()):
        _empty(session)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        query = st.text_input(
            "Search", key="chats:query", placeholder="Title, task or team", live="300ms", label_visibility="collapsed"
        )
        words = {name: f"{name} {counts[status]}" if status and not of else name for name, status in FILTERS.items()}
        chosen = switch("Show", FILTERS, "All", "chats:filter", format_func=words.__getitem__, width="content")
    n_shown = st.session_state.setdefault("chats:shown", PAGE_ROWS)
    team_id, revision = of or (None, None)
    rows = session.chats.rows(
        status=FILTERS[chosen], query=query or "", limit=n_shown + 1, team_id=team_id, revision=revision
    )
    if not rows:
        st.info("No chats match. Change the search or the filter.", icon=":material/search_off:")
    with st.container(gap="small"):
        for row in rows[:n_shown]:
            chat_row(row)
    if len(rows) > n_shown:
        action("Show more", "chats:more", "", put, "chats:shown", n_shown + PAGE_ROWS)


def _of_revision(session: Session, team_id: str, revision: int) -> None:
    """Says that the list is of one revision of a team, and leads to all chats."""
    try:
        name = session.teams.get(team_id, revision).spec.name
    except NotFoundError as error:
        show_error(error)
        name = "a team that is not there"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="chats_of_revision"):
        st.markdown(f"Chats of **{escape_md(name)}**, revision {revision}", width="stretch")
        action("Show all chats", "chats:all", "filter_alt_off", show_list, type="tertiary")


def _empty(session: Session) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("### No chats yet", text_alignment="center")
        st.caption("Choose a team, give it a task, and follow it here.", text_alignment="center")
        if st.button("Start the first one", type="primary", key="chats:first", icon=":material/add_comment:"):
            new_chat()


def _offer_undo() -> None:
    deleted = st.session_state.get("chat:deleted")
    if not deleted:
        return

    def restore(session: Session) -> None:
        session.chats.restore(deleted)
        show_chat(deleted)

    undo_line("chat:deleted", "The chat was deleted.", "chats:undo", restore)


def new_chat() -> None:
    """Opens the dialog: which team, then its task."""

    @dialog("New chat", width="medium")
    def ask() -> None:
        session = session_now()
        teams = startable(session)
        chosen = st.selectbox("Team", list(teams), format_func=lambda key: teams[key].spec.name, key="chats:team")
        if chosen:
            st.caption(escape_md(one_line(teams[chosen].spec.description, 300)))
            chat = form(session, teams[chosen])
            if chat:
                open_chat(chat)
        st.page_link(TEAMS, label="See all teams, or make your own", icon=":material/groups:")

    ask()


def startable(session: Session) -> dict[str, Startable]:
    """Own teams, newest first, then the gallery's, by their key in an address."""
    return {team.key: team for team in (*own_teams(session), *ready_teams(session))}
