"""Home: what waits for you, what ran lately, and a team to start with."""

import streamlit as st

from pages.components import flash, model_banner
from pages.components.chat.rows import chat_row
from pages.components.errors import showing_errors
from pages.components.inbox.address import INBOX
from pages.components.person import lively
from pages.components.places import CHATS, TEAMS
from pages.components.start_chat import Startable
from pages.components.studio import session
from pages.components.team_card import cards
from pages.components.waiting import waiting_row

N_WAITING, N_RECENT = 5, 8
N_LOOKED_AT = 20
"""Of the chats with the latest activity, besides: those that wait stand above and not among the recent ones."""
REFRESH_S = 5


def welcome() -> None:
    """For somebody who has no chat yet."""
    st.title("Put a team of agents to work", anchor=False)
    st.markdown(
        "A team is a few agents who talk in one group chat until the task is done, and ask you when it is your turn. "
        "Choose one below, give it a task, and watch; you can close this page at any time and come back."
    )


@lively(REFRESH_S)
def chats() -> None:
    """What waits and what ran, kept up to date."""
    with showing_errors():
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


flash.show()
with showing_errors():
    is_newcomer = not session().chats.rows(limit=1)
    if is_newcomer:
        welcome()
    else:
        st.title("Home", anchor=False)
    model_banner.show(session())
    if not is_newcomer:
        chats()
    st.subheader("Start with a ready team" if is_newcomer else "Start a new chat", anchor=False)
    cards(session(), [Startable(f"gallery:{team.name}", team.spec) for team in session().teams.gallery()], key="home")
    st.page_link(TEAMS, label="All teams, and make your own", icon=":material/arrow_forward:")
