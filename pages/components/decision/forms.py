"""Forms made from a JSON schema: the arguments of a tool call, and the answer to an agent's question."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import streamlit as st

from agents.chats.requests import ToolCallRequest
from agents.chats.requests.question import FormField, QuestionRequest
from agents.errors import UsageError
from agents.plain_text import escaped
from pages.components import unsaved
from pages.components.decision import acts
from pages.components.decision.answers import AS_TYPED, Ask, Editing, drafted, end, press, put_back, rejecting
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import submit

MAX_WHOLE = 2**53 - 1
"""Beyond it browsers round."""
LONG_CHARS = 60
Kind = Literal["text", "long_text", "whole", "number", "yes_no", "one_of", "json"]


@dataclass(frozen=True)
class Field:
    """One argument as the form shows it."""

    name: str
    kind: Kind
    value: Any
    """What the call gave, or the default."""
    is_given: bool
    """Whether the call gave it; one that it did not and nobody changes stays out."""
    choices: tuple[Any, ...] = ()
    help: str = ""


def fields(schema: dict[str, Any], given: dict[str, Any]) -> list[Field]:
    """Return the schema's arguments in its order, then those that the call gives and the schema does not know."""
    known = schema.get("properties")
    properties = known if isinstance(known, dict) else {}
    found = [_field(name, _resolved(part, schema), given) for name, part in properties.items()]
    return [*found, *(Field(name, "json", given[name], True) for name in given if name not in properties)]


def _field(name: str, part: dict[str, Any], given: dict[str, Any]) -> Field:
    is_given = name in given
    value = given.get(name, part.get("default"))
    choices = tuple(part["enum"]) if isinstance(part.get("enum"), list) else ()
    if "const" in part:
        choices = (part["const"],)
    kind, help = _kind(part.get("type"), choices, value, is_given), str(part.get("description", ""))
    return Field(name, kind, value, is_given, choices, help)


def _kind(of: Any, choices: tuple[Any, ...], value: Any, is_given: bool) -> Kind:
    """What fits the value as it is: JSON for one of another type than the schema's, so that nothing is hidden."""
    is_missing = not is_given and value is None
    if choices:
        return "one_of" if is_missing or value in choices else "json"
    if of == "boolean" and isinstance(value, bool):
        return "yes_no"
    if of == "string" and (is_missing or isinstance(value, str)):
        return "long_text" if isinstance(value, str) and (len(value) > LONG_CHARS or "\n" in value) else "text"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if of == "integer" and (is_missing or (isinstance(value, int) and is_number and abs(value) <= MAX_WHOLE)):
        return "whole"
    if of == "number" and (is_missing or (is_number and math.isfinite(value) and n_decimals(value) is not None)):
        return "number"
    return "json"


def n_decimals(value: float) -> int | None:
    """Digits after the point that show `value` in full; None when a field for numbers cannot."""
    text = repr(float(value))
    if "e" in text or abs(value) > MAX_WHOLE:
        return None
    return len(text.partition(".")[2])


def _resolved(part: Any, schema: dict[str, Any]) -> dict[str, Any]:
    part = part if isinstance(part, dict) else {}
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    target = schema.get("$defs", {}).get(name) if name else None
    return {**target, **part} if isinstance(target, dict) else part


def read(field: Field, typed: Any) -> tuple[bool, Any]:
    """(whether the argument is given, its value) as typed; ValueError says what is wrong with a JSON text."""
    if field.kind == "json":
        text = str(typed or "").strip()
        if not text:
            return False, None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f'{field.name!r} is not valid JSON. Put text in quotes, like "north"; leave it empty to leave it out.'
            ) from error
    elif field.kind == "number":
        value = typed if typed is None or not isinstance(field.value, int) or typed % 1 else int(typed)
    else:
        value = typed
    if value is None and field.kind != "json":
        return False, None
    is_untouched = value == field.value or (value == "" and field.value is None)
    return field.is_given or not is_untouched, value


def arguments_edit(ask: Ask[ToolCallRequest], shown: Callable[[dict[str, Any]], tuple[str, str]]) -> Editing:
    """Return how the arguments are edited: a field for each; `shown` gives what was and what an edit makes of it."""

    def drawn() -> None:
        if not _arguments(ask):
            st.caption("This tool takes no arguments.")
        for field in _arguments(ask):
            _argument_widget(ask, field)
        unsaved.watch(ask.place, {_argument_key(ask, field): f"edit:{field.name}" for field in _arguments(ask)})

    def typed() -> dict[str, Any]:
        found = (
            (field.name, read(field, st.session_state.get(_argument_key(ask, field)))) for field in _arguments(ask)
        )
        return {"arguments": {name: value for name, (is_given, value) in found if is_given}}

    return Editing(drawn, typed, shown)


def _arguments(ask: Ask[ToolCallRequest]) -> list[Field]:
    tool = session().teams.tools().get(ask.asked.tool)
    return fields(tool.schema if tool else {}, ask.asked.arguments)


def _argument_key(ask: Ask[ToolCallRequest], field: Field) -> str:
    return f"edit:{ask.key}:argument:{field.name}"


