"""Who is told: each address with what it is told of and how that last went, and the form of a new one.

What is typed is a secret: the field hides it, and it is emptied once saved.
"""

from collections.abc import Callable

import streamlit as st

from agents.studio import NotificationAddress, NotificationKind, Session
from agents.text.numbers import date_text
from pages.components.messages import escape_md, flash, showing_errors
from pages.components.person import session
from pages.components.widgets import card_head, confirm

EXAMPLES = """
- **Mail:** `mailtos://user:password@example.com?to=you@example.com`
- **Slack:** the incoming webhook's `https://hooks.slack.com/services/...`
- **Microsoft Teams:** the workflow's `https://...logic.azure.com/...`
- **Discord:** the webhook's `https://discord.com/api/webhooks/...`
- **Telegram:** `tgram://bot-token/chat-id`
- **ntfy:** `ntfys://your-topic`
- **Any webhook:** `jsons://host/path` posts JSON with `title` and `message`

For a hundred more services see [the list of Apprise](https://github.com/caronc/apprise/wiki), which sends them.
"""


def show(session: Session, *, is_first: bool) -> None:
    """Draws the form, open when there is no address yet."""
    version = st.session_state.setdefault("notices:version", 0)
    with st.expander("Add an address", icon=":material/add:", expanded=is_first):
        key = f"notices:new:{version}"
        name = st.text_input("Name", key=f"{key}:name", max_chars=80, placeholder="Reviewers")
        help = "Like one of the examples below."
        url = st.text_input("Address", key=f"{key}:url", type="password", placeholder="slack://…", help=help)
        wants = kinds_input(f"{key}:wants", [kind for kind in KINDS if kind != "ended"])
        # Never disabled: what is typed reaches us only when its field is left, which may be by this very press.
        is_pressed = st.button("Add", key=f"{key}:add", type="primary")
        if is_pressed and not (name.strip() and url.strip()):
            st.error("Write a name and an address; examples are below.", icon=":material/error:")
        elif is_pressed:
            with showing_errors():
                session.notifications.add(name, url, wants)
                st.session_state["notices:version"] = version + 1
                flash(f"“{escape_md(name.strip())}” is added. Press Test to see whether it works.")
                st.rerun()
        st.markdown(EXAMPLES)


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
        with card_head(f"**{escape_md(address.name)}** :blue-badge[{escape_md(address.service)}]", _facts(address)):
            if st.button("Test", key=f"{key}:test", icon=":material/send:"):
                _test(session, address)
            label = f"Remove {escape_md(address.name)}"
            if st.button("", key=f"{key}:remove", icon=":material/delete:", help=label, type="tertiary"):
                text = "gets no more notifications, and its saved address is deleted for good."
                confirm(
                    "Remove this address?",
                    f"**{escape_md(address.name)}** {text}",
                    "Remove",
                    f"{key}:remove:yes",
                    lambda session: session.notifications.remove(address.id),
                    f"“{escape_md(address.name)}” is removed.",
                )
        _kinds(address, key)
        if address.error:
            waiting = f" {address.n_waiting} waiting; they are sent again automatically." if address.n_waiting else ""
            st.error(
                f"The last notification did not arrive: {escape_md(address.error)}{waiting}", icon=":material/error:"
            )


def kinds_input(
    key: str, default: list[NotificationKind], on_change: Callable[[], None] | None = None
) -> list[NotificationKind]:
    """Which events, in their order; at least none."""
    return st.pills(
        "Notify about",
        list(KINDS),
        selection_mode="multi",
        default=default,
        key=key,
        format_func=KINDS.__getitem__,
        on_change=on_change,
    )


def _kinds(address: NotificationAddress, key: str) -> None:
    """Changed only by a person's click here: another tab may have changed it since this one was drawn."""
    drawn = [kind for kind in KINDS if kind in address.wants]

    def change() -> None:
        wanted = st.session_state[f"{key}:wants"]
        if set(wanted) == set(drawn):
            return  # nobody changed it (`pages.components.widgets`)
        with showing_errors():
            session().notifications.change(address.id, wanted)
            flash(f"“{escape_md(address.name)}” is changed.")

    kinds_input(f"{key}:wants", drawn, change)


def _facts(address: NotificationAddress) -> str:
    told = f"last sent {date_text(address.sent_at)}" if address.sent_at else "nothing sent yet"
    failed = f" · last failed {date_text(address.failed_at)}" if address.error and address.failed_at else ""
    return f"the address is saved encrypted · {told}{failed}"


def _test(session: Session, address: NotificationAddress) -> None:
    with st.spinner("Sending..."), showing_errors():
        session.notifications.test(address.id)
        flash(f"A test was sent to “{escape_md(address.name)}”. Check that it arrived.")
        st.rerun()
