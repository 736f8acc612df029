"""The frame around every page: the menu, who sits here. Runs at the top of every rerun, before the page does."""

from pathlib import Path

import streamlit as st

from agents.version import NAME
from pages.components import shortcuts
from pages.components.live import end_page, label, n_waiting, tab
from pages.components.messages import begin_page, escape_md, show_not_done, showing_errors
from pages.components.person import DEFAULT_NAME, MAX_NAME_CHARS, admit, keep, name, needs_sign_in
from pages.components.widgets import browser_part

HERE = Path(__file__).parent
COMPONENTS = HERE / "components"
OPENABLE = ("chat", "team", "connection")
"""Parameters of an address that name the item a page has open."""


def frame(n_requests: int) -> None:
    """Draws the sidebar's own parts; the page ends here for whoever may not see it."""
    st.html(COMPONENTS / "frame.css")
    st.logo(COMPONENTS / "logo.svg", size="medium")
    with st.sidebar:
        own, script = st.container(), st.container()
    with script:
        # The menu leads to lists, what is opened begins at its top, and the browser keeps the name once changed here.
        opened = " ".join(st.query_params.get(item, "") for item in OPENABLE)
        data = {"name": st.session_state.get("person_name"), "opened": opened}
        browser_part("studio_frame", COMPONENTS / "frame.mjs", key="studio_frame", data=data, height=0)
    admit()
    with own:
        _who()
        shortcuts.sheet()
        tab(n_requests)


def _who() -> None:
    shown = name()
    if needs_sign_in():
        with st.popover(escape_md(shown), icon=":material/verified_user:", type="tertiary", key="frame:person"):
            st.caption("Your decisions are recorded under this address, which your sign-in has verified.")
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="frame:sign_out")
        return
    label = "Who are you?" if shown == DEFAULT_NAME else escape_md(shown)
    with st.popover(label, icon=":material/account_circle:", type="tertiary", key="frame:person"):
        st.text_input(
            "Your name",
            "" if shown == DEFAULT_NAME else shown,
            key="frame:name",
            max_chars=MAX_NAME_CHARS,
            placeholder=DEFAULT_NAME,
            help="Shown with what you write and decide. Kept in this browser; it is not verified.",
            on_change=lambda: keep(str(st.session_state["frame:name"])),
        )
        st.caption("Your decisions are recorded under this name, marked as not verified.")


begin_page()
st.set_page_config(page_title=NAME, page_icon=COMPONENTS / "mark.svg", layout="wide")

n_requests = n_waiting()
page = st.navigation(
    {
        "": [
            st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True),
            st.Page(HERE / "inbox.py", title=label(n_requests), icon=":material/inbox:", url_path="inbox"),
            st.Page(HERE / "chat.py", title="Chats", icon=":material/forum:", url_path="chat"),
            st.Page(HERE / "teams.py", title="Teams", icon=":material/groups:", url_path="teams"),
        ],
        "Insight": [
            st.Page(HERE / "timeline.py", title="Timeline", icon=":material/view_timeline:", url_path="timeline"),
            st.Page(HERE / "costs.py", title="Costs", icon=":material/payments:", url_path="costs"),
            st.Page(HERE / "audit.py", title="Audit", icon=":material/fact_check:", url_path="audit"),
        ],
        "Settings": [
            st.Page(HERE / "connections.py", title="Connections", icon=":material/cable:", url_path="connections"),
            st.Page(HERE / "settings.py", title="Settings", icon=":material/settings:", url_path="settings"),
        ],
    }
)
with showing_errors():
    frame(n_requests)
    show_not_done()
    page.run()
end_page()
