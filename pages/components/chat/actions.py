"""What a press on the chat screen does besides deciding: calls the studio once, and keeps the outcome to be shown.

Run as callbacks, before the page is drawn, so that the page already shows what follows. The client id of an action is
kept for good: it names what was shown, so that the same press again finds the action done.
"""

import streamlit as st

from pages.components.chat.view import ChatView
from pages.components.decision.acts import attempt, open_form, text_of
from pages.components.navigation import show_list
from pages.components.once import once
from pages.components.person import session


def stop(view: ChatView) -> None:
    """Ends the chat at once."""
    chat = view.row.chat
    attempt(chat, lambda: session().chats.stop(chat, client_id=once(f"stop:{chat}:{view.state.head}")))


def pause(view: ChatView) -> None:
    """Lets the chat wait once the turn under way is over."""
    chat = view.row.chat
    attempt(chat, lambda: session().chats.pause(chat, client_id=once(f"pause:{chat}:{view.state.head}")))


def say(view: ChatView, key: str) -> None:
    """Says what was typed; the box closes once it is said."""
    chat, act = view.row.chat, once(f"say:{view.row.chat}:{view.state.head}")
    text = text_of(f"{key}:text")
    if attempt(chat, lambda: session().chats.say(chat, text, client_id=act)):
        open_form(key, "")


def revoke(view: ChatView, rule: str) -> None:
    """Takes back what was approved for the rest of the chat."""
    chat = view.row.chat
    attempt(chat, lambda: session().requests.revoke_rule(chat, rule, client_id=once(f"revoke:{chat}:{rule}")))


def go_on(view: ChatView, text_key: str) -> None:
    """Continues an ended chat, with the text said first when there is one."""
    chat, act = view.row.chat, once(f"continue:{view.row.chat}:{view.state.head}")
    text = text_of(text_key)
    attempt(chat, lambda: session().chats.continue_(chat, text=text, client_id=act))


def rename(chat: str, title_key: str) -> None:
    """Gives the chat the title in the widget."""
    attempt(chat, lambda: session().chats.rename(chat, text_of(title_key)))


def delete(chat: str) -> None:
    """Takes the chat out of the lists; the list of chats says how to have it back."""
    if attempt(chat, lambda: session().chats.delete(chat)):
        show_list()
        st.session_state["chat:deleted"] = chat
