"""The form of a new address. What is typed is a secret: the field hides it, and it is emptied once saved."""

import streamlit as st

from agents.studio import Session
from pages.components.errors import showing_errors
from pages.components.flash import say
from pages.components.notices.card import KINDS, kinds_input

EXAMPLES = """
- **Mail:** `mailtos://user:password@example.com?to=you@example.com`
- **Slack:** the incoming webhook's `https://hooks.slack.com/services/...`
- **Microsoft Teams:** the workflow's `https://...logic.azure.com/...`
- **Discord:** the webhook's `https://discord.com/api/webhooks/...`
- **Telegram:** `tgram://bot-token/chat-id`
- **ntfy:** `ntfys://your-topic`
- **Any webhook:** `jsons://host/path` posts JSON with `title` and `message`

A hundred more: [apprise's list](https://github.com/caronc/apprise/wiki).
"""


def show(session: Session, *, is_first: bool) -> None:
    """Draws the form, open when there is no address yet."""
    version = st.session_state.setdefault("notices:version", 0)
    with st.expander("Add an address", icon=":material/add:", expanded=is_first):
        key = f"notices:new:{version}"
        name = st.text_input("Name", key=f"{key}:name", max_chars=80, placeholder="Reviewers")
        url = st.text_input(
            "Address", key=f"{key}:url", type="password", placeholder="slack://…", help="In apprise's notation."
        )
        wants = kinds_input(f"{key}:wants", [kind for kind in KINDS if kind != "ended"])
        # Never disabled: what is typed reaches us only when its field is left, which may be by this very press.
        is_pressed = st.button("Add", key=f"{key}:add", type="primary")
        if is_pressed and not (name.strip() and url.strip()):
            st.error("Write a name and an address; examples are below.", icon=":material/error:")
        elif is_pressed:
            with showing_errors():
                session.notifications.add(name, url, wants)
                st.session_state["notices:version"] = version + 1
                say(f"“{name.strip()}” is added. Press Test to see whether it works.")
                st.rerun()
        st.markdown(EXAMPLES)
