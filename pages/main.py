"""The frame around every page: the menu with what waits, the person's name. Runs at the top of every rerun, before the
page does."""

from pathlib import Path

import streamlit as st

from agents.version import NAME
from pages.components.frame import frame
from pages.components.inbox.keyboard import count, label

HERE = Path(__file__).parent

st.set_page_config(page_title=NAME, page_icon=HERE / "components" / "mark.svg", layout="wide")

page = st.navigation(
    {
        "": [
            st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True),
            st.Page(HERE / "inbox.py", title=label(), icon=":material/inbox:", url_path="inbox"),
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
frame()
with st.sidebar:
    count()
page.run()
