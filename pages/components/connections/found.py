"""Model servers that run on this machine, each with the button that makes a connection of it."""

import time

import streamlit as st

from agents.studio import LocalServer, Session
from pages.components.connections import card
from pages.components.messages import escape_md, flash, showing_errors

KEPT_S = 10
"""How long what was found is believed: a page draws itself again at each press."""
_KEY = "on_this_machine"


def offers(session: Session) -> None:
    """Draws the servers that no connection leads to yet; nothing when there is none, or nothing may be saved."""
    if not session.may("administer"):
        return
    at, found = st.session_state.get(_KEY, (0.0, []))
    if time.monotonic() - at > KEPT_S:
        found = session.connections.on_this_machine()
        st.session_state[_KEY] = (time.monotonic(), found)
    for server in found:
        _offer(session, server)


def _offer(session: Session, server: LocalServer) -> None:
    label, key = server.provider.label, f"found:{server.provider.name}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f":material/computer: **{label} runs on this machine.**")
            st.caption(escape_md(_models(server)) if server.models else f"It has no model yet. {server.provider.hint}")
        is_pressed = bool(server.models) and st.button(
            "Use it", key=f"{key}:use", type="primary", icon=":material/cable:", help=f"Make a connection to {label}"
        )
    if is_pressed:
        with showing_errors():
            name = session.connections.use_local(server)
            del st.session_state[_KEY]
            card.test(session, name)
            flash(f"“{name}” is saved.")
            st.rerun()


def _models(server: LocalServer) -> str:
    more = f" and {len(server.models) - 4} more" if len(server.models) > 4 else ""
    return f"Free and private, no key needed. It has {', '.join(server.models[:4])}{more}."
