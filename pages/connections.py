"""Connections: how models are reached, which of them is the default, and whether they answer."""

import streamlit as st

from pages.components import messages
from pages.components.connections import card, form, found
from pages.components.messages import escape_md, flash, showing_errors
from pages.components.navigation import back_to_list
from pages.components.person import session
from pages.components.widgets import lock_note

messages.show_flash()
NEW = "new"
opened = st.query_params.get("connection", "")
rows = {row.spec.name: row for row in session().connections.rows()}

if not opened:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Connections", width="stretch", anchor=False)
        is_locked = not session().may("administer")
        if st.button(
            "Connect a model", type="primary", icon=":material/add:", key="connections:new", disabled=is_locked
        ):
            st.query_params["connection"] = NEW
            st.rerun()
    st.caption("How models are reached. Agents that name no connection use the default.")
    lock_note(session().why_not("administer"))
    found.offers(session())
    for problem in session().connections.problems():
        st.warning(escape_md(problem), icon=":material/warning:")
    reports = session().connections.reports()
    for each in rows.values():
        card.card(session(), each, reports.get(each.spec.name))
else:
    back_to_list("All connections", "connection")
    row = rows.get(opened)
    st.title("Connect a model" if opened == NEW else escape_md(opened), anchor=False)
    if row is None and opened != NEW:
        st.error(f"There is no connection {escape_md(opened)}; it may have been deleted.", icon=":material/error:")
        st.stop()
    if row is not None and row.source != "saved":
        st.info("This connection is not saved in the studio, so it cannot be edited here.", icon=":material/info:")
        st.stop()
    key = f"connection_draft:{opened}"
    saved = form.show(session(), row, taken={name for name in rows if rows[name].source == "saved"}, key=key)
    if saved:
        with showing_errors():
            card.test(session(), saved)
        del st.session_state[key]
        del st.query_params["connection"]
        flash(f"“{saved}” is saved.")
        st.rerun()
