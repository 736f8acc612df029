"""A member's prompt and reminder: how long they are, what fills their placeholders, how they read, room to write."""

from pathlib import Path

import streamlit as st

from agents.chats.context import TOKENS_PER_BYTE
from agents.plain_text import one_line
from agents.specs.placeholders import fill, placeholders
from agents.text.numbers import short_number
from pages.components import unsaved
from pages.components.editor.draft import TeamDraft, label, new_uid
from pages.components.editor.prompt_revisions import beside
from pages.components.form_fields import Bound
from pages.components.messages import dialog, escape_md
from pages.components.transcript import rendered
from pages.components.widgets import action, browser_part

MOST_OFFERED = 6
"""Placeholders without a variable; code in a prompt may have many braces."""
INSERT = Path(__file__).with_name("insert_variable.mjs")
INSERT_HTML = '<div class="insert-variable" data-coming>Insert <span class="names"></span></div>'
PLACEHOLDER = "Who it is, what it does, how it answers, and when it says that the work is done."


def prompt_part(form: Bound, draft: TeamDraft) -> None:
    """Draw the fields `prompt` and `reminder` of a member, and what helps to write them."""
    form.area(
        "prompt", "Prompt", height=260, placeholder=PLACEHOLDER, help="The system message of every call for this agent."
    )
    member = form.target
    values = values_of(draft)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(length_text(member["prompt"]), width="stretch")
        shows = st.toggle("Preview", key=f"preview:{form.key}", help="As it reads, with its placeholders filled.")
        if st.button("Write large", key=f"wide:{form.key}:open", icon=":material/open_in_full:", type="tertiary"):
            _open_wide(form, draft)
    _insert(values, f"{form.key}:prompt")
    if shows:
        _preview(member["prompt"], values, f"preview:{form.key}:text")
    form.area(
        "reminder", "Reminder", height=84, placeholder="What to do now, in one or two sentences",
        help="Sent last in every call, after the conversation. It helps small models, which forget the prompt.",
    )  # fmt: skip
    _placeholders(form, draft, values)


def _insert(values: dict[str, str], field: str) -> None:
    """Offer each variable for the text area of that key, at its cursor."""
    if names := [name for name in values if name]:
        data = {"names": names, "within": unsaved.css_class(field)}
        browser_part("studio_insert_variable", INSERT, html=INSERT_HTML, key=f"insert:{field}", data=data)


def length_text(prompt: str) -> str:
    """How long a prompt is: "1,204 characters, about 400 tokens"."""
    n_tokens = round(len(prompt.encode("utf-8", "surrogatepass")) * TOKENS_PER_BYTE)
    return f"{len(prompt):,} characters, about {short_number(n_tokens)} tokens"


def values_of(draft: TeamDraft) -> dict[str, str]:
    """The variables of the draft with their defaults."""
    return {name: text for _, name, text in draft.fields["variables"]}


def _placeholders(form: Bound, draft: TeamDraft, values: dict[str, str]) -> None:
    """List what the braces in both texts become, and offer to make variables of the others."""
    used = placeholders(form.target["prompt"]) | placeholders(form.target["reminder"])
    known = [
        f"`{{{name}}}` {escape_md(one_line(values[name], 60) or 'is empty')}" for name in sorted(used & values.keys())
    ]
    if known:
        st.caption(f"Filled when a chat starts, by default: {' · '.join(known)}")
    unknown = [name for name in sorted(used - values.keys()) if name.isidentifier()][:MOST_OFFERED]
    if unknown:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unfilled:{form.key}"):
            st.caption(f"Stays as it is: {' · '.join(f'`{{{name}}}`' for name in unknown)}")
            for name in unknown:
                title = f"Make {escape_md(name)} a variable"
                action(title, f"unfilled:{form.key}:{name}", "data_object", _add, draft, name, type="tertiary")


def _add(draft: TeamDraft, name: str) -> None:
    draft.fields["variables"].append([new_uid(), name, ""])


def _preview(prompt: str, values: dict[str, str], key: str) -> None:
    with st.container(border=True, key=f"{key}:box"):
        if prompt.strip():
            rendered(fill(prompt, values), key=key)
        else:
            st.caption("Nothing to show yet.")


def _open_wide(form: Bound, draft: TeamDraft) -> None:
    """Open the dialog in which the prompt has the whole width; what is typed there counts at once."""

    def begin_anew() -> None:
        draft.version += 1

    def body() -> None:
        if wide_form(form, draft):
            begin_anew()
            st.rerun()

    dialog(f"Prompt of {escape_md(label(form.target))}", width="large", on_dismiss=begin_anew)(body)()


def wide_form(form: Bound, draft: TeamDraft) -> bool:
    """Draw the prompt beside how it reads, or how it was; return whether Done was pressed."""
    member, key = form.target, f"wide:{form.key}"

    def write() -> None:
        member["prompt"] = st.session_state[f"{key}:prompt"]

    def take(earlier: str) -> None:
        member["prompt"] = st.session_state[f"{key}:prompt"] = earlier

    left, right = st.columns(2)
    with left:
        st.text_area(
            "Prompt", member["prompt"], key=f"{key}:prompt", height=460, placeholder=PLACEHOLDER, on_change=write
        )
        st.caption(length_text(member["prompt"]))
        _insert(values_of(draft), f"{key}:prompt")
    with right:
        if not beside(draft, member, take, key):
            _preview(member["prompt"], values_of(draft), f"{key}:preview")
    return st.button("Done", key=f"{key}:done", type="primary")
