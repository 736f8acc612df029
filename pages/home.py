"""Home: what waits for you, what ran lately, and a team to start with."""

import streamlit as st

from agents.plain_text import one_line
from agents.specs import EMBEDDED
from agents.studio import RequestRow
from agents.text.numbers import age_text, due_text
from pages.components import messages
from pages.components.chat.chat_list import chat_row
from pages.components.connections import found
from pages.components.decision.card import icon
from pages.components.inbox.request_list import headline
from pages.components.live import chats_mark, lively, redraw, requests_mark
from pages.components.messages import escape_md, showing_errors
from pages.components.navigation import CHATS, INBOX, TEAMS, open_request
from pages.components.person import session
from pages.components.start_chat import cards, found_teams, model_banner, ready_teams
from pages.components.widgets import card_head

N_WAITING, N_RECENT = 5, 8
N_READY = 6
"""Ready teams that are shown before anybody searches."""
N_LOOKED_AT = 20
"""Of the chats with the latest activity, besides: those that wait stand above and not among the recent ones."""


def welcome() -> None:
    """For somebody who has no chat yet."""
    st.title("Put a team of agents to work", anchor=False)
    st.markdown(
        "A team is a few agents who talk in one group chat until the task is done, and ask you when it is your turn. "
        "Choose one below, give it a task, and watch; you can close this page at any time and come back."
    )


def waiting_row(row: RequestRow) -> None:
    """One open request: what is asked, in which chat, since when, and the way there."""
    key = f"waiting:{row.chat}:{row.request}"
    title = f"{icon(row.kind)} **{escape_md(headline(row, 200))}**"
    due = f" · :orange[{due_text(row.due_at)}]" if row.due_at else ""
    about = f"{escape_md(one_line(row.title, 80))} · {escape_md(one_line(row.team_name, 80))}"
    with st.container(border=True, key=key), card_head(title, f"{about} · asked {age_text(row.asked_at)}{due}"):
        if st.button("Answer", key=f"{key}:open", type="primary", icon=":material/reply:"):
            open_request(row.chat, row.request)


@lively
def chats() -> None:
    """What waits and what ran, kept up to date."""
    with showing_errors():
        of_requests, of_chats = requests_mark(), chats_mark()
        waiting = session().requests.open(limit=N_WAITING)
        recent = session().chats.rows(limit=N_RECENT + N_LOOKED_AT)
        if waiting:
            n_waiting = session().requests.n_open()
            st.subheader(f"Waiting for you :orange-badge[{n_waiting}]", anchor=False)
            for asked in waiting:
                waiting_row(asked)
            more = f"{n_waiting - N_WAITING} more in the inbox" if n_waiting > N_WAITING else "Open the inbox"
            st.page_link(INBOX, label=more, icon=":material/arrow_forward:")
        others = [row for row in recent if row.status != "waiting"][:N_RECENT]
        if others:
            st.subheader("Recent chats", anchor=False)
        for row in others:
            chat_row(row)
        st.page_link(CHATS, label="All chats", icon=":material/arrow_forward:")
        redraw("home", requests=of_requests, chats=of_chats)


def ready() -> None:
    """The first ready teams, or those that the search finds among all."""
    teams = ready_teams(session())
    query = st.text_input(
        "Search", key="home_search", type="search", live=True, label_visibility="collapsed",
        placeholder=f"Search {len(teams)} ready teams",
    )  # fmt: skip
    found = found_teams(teams, query or "")
    cards(session(), found if query else found[:N_READY], key="home", has_tags=False)
    if not found:
        st.info("No teams match. Remove a word.", icon=":material/search_off:")
    st.page_link(TEAMS, label="All ready teams, or make your own", icon=":material/arrow_forward:")


messages.show_flash()
with showing_errors():
    is_newcomer = not session().chats.rows(limit=1)
    if is_newcomer:
        welcome()
    else:
        st.title("Home", anchor=False)
    model_banner(session())
    if is_newcomer and session().connections.default() == EMBEDDED:
        found.offers(session())
    if not is_newcomer:
        chats()
    st.subheader("Start with a ready team" if is_newcomer else "Start a new chat", anchor=False)
    ready()
