"""The form of a question: a field for each value that is asked for. What was filled in is checked when it is sent."""

from datetime import date
from typing import Any

import streamlit as st

from agents.chats.requests.question import FormField, QuestionRequest
from agents.errors import UsageError
from agents.plain_text import escaped
from pages.components.decision import acts
from pages.components.decision.answers import end, opening, press, words
from pages.components.decision.asked import Ask
from pages.components.messages import plain

YES_NO = {True: "Yes", False: "No"}
MAX_RADIO = 6
"""More choices than that are in a box that opens."""


def question(ask: Ask[QuestionRequest]) -> None:
    """Draw the question, its form, and the other ways to answer."""
    st.markdown(f":material/contact_support: **{plain(ask.who)} asks:** {plain(escaped(ask.asked.text))}")
    if acts.mode(ask.key) == "reject":
        words(ask, "reject", "Reject", "Why? The agent reads it (may be empty)", "")
        return
    with st.form(f"form:answer:{ask.key}", border=False):
        for field in ask.asked.fields:
            _widget(field, _key(ask, field))
        st.form_submit_button(
            "Answer", key=f"answer:{ask.key}", type="primary", icon=":material/send:", on_click=_decide, args=(ask,)
        )
    with st.container(horizontal=True, gap="small"):
        opening(ask, "reject", "Reject", ":material/block:", "It stays unanswered, and the agent is told why")
        press(ask, "skip", "Skip", ":material/skip_next:", is_quiet=True, help="The agent goes on without an answer")
        end(ask, is_quiet=True)


def _widget(field: FormField, key: str) -> None:
    label = plain(escaped(field.label)) + ("" if field.is_required else " (optional)")
    help = plain(escaped(field.description)) or None
    match field.kind:
        case "text":
            st.text_area(label, key=key, height=68, help=help)
        case "number" | "whole":
            is_whole = field.kind == "whole"
            step, form = (1, "%d") if is_whole else (None, "%.10g")
            st.number_input(label, value=None, step=step, format=form, key=key, help=help)
        case "date":
            st.date_input(label, value=None, min_value=date.min, max_value=date.max, key=key, help=help)
        case "yes_no":
            st.radio(label, list(YES_NO), None, YES_NO.__getitem__, key=key, help=help, horizontal=True)
        case "some_of":
            st.multiselect(label, field.choices, key=key, format_func=_shown, help=help)
        case "one_of" if len(field.choices) <= MAX_RADIO:
            st.radio(label, field.choices, None, _shown, key=key, help=help)
        case "one_of":
            st.selectbox(label, field.choices, None, _shown, key=key, help=help)


def _decide(ask: Ask[QuestionRequest]) -> None:
    values = {field.name: _value(field, st.session_state.get(_key(ask, field))) for field in ask.asked.fields}
    try:
        text = ask.asked.reply(values)
    except UsageError as error:
        acts.refuse(ask.chat, str(error))
        return
    acts.decide(ask.chat, ask.request, "reply", text=text)


def _value(field: FormField, given: Any) -> Any:
    if isinstance(given, date):
        return given.isoformat()
    return int(given) if field.kind == "whole" and given is not None else given


def _shown(choice: Any) -> str:
    return plain(escaped(str(choice)))


def _key(ask: Ask[QuestionRequest], field: FormField) -> str:
    return f"answer:{ask.key}:field:{field.name}"
