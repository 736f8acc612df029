"""Settings: where code runs; whose tools agents may be given; who is told of what waits and whether that works."""

import streamlit as st

from pages.components import messages
from pages.components.person import session
from pages.components.settings import mcp_servers as mcp
from pages.components.settings import notifications, sandbox
from pages.components.widgets import lock_note

messages.show_flash()
st.title("Settings", anchor=False)
lock_note(session().why_not("administer"))
st.subheader("Sandbox", anchor=False)
st.caption("Where the code that agents write is run.")
sandbox.sandbox_card(session())
mcp.show(session())
st.subheader("Notifications", anchor=False)
st.caption("Who is notified: when a decision waits, when its deadline is near, when a chat ends.")
addresses = session().notifications.addresses()
for each in addresses:
    notifications.card(session(), each)
notifications.show(session(), is_first=not addresses)
