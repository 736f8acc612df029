"""The form of one member of a team: who it is, what it is told, which model speaks for it, when a person is asked."""

from typing import Any

import streamlit as st

from agents.specs import TeamSpec
from pages.components.bound import Bound
from pages.components.editor import tool_choice
from pages.components.editor.draft import TeamDraft, index_of
from pages.components.findings import Findings
from pages.components.looks import EMOJI, color_at
from pages.components.model_choice import TEAM, connection_words

ROLES = {"assistant": "Assistant", "human": "Person", "executor": "Code executor"}
ROLE_MEANS = {
    "assistant": "A model speaks for it.",
    "human": "A person speaks: you, or whoever has the chat open.",
    "executor": "Runs the code others write.",
}
MODES = {
    None: "As the role has it",
    "ALWAYS": "At every turn",
    "TERMINATE": "When the chat would end",
    "NEVER": "Never",
}


def show(draft: TeamDraft, uid: str, findings: Findings, connections: list[str], team: TeamSpec | None) -> None:
    """Draws the form of the member `uid`; `team` is the draft as a team where it is one, for hints."""
    position = index_of(draft, uid)
    member, path = draft.members[position], f"agents.{position + 1}"
    form = Bound(member, path, f"{draft.key}:{draft.version}:{uid}", findings)
    findings.show_only(path)
    _identity(form, draft, position)
    if member["role"] == "assistant":
        _prompt(form, team)
        _model(form, connections, team)
        tool_choice.show(form)
        form.toggle("step_mode", "Step mode: a person sees its messages first")
    else:
        form.area("auto_reply", "What it says when skipped", height=68, placeholder="Nothing")
    _human(form, member)


def _identity(form: Bound, draft: TeamDraft, position: int) -> None:
    member = form.target
    form.segments("role", "Role", list(ROLES), ROLES.__getitem__)
    st.caption(ROLE_MEANS[member["role"]])
    left, right = st.columns(2)
    with left:
        form.text("name", "Name for models", help="A letter first, then A-Z, a-z, 0-9, _ and -; unique in the team.")
    with right:
        form.text("display_name", "Name people see", placeholder=member["name"], max_chars=80)
    left, right = st.columns(2)
    with left:
        form.choice("emoji", "Emoji", ["", *EMOJI], lambda emoji: emoji or "None", accept_new_options=True)
    with right:
        _color(form, color_at(position))
    needs_it = len(draft.members) > 2 and draft.fields["selection"]["method"] == "auto"
    form.area(
        "description",
        "Description",
        height=84,
        help="What the model that selects the next speaker reads about this member."
        + ("" if needs_it else " Not needed for this team's way of selecting."),
        placeholder="When should it speak, and about what?",
    )


def _color(form: Bound, by_position: str) -> None:
    key = f"{form.key}:color"
    shown = form.target["color"] or by_position
    st.color_picker(
        "Colour", shown, key=key, on_change=_set_color, args=(form.target, key), help="Of its name and messages."
    )
    form.findings.show(f"{form.path}.color")


def _set_color(member: dict[str, Any], key: str) -> None:
    member["color"] = st.session_state[key]


def _prompt(form: Bound, team: TeamSpec | None) -> None:
    form.area(
        "prompt",
        "Prompt",
        height=260,
        placeholder="Who it is, what it does, how it answers, and when it says that the work is done.",
        help="The system message of every call for this member.",
    )
    names = ", ".join(f"`{{{name}}}`" for name in team.variables) if team and team.variables else ""
    note = f" · Filled at the start of a chat: {names}" if names else ""
    st.caption(f"{len(form.target['prompt']):,} characters{note}")


def _model(form: Bound, connections: list[str], team: TeamSpec | None) -> None:
    member = form.target
    left, right = st.columns(2)
    with left:
        form.choice("connection", "Connection", ["", *connections], connection_words(TEAM))
    with right:
        inherits = team.model if team and not member["connection"] and team.model else "The connection's own"
        form.text("model", "Model", placeholder=inherits)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        form.maybe("temperature", "Temperature", min_value=0.0, max_value=2.0, step=0.1, placeholder="The model's own")
    with right, st.popover("Further parameters", icon=":material/tune:", width="stretch"):
        form.area(
            "parameters",
            "Sent with every call, as JSON",
            height=160,
            width=420,
            placeholder='{"top_p": 0.9, "max_tokens": 500}',
        )
    form.findings.show(f"{form.path}.parameters")


def _human(form: Bound, member: dict[str, Any]) -> None:
    left, right = st.columns(2)
    default = "At every turn" if member["role"] == "human" else "Never"
    with left:
        form.choice(
            "human_input_mode",
            "A person is asked",
            list(MODES),
            lambda mode: f"{default} (usual for this role)" if mode is None else MODES[mode],
            help="AutoGen's human input mode: ALWAYS, TERMINATE or NEVER.",
        )
    with right:
        form.maybe(
            "max_consecutive_auto_reply",
            "Turns in a row without a person",
            min_value=0,
            max_value=1_000,
            step=1,
            placeholder="No limit",
            help="After that the chat ends, or a person is asked where one is asked at the end.",
        )
