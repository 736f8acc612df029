"""One MCP server: how it is reached, which tools it listed, and whether it answers."""

import streamlit as st

from agents.plain_text import shorten
from agents.studio import McpServerRow, Session
from agents.text.time import date_text
from pages.components.errors import plain, showing_errors
from pages.components.flash import say
from pages.components.mcp import form
from pages.components.mcp.written import line_of, n_tools

MAX_SHOWN_CHARS = 160


def card(session: Session, row: McpServerRow) -> None:
    """Draws the server with its tools, Test, Edit and Remove."""
    key = f"mcp:{row.spec.name}"
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xxsmall"):
                st.markdown(f"**{plain(row.spec.name)}** {_badges(row)}")
                st.caption(_facts(row))
            with st.container(horizontal=True, width="content", gap="xsmall"):
                _acts(session, row, key)
        if row.error:
            kept = " What it listed before is still offered." if row.tools else ""
            show = st.warning if row.tools else st.error
            show(f"{plain(row.error)}{kept}", icon=":material/warning:" if row.tools else ":material/error:")
        _tools(row)


def _badges(row: McpServerRow) -> str:
    kind = ":blue-badge[Program]" if row.spec.kind == "stdio" else ":blue-badge[Address]"
    scope = " :violet-badge[One for each chat]" if row.spec.kind == "stdio" and row.spec.scope == "chat" else ""
    return f"{kind}{scope}" + ("" if row.spec.enabled else " :gray-badge[Not in use]")


def _facts(row: McpServerRow) -> str:
    spec = row.spec
    where = spec.url if spec.kind == "http" else line_of(spec.command, spec.args)
    secrets = spec.headers if spec.kind == "http" else spec.env
    named = f" · {', '.join(map(plain, secrets))} saved encrypted" if secrets else ""
    asked = f"asked {date_text(row.listed_at)}" if row.listed_at else "not asked yet"
    return f"`{shorten(where, MAX_SHOWN_CHARS).replace('`', ' ')}`{named} · {asked}"


def _acts(session: Session, row: McpServerRow, key: str) -> None:
    name = row.spec.name
    if st.button("Test", key=f"{key}:test", icon=":material/network_check:", help="Ask it now which tools it has"):
        with st.spinner("Asking it..."), showing_errors():
            asked = session.mcp_servers.ask(name)
            if not asked.error:
                say(f"“{name}” answers; it has {n_tools(asked)}.")
            st.rerun()
    label = "Do not use" if row.spec.enabled else "Use"
    icon = ":material/pause:" if row.spec.enabled else ":material/play_arrow:"
    if st.button(label, key=f"{key}:enabled", icon=icon):
        with showing_errors():
            session.mcp_servers.enable(name, not row.spec.enabled)
            st.rerun()
    if st.button("Edit", key=f"{key}:edit", icon=":material/edit:"):
        form.edit(session, row)
    if st.button("", key=f"{key}:remove", icon=":material/delete:", help=f"Remove {name}", type="tertiary"):
        _confirm_remove(session, name)


def _tools(row: McpServerRow) -> None:
    if not row.tools:
        return
    with st.expander(n_tools(row), icon=":material/build:"):
        for tool in row.tools:
            first = tool.description.partition("\n")[0]
            st.markdown(f"**{plain(tool.name)}** {plain(shorten(first, MAX_SHOWN_CHARS))}")
        st.caption("What models read of them stays as it is here until somebody presses Test.")


@st.dialog("Remove this MCP server?")
def _confirm_remove(session: Session, name: str) -> None:
    st.markdown(f"Teams that name tools of **{plain(name)}** miss them, and what is saved of it is deleted for good.")
    if st.button("Remove", key=f"mcp:{name}:remove:yes", type="primary", icon=":material/delete:"):
        with showing_errors():
            session.mcp_servers.remove(name)
            say(f"“{name}” is removed.")
            st.rerun()
