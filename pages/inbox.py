"""Inbox: everything that waits for a person, across chats, and the request that is open, to be decided."""

import streamlit as st

from agents.web.tab_feed import mark_of
from pages.components import messages
from pages.components.decision import acts
from pages.components.inbox import bulk
from pages.components.inbox.keyboard import keys
from pages.components.inbox.open_request import asked, choose, look_again
from pages.components.inbox.request_list import Filters, clear, filters, listing, n_shown
from pages.components.live import redraw
from pages.components.messages import showing_errors
from pages.components.navigation import AUDIT, CHATS, key_of
from pages.components.person import session
from pages.components.widgets import action


def show() -> None:
    open_now = session().requests.open_mark()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Inbox", anchor=False, width="content")
        wanted = filters() if open_now[0] else Filters()
    acts.notices()
    most = n_shown()
    rows = session().requests.open(**vars(wanted), limit=most + 1)
    found, chosen = bulk.batch(), choose(rows[:most], wanted)
    if chosen is None and found is None:
        nothing(wanted)
    else:
        left, right = st.columns([2, 3], gap="medium")
        with left:
            listing(rows[:most], key_of(chosen.row) if chosen else None, n_more=len(rows) > most)
            if not rows:
                nothing(wanted)
        with right, showing_errors():
            if found is not None:
                bulk.confirm(found)
            elif chosen is not None:
                asked(chosen.row, chosen.following, is_awaited=chosen.is_awaited)
        if chosen is not None:
            keys(chosen.row, chosen.following)
            if chosen.is_awaited:
                look_again(chosen.row)
    redraw("inbox", requests=mark_of(open_now))


def nothing(wanted: Filters) -> None:
    """When nothing waits, or nothing that fits."""
    with st.container(horizontal_alignment="center", key="inbox_empty"):
        st.space("medium")
        if wanted:
            st.markdown("#### Nothing matches these filters", width="content")
            action("Show everything", "inbox:clear", "filter_list_off", clear)
            return
        st.markdown("#### :material/inbox: Nothing waits for you", width="content")
        st.caption("New requests appear here.", width="content")
        with st.container(horizontal=True, horizontal_alignment="center", gap="medium"):
            st.page_link(CHATS, label="Chats", icon=":material/forum:")
            st.page_link(AUDIT, label="What was decided", icon=":material/fact_check:")


messages.show_flash()
with showing_errors():
    show()
