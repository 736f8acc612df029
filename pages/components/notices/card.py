"""One address that is told: of what, and how it last went. What it is in full is a secret and never shown."""

from collections.abc import Callable

import streamlit as st

from agents.studio import NotificationAddress, NotificationKind, Session
from agents.text.time import date_text
from pages.components.errors import plain, showing_errors
from pages.components.flash import say

KINDS: dict[NotificationKind, str] = {
    "request": "A decision waits",
    "due": "A deadline is near",
    "ended": "A chat ended",
    "failed": "A chat failed",
}


def card(session: Session, address: NotificationAddress) -> None:
    """Draws the address with what it is told, Test and Remove."""
    key = f"notice:{address.id}"
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xxsmall"):
                st.markdown(f"**{plain(address.name)}** :blue-badge[{plain(address.service)}]")
                st.caption(_facts(address))
            with st.container(horizontal=True, width="content", gap="xsmall"):
                if st.button("Test", key=f"{key}:test", icon=":material/send:"):
                    _test(session, address)
                label = f"Remove {address.name}"
                if st.button("", key=f"{key}:remove", icon=":material/delete:", help=label, type="tertiary"):
                    _confirm_remove(session, address)
        _kinds(session, address, key)
        if address.error:
            waiting = f" {address.n_waiting} waiting; tried again by itself." if address.n_waiting else ""
            st.error(f"The last notice did not arrive: {plain(address.error)}{waiting}", icon=":material/error:")


def kinds_input(
    key: str, default: list[NotificationKind], on_change: Callable[[], None] | None = None
) -> list[NotificationKind]:
    """Which events, in their order; at least none."""
    return st.pills(
        "Told of",
        list(KINDS),
        selection_mode="multi",
        default=default,
        key=key,
        format_func=lambda kind: KINDS[kind],
        on_change=on_change,
    )


def _kinds(session: Session, address: NotificationAddress, key: str) -> None:
    """Changed only by a person's click here: another tab may have changed it since this one was drawn."""

    def change() -> None:
        with showing_errors():
            session.notifications.change(address.id, st.session_state[f"{key}:wants"])
            say(f"“{address.name}” is told of that from now on.")

    kinds_input(f"{key}:wants", [kind for kind in KINDS if kind in address.wants], change)


def _facts(address: NotificationAddress) -> str:
    told = f"last told {date_text(address.sent_at)}" if address.sent_at else "not told anything yet"
    failed = f" · last failed {date_text(address.failed_at)}" if address.error and address.failed_at else ""
    return f"the address is saved encrypted · {told}{failed}"


def _test(session: Session, address: NotificationAddress) -> None:
    with st.spinner("Sending..."), showing_errors():
        session.notifications.test(address.id)
        say(f"A test went to “{address.name}”. See whether it is there.")
        st.rerun()


@st.dialog("Remove this address?")
def _confirm_remove(session: Session, address: NotificationAddress) -> None:
    st.markdown(f"**{plain(address.name)}** is told nothing any more, and what is saved of it is deleted for good.")
    if st.button("Remove", key=f"notice:{address.id}:remove:yes", type="primary", icon=":material/delete:"):
        with showing_errors():
            session.notifications.remove(address.id)
            say(f"“{address.name}” is removed.")
            st.rerun()
