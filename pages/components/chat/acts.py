"""What a press does: calls a verb once, however often it is pressed, and says what came of it.

Run as callbacks, before the page is drawn, so that the page already shows what follows. The client id of an act is
kept for good: it names what was shown, so that the same press again finds the act done.
"""

import streamlit as st

from agents.chats import DecisionRequested, Verdict
from agents.errors import ConflictError, StudioError
from pages.components.chat.address import show_list
from pages.components.chat.view import ChatView
from pages.components.errors import plain
from pages.components.flash import say
from pages.components.once import once
from pages.components.person import person
from pages.components.studio import studio

FAILED = "chat:failed"
"""Session key of the last refusal, shown above the answer box once."""


def decide(
    chat: str, request: DecisionRequested, verdict: Verdict, text_key: str = "", choice: str = "", model_key: str = ""
) -> None:
    """Answers the request with what the widgets hold."""
    text = str(st.session_state.get(text_key, "")) if text_key and verdict == "reply" else ""
    if verdict == "reply" and not text.strip():
        st.session_state[FAILED] = (
            "The reply is empty. Write something, or press Skip to let the team go on without you."
        )
        return
    model = str(st.session_state.get(model_key, "")) if model_key else ""
    chosen = choice if not model_key else str(st.session_state.get(f"{model_key}:connection", choice))
    with _Refusals():
        studio().decide(
            chat,
            request.request,
            request.digest,
            verdict,
            text=text,
            choice=chosen,
            model=model.strip(),
            by=person(),
            client_id=once(f"decide:{chat}:{request.request}:{verdict}"),
        )


def stop(view: ChatView) -> None:
    """Ends the chat at once."""
    with _Refusals():
        studio().stop(view.row.chat, by=person(), client_id=once(f"stop:{view.row.chat}:{view.state.head}"))


def go_on(view: ChatView, text_key: str) -> None:
    """Continues an ended chat, with the text said first when there is one."""
    text = str(st.session_state.get(text_key, ""))
    with _Refusals():
        studio().continue_chat(
            view.row.chat, by=person(), text=text, client_id=once(f"continue:{view.row.chat}:{view.state.head}")
        )


def rename(chat: str, title_key: str) -> None:
    """Gives the chat the title in the widget."""
    with _Refusals():
        studio().rename_chat(chat, str(st.session_state.get(title_key, "")))


def delete(chat: str) -> None:
    """Takes the chat out of the lists; the list of chats says how to have it back."""
    with _Refusals():
        studio().delete_chat(chat)
        show_list()
        st.session_state["chat:deleted"] = chat


class _Refusals:
    """A lost race is told in passing, because the page shows what stands now; other refusals stay above the box."""

    def __enter__(self) -> None:
        st.session_state.pop(FAILED, None)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ConflictError):
            say(plain(str(error)), ":material/info:")
        elif isinstance(error, StudioError):
            st.session_state[FAILED] = str(error)
        return isinstance(error, StudioError)
