"""The part of the Settings page about MCP servers."""

import streamlit as st

from agents.studio import Session
from pages.components.mcp import card, form


def show(session: Session) -> None:
    """Draws the saved servers and the form of a new one."""
    st.subheader("MCP servers", anchor=False)
    st.caption(
        "Tools that others make, spoken to in the Model Context Protocol. Agents get those that are chosen for them in "
        "the team editor; each call passes the team's policies."
    )
    for row in session.mcp_servers.rows():
        card.card(session, row)
    form.new(session)
