"""Settings: where code runs; whose tools agents may be given; who is told of what waits and whether that works."""

import streamlit as st

from pages.components import flash
from pages.components.mcp import section as mcp
from pages.components.notices import card, form
from pages.components.sandboxes import card as sandbox
from pages.components.studio import session

flash.show()
st.title("Settings", anchor=False)
st.subheader("Sandbox", anchor=False)
st.caption("Where the code that agents write is run.")
sandbox.show(session())
mcp.show(session())
st.subheader("Notifications", anchor=False)
st.caption(
    "Who is told while nobody looks: when something waits for a decision, when its deadline is near, when a chat ends."
)
addresses = session().notifications.addresses()
for each in addresses:
    card.card(session(), each)
form.show(session(), is_first=not addresses)