def _argument_widget(ask: Ask[ToolCallRequest], field: Field) -> None:
    key, draft = _argument_key(ask, field), drafted(ask).get("arguments", {})
    value = draft.get(field.name, None if draft and field.is_given else field.value)
    label, help = _label(field.name), escape_md(field.help) or None

    def put(made: Callable[[Any], Any], typed: Callable[[str], Any] = str) -> None:
        put_back(ask, f"edit:{field.name}", key, made(field.value), typed, draft=made(value) if draft else None)

    match field.kind:
        case "text":
            put(lambda value: value or "")
            st.text_input(label, key=key, help=help, live=AS_TYPED)
        case "long_text":
            put(lambda value: value or "")
            st.text_area(label, key=key, height="content", help=help)
        case "whole":
            put(lambda value: value, lambda text: _number(text, int))
            st.number_input(label, value=None, step=1, format="%d", key=key, help=help)
        case "number":
            decimals = n_decimals(value) if value is not None else 2
            put(lambda value: None if value is None else float(value), lambda text: _number(text, float))
            st.number_input(label, value=None, format=f"%.{max(decimals or 0, 2)}f", key=key, help=help)
        case "yes_no":
            put(bool, lambda text: text == "true")
            st.toggle(label, key=key, help=help)
        case "one_of":
            index = field.choices.index(value) if value in field.choices else None
            st.selectbox(label, field.choices, index=index, key=key, help=help)
        case "json":
            is_left_out = field.name not in (draft or ask.asked.arguments)
            put(lambda value: "" if is_left_out and value is None else json.dumps(value, ensure_ascii=False, indent=2))
            st.text_area(f"{label} as JSON", key=key, height="content", help=help)


def _number(text: str, kind: Callable[[str], float]) -> float | None:
    """Return the number that was typed, None when it is none yet."""
    try:
        return kind(text)
    except ValueError:
        return None


def _label(name: str) -> str:
    """The name as a label, which screen readers read as it is written: escaped only where it could be formatting."""
    return name if re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", name) else escape_md(name)


YES_NO = {True: "Yes", False: "No"}
MAX_RADIO = 6
"""More choices than that are in a box that opens."""


def question(ask: Ask[QuestionRequest]) -> None:
    """Draw the question, its form, and the other ways to answer."""
    st.markdown(f":material/contact_support: **{escape_md(ask.who)} asks:** {escape_md(escaped(ask.asked.text))}")
    if acts.mode(ask.key) == "reject":
        rejecting(ask)
        return
    with st.form(f"form:answer:{ask.key}", border=False):
        for field in ask.asked.fields:
            _question_widget(ask, field)
        submit("Answer", "send", _decide, ask, key=f"answer:{ask.key}", type="primary")
    texts = [field for field in ask.asked.fields if field.kind in TYPED]
    unsaved.watch(ask.place, {_question_key(ask, field): f"answer:{field.name}" for field in texts})
    with st.container(horizontal=True, gap="small"):
        press(ask, "reject", "Reject", "block", help="It stays unanswered, and the agent is told why", opens=True)
        press(ask, "skip", "Skip", "skip_next", is_quiet=True, help="The agent goes on without an answer")
        end(ask, is_quiet=True)


TYPED = ("text", "number", "whole")
"""Kinds of fields that people type; the others are chosen."""


def _question_widget(ask: Ask[QuestionRequest], field: FormField) -> None:
    key, name = _question_key(ask, field), f"answer:{field.name}"
    label = escape_md(escaped(field.label)) + ("" if field.is_required else " (optional)")
    help = escape_md(escaped(field.description)) or None
    match field.kind:
        case "text":
            put_back(ask, name, key, "")
            st.text_area(label, key=key, height=68, help=help)
        case "number" | "whole":
            is_whole = field.kind == "whole"
            put_back(ask, name, key, None, lambda text: _number(text, int if is_whole else float))
            step, form = (1, "%d") if is_whole else (None, "%.10g")
            st.number_input(label, value=None, step=step, format=form, key=key, help=help)
        case "date":
            st.date_input(label, value=None, min_value=date.min, max_value=date.max, key=key, help=help)
        case "yes_no":
            st.radio(label, list(YES_NO), None, YES_NO.__getitem__, key=key, help=help, horizontal=True)
        case "some_of":
            st.multiselect(label, field.choices, key=key, format_func=_as_text, help=help)
        case "one_of" if len(field.choices) <= MAX_RADIO:
            st.radio(label, field.choices, None, lambda choice: escape_md(_as_text(choice)), key=key, help=help)
        case "one_of":
            st.selectbox(label, field.choices, None, _as_text, key=key, help=help)


def _decide(ask: Ask[QuestionRequest]) -> None:
    values = {field.name: _value(field, st.session_state.get(_question_key(ask, field))) for field in ask.asked.fields}
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


def _as_text(choice: Any) -> str:
    """Return a choice as a list shows it; only those beside radio buttons are Markdown."""
    return escaped(str(choice))


def _question_key(ask: Ask[QuestionRequest], field: FormField) -> str:
    return f"answer:{ask.key}:field:{field.name}"
