"""What surrounds every page: the name of the product, and who sits here."""

from pathlib import Path

import streamlit as st

from pages.components.browser_part import browser_part
from pages.components.person import DEFAULT_NAME, MAX_NAME_CHARS, admit, keep, name, needs_sign_in

STYLE = Path(__file__).with_name("frame.css")
SCRIPT = Path(__file__).with_name("frame.mjs")
LOGO = Path(__file__).with_name("logo.svg")

OPENABLE = ("chat", "team", "connection")
"""Parameters of an address that name the item a page has open."""


def frame() -> None:
    """Draws the sidebar's own parts; the page ends here for whoever may not see it."""
    st.html(STYLE)
    st.logo(LOGO, size="medium")
    admit()
    with st.sidebar:
        _who()
        _browser_part()


def _who() -> None:
    shown = name()
    if needs_sign_in():
        with st.popover(shown, icon=":material/verified_user:", type="tertiary", key="frame:person"):
            st.caption("Your decisions are recorded under this address, which your sign-in has verified.")
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="frame:sign_out")
        return
    label = "Who are you?" if shown == DEFAULT_NAME else shown
    with st.popover(label, icon=":material/account_circle:", type="tertiary", key="frame:person"):
        st.text_input(
            "Your name",
            "" if shown == DEFAULT_NAME else shown,
            key="frame:name",
            max_chars=MAX_NAME_CHARS,
            placeholder=DEFAULT_NAME,
            help="Shown with what you write and decide. Kept in this browser; nobody checks it.",
            on_change=lambda: keep(str(st.session_state["frame:name"])),
        )
        st.caption("Your decisions are recorded under this name, marked as not verified.")


def _browser_part() -> None:
    """The menu leads to lists, what is opened begins at its top, and the browser keeps the name once changed here."""
    mount = browser_part("studio_frame", script=SCRIPT)
    opened = " ".join(st.query_params.get(item, "") for item in OPENABLE)
    mount(key="studio_frame", data={"name": st.session_state.get("person_name"), "opened": opened}, height=0)
