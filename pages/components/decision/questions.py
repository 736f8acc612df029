"""What is asked of a person that is no agent's act: their turn, the next speaker, a model's failure, a limit, a loop,
a pause. One function for each kind."""

import streamlit as st

from agents.chats.requests import (
    HumanTurnRequest,
    LimitRequest,
    LoopRequest,
    ModelFailureRequest,
    NextSpeakerRequest,
    PauseRequest,
    RequestBase,
)
from agents.specs import EMBEDDED, INSTALL_EMBEDDED
from agents.text.numbers import amount_text
from pages.components.decision import acts
from pages.components.decision.answers import end, press, tell
from pages.components.decision.asked import Ask
from pages.components.decision.rendered import rendered
from pages.components.messages import plain
from pages.components.navigation import MODELS
from pages.components.person import session
from pages.components.rehearsal import suggestion

UNIT = {"max_rounds": "messages", "max_tokens": "tokens", "max_cost_usd": "dollars", "max_work_s": "seconds of work"}


def human_turn(ask: Ask[HumanTurnRequest]) -> None:
    """Draw the box to reply in."""
    request, key = ask.request, f"reply:{ask.key}"
    is_you = ask.who.lower() == "you" and request.question.startswith("It is your turn")
    st.markdown(f"**{'It is your turn.' if is_you else plain(request.question)}**")
    with st.form(f"form:{key}", border=False, enter_to_submit=True):
        st.text_area(
            "Your reply",
            key=key,
            height=96,
            label_visibility="collapsed",
            placeholder="Write your reply. Ctrl+Enter sends it.",
        )
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                "Reply",
                key=f"send:{ask.key}",
                icon=":material/send:",
                type="primary",
                on_click=acts.decide_with_text,
                args=(ask.chat, request, "reply", key, EMPTY_REPLY),
            )
            for verdict, label, icon, help in (
                ("skip", "Skip", ":material/skip_next:", "Say nothing; the team goes on"),
                ("end", "End chat", ":material/stop_circle:", "The chat ends here"),
            ):
                if verdict in request.options:
                    st.form_submit_button(
                        label,
                        key=f"{verdict}:{ask.key}",
                        icon=icon,
                        help=help,
                        on_click=acts.decide,
                        args=(ask.chat, request, verdict),
                    )
    suggestion(session(), ask.chat, ask.team, key)


EMPTY_REPLY = "The reply is empty. Write something, or press Skip to let the team go on without you."


def next_speaker(ask: Ask[NextSpeakerRequest]) -> None:
    """Draw a button for each who may speak."""
    st.markdown(f"**{plain(ask.request.question)}**")
    with st.container(horizontal=True, gap="small"):
        for name in ask.asked.candidates:
            member = ask.member(name)
            st.button(
                plain(f"{member.emoji} {member.label}".strip() if member else name),
                key=f"choose:{ask.key}:{name}",
                icon=None if member and member.emoji else ":material/person:",
                on_click=acts.decide,
                args=(ask.chat, ask.request, "choose"),
                kwargs={"choice": name},
            )
        end(ask)


def model_failure(ask: Ask[ModelFailureRequest]) -> None:
    """Why there is no answer, and the ways on."""
    failure, who = ask.asked, ask.who or "The speaker selection"
    with st.container(border=True, gap="small", key=f"failure:{ask.key}"):
        st.markdown(f":red[:material/error:] **{plain(who)} got no answer. The chat is paused and nothing is lost.**")
        st.markdown(plain(failure.error or ask.request.question))
        lacks_embedded = failure.connection == EMBEDDED or INSTALL_EMBEDDED in failure.error
        if failure.outcome == "not_configured" and lacks_embedded:
            st.markdown("Install the model that comes with the studio, then press Retry:")
            st.code(INSTALL_EMBEDDED, language="bash")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            press(ask, "retry", "Retry", ":material/refresh:", is_primary=True)
            if "change_model" in ask.request.options:
                _change_model(ask)
            end(ask)
            st.page_link(MODELS, label="Connect a model", icon=":material/cable:")


def _change_model(ask: Ask[ModelFailureRequest]) -> None:
    key = f"model:{ask.key}"
    names = [row.spec.name for row in session().connections.rows()]
    with st.popover("Change model", icon=":material/swap_horiz:"):
        st.caption(f"For {plain(ask.who or 'the speaker selection')}, from here on, in this chat.")
        st.selectbox("Connection", names, key=f"{key}:connection")
        st.text_input("Model", key=key, placeholder="The connection's own")
        st.button("Use it and retry", type="primary", key=f"{key}:go", on_click=_decide_model, args=(ask, key))


def _decide_model(ask: Ask[ModelFailureRequest], key: str) -> None:
    choice, model = acts.text_of(f"{key}:connection"), acts.text_of(key).strip()
    acts.decide(ask.chat, ask.request, "change_model", choice=choice, model=model)


def limit(ask: Ask[LimitRequest]) -> None:
    """Draw how much is used of what is allowed, and how much shall be."""
    used, allowed, key = float(ask.asked.used), float(ask.asked.allowed), f"amount:{ask.key}"
    name = ask.asked.limit
    st.markdown(f":orange[:material/data_usage:] **{plain(ask.request.question)}** Nothing is lost.")
    unit = UNIT.get(name, "")
    words = f"{amount_text(name, used)} of {amount_text(name, allowed)} {unit} used"
    st.progress(min(1.0, used / allowed) if allowed else 1.0, text=plain(words))
    is_whole = name in ("max_rounds", "max_tokens")
    double = 2 * max(used, allowed)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            f"New limit, in {unit}",
            min_value=0 if is_whole else 0.0,
            value=round(double) if is_whole else double,
            step=None if is_whole else round(allowed / 10, 4) or 0.1,
            format="%d" if is_whole else "%.4g",
            key=key,
            width=220,
        )
        if "raise" in ask.request.options:
            st.button(
                "Raise",
                key=f"raise:{ask.key}",
                icon=":material/trending_up:",
                type="primary",
                help="The chat goes on until the new limit",
                on_click=_decide_raise,
                args=(ask, key),
            )
        press(ask, "finish", "Finish this turn", ":material/flag:", help="The turn under way is finished, then it ends")
        end(ask)


def _decide_raise(ask: Ask[LimitRequest], key: str) -> None:
    amount = st.session_state.get(key)
    acts.decide(ask.chat, ask.request, "raise", amount=None if amount is None else float(amount))


def loop(ask: Ask[LoopRequest]) -> None:
    """Draw what is said again and again, and the answers."""
    st.markdown(f":orange[:material/repeat:] **{plain(ask.request.question)}** Is it going round in circles?")
    if ask.asked.content:
        with st.container(border=True):
            rendered(ask.asked.content, key=f"content:{ask.key}")
    _go_on(ask)


def pause(ask: Ask[PauseRequest]) -> None:
    """Draw the answers."""
    st.markdown(f":material/pause_circle: **{plain(ask.request.question)}**")
    _go_on(ask)


def _go_on(ask: Ask[RequestBase]) -> None:
    if tell(ask):
        return
    with st.container(horizontal=True, gap="small"):
        press(ask, "continue", "Continue", ":material/play_arrow:", is_primary=True)
        if "reply" in ask.request.options:
            st.button(
                "Tell them something",
                key=f"tell:{ask.key}",
                icon=":material/chat:",
                on_click=acts.open_form,
                args=(ask.key, "tell"),
            )
        end(ask)
