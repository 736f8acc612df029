"""The agents: a list to pick from, add to and order, and the form of the one picked, its tools included."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import streamlit as st

from agents.plain_text import shorten
from agents.specs import TeamSpec
from pages.components.editor.draft import (
    TeamDraft,
    add_member,
    duplicate_member,
    index_of,
    label,
    move_member,
    remove_member,
    undo_remove,
)
from pages.components.editor.team_settings import TEAM, connection_words
from pages.components.form_fields import Bound, Findings
from pages.components.members import EMOJI, color_at
from pages.components.messages import escape_md
from pages.components.person import session

SOURCES = {"built in": "Built in"}
MAX_CHARS = 200


def tools_field(form: Bound) -> None:
    """Draws the field `tools` of a member."""
    tools, broken = session().teams.tools(), session().teams.broken_plugins()
    chosen = form.target["tools"]
    gone = [name for name in chosen if name not in tools]
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{form.key}:choosing"):
        with st.container(width="stretch"):
            form.some(
                "tools",
                "Tools its model may call",
                [*tools, *gone],
                lambda name: name if name in tools else f"{name} (missing)",
                empty=...,
                placeholder="None",
                help="The rules under Policies decide about each call; if none matches, a person is asked.",
            )
        with st.popover("What they do", icon=":material/home_repair_service:", key=f"{form.key}:tools:list"):
            _list(form, {name: (tool.source, tool.description) for name, tool in tools.items()})
    for name in chosen:
        if name in tools:
            st.caption(f"`{name}` · {_first_sentence(tools[name].description)} · {escape_md(tools[name].source)}")
    for plugin in broken:
        st.caption(
            f":orange[:material/warning: {escape_md(plugin.file)} could not be loaded.] {escape_md(plugin.text)}"
        )


def _list(form: Bound, tools: Mapping[str, tuple[str, str]]) -> None:
    """Each tool, given with its source and description, with a box to tick."""
    for source, names in groupby(tools, lambda name: tools[name][0]):
        st.markdown(f"**{escape_md(SOURCES.get(source, source))}**")
        for name in names:
            key = f"{form.key}:tools:list:{name}"
            st.session_state[key] = name in form.target["tools"]
            with st.container(gap=None):
                st.checkbox(f"`{name}`", key=key, on_change=_tick, args=(form, name, key))
                st.caption(_first_sentence(tools[name][1]))


def _tick(form: Bound, name: str, key: str) -> None:
    chosen = [other for other in form.target["tools"] if other != name]
    form.target["tools"] = [*chosen, name] if st.session_state[key] else chosen
    st.session_state[f"{form.key}:tools"] = list(form.target["tools"])


def _first_sentence(description: str) -> str:
    """What a tool does, in a line; the rest is for the model."""
    text = " ".join(description.split())
    end = text.find(". ")
    return escape_md(shorten(text if end < 0 else text[: end + 1], MAX_CHARS))


ROLES = {"assistant": "Assistant", "human": "Person", "executor": "Code executor"}
ROLE_MEANS = {
    "assistant": "A model speaks for it.",
    "human": "A person speaks: you, or whoever has the chat open.",
    "executor": "Runs the code others write.",
}
MODES = {
    "ALWAYS": "At every turn",
    "TERMINATE": "When the chat would end",
    "NEVER": "Never",
}


def member_form(draft: TeamDraft, uid: str, findings: Findings, connections: list[str], team: TeamSpec | None) -> None:
    """Draws the form of the member `uid`; `team` is the draft as a team where it is one, for hints."""
    position = index_of(draft, uid)
    member, path = draft.members[position], f"agents.{position + 1}"
    form = Bound(member, path, f"{draft.key}:{draft.version}:{uid}", findings)
    findings.show_only(path)
    _identity(form, draft, position)
    if member["role"] == "assistant":
        _prompt(form, team)
        _model(form, connections, team)
        tools_field(form)
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
        form.text(
            "name", "Agent name", help="For models: a letter first, then A-Z, a-z, 0-9, _ and -; unique in the team."
        )
    with right:
        form.text("display_name", "Display name", placeholder=member["name"], max_chars=80)
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
        help="What the model that selects the next speaker reads about this agent."
        + ("" if needs_it else " Not needed with this team's way of choosing speakers."),
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
        help="The system message of every call for this agent.",
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
    with right, st.popover("More parameters", icon=":material/tune:", width="stretch"):
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
            [None, *MODES],
            lambda mode: f"{default} (usual for this role)" if mode is None else MODES[mode],
            help="A person who is asked can reply in its place, skip, or end the chat.",
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


ROLE_ICON = {"assistant": ":material/smart_toy:", "human": ":material/person:", "executor": ":material/terminal:"}
NEW = {"Assistant": "assistant", "Person": "human", "Code executor": "executor"}
UP, DOWN, DUPLICATE, REMOVE = "Move up", "Move down", "Duplicate", "Remove"


def members_part(draft: TeamDraft, findings: Findings, connections: list[str], team: TeamSpec | None) -> None:
    """Draws the part "Agents"."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        findings.show_only("agents")
        picked = _picked(draft)
        with st.container(key="member_list", gap="xsmall"):
            for position, member in enumerate(draft.members):
                _row(draft, member, position, findings, is_picked=member["uid"] == picked)
        _removed(draft)
        kind = st.menu_button(
            "Add an agent", list(NEW), key=f"{draft.key}:add", icon=":material/person_add:", width="stretch"
        )
        if kind:
            pick(draft, add_member(draft, NEW[kind]))
            st.rerun()
    with right:
        if picked:
            _heading(draft, picked)
            member_form(draft, picked, findings, connections, team)


def pick(draft: TeamDraft, uid: str) -> None:
    """From now on the form shows this member."""
    st.session_state[f"{draft.key}:picked"] = uid


def _picked(draft: TeamDraft) -> str:
    uids = [member["uid"] for member in draft.members]
    kept = st.session_state.get(f"{draft.key}:picked", "")
    return kept if kept in uids else (uids[0] if uids else "")


def _row(draft: TeamDraft, member: dict[str, Any], position: int, findings: Findings, *, is_picked: bool) -> None:
    found = findings.under(f"agents.{position + 1}")
    mark = ""
    if found:
        mark = " :red[:material/error:]" if found[0].is_problem else " :orange[:material/warning:]"
    face = escape_md(member["emoji"]) or ROLE_ICON[member["role"]]
    st.button(
        f"{face} {escape_md(label(member))}{mark}",
        key=f"{draft.key}:pick:{member['uid']}",
        type="primary" if is_picked else "secondary",
        width="stretch",
        on_click=pick,
        args=(draft, member["uid"]),
    )


def _heading(draft: TeamDraft, uid: str) -> None:
    position = [member["uid"] for member in draft.members].index(uid)
    member, last = draft.members[position], len(draft.members) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width="stretch"):
            st.markdown(f"#### {escape_md(member['emoji'])} {escape_md(label(member))}")
        key = f"{draft.key}:{uid}"
        _act(draft, uid, UP, ":material/arrow_upward:", key, disabled=position == 0)
        _act(draft, uid, DOWN, ":material/arrow_downward:", key, disabled=position == last)
        _act(draft, uid, DUPLICATE, ":material/content_copy:", key)
        _act(draft, uid, REMOVE, ":material/delete:", key)


def _act(draft: TeamDraft, uid: str, what: str, icon: str, key: str, disabled: bool = False) -> None:
    st.button(
        "", key=f"{key}:{what}", icon=icon, help=what, type="tertiary", disabled=disabled,
        on_click=_do, args=(draft, uid, what),
    )  # fmt: skip


def _do(draft: TeamDraft, uid: str, what: str) -> None:
    if uid not in [member["uid"] for member in draft.members]:
        return  # a double click: it is done
    if what in (UP, DOWN):
        move_member(draft, uid, -1 if what == UP else 1)
    elif what == DUPLICATE:
        pick(draft, duplicate_member(draft, uid))
    elif what == REMOVE:
        position = index_of(draft, uid)
        remove_member(draft, uid)
        if draft.members:
            pick(draft, draft.members[min(position, len(draft.members) - 1)]["uid"])


def _removed(draft: TeamDraft) -> None:
    if draft.removed is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Removed {escape_md(label(draft.removed[1]))}.")
        st.button(
            "Undo", key=f"{draft.key}:undo", icon=":material/undo:", type="tertiary", on_click=_undo, args=(draft,)
        )


def _undo(draft: TeamDraft) -> None:
    uid = undo_remove(draft)
    if uid:
        pick(draft, uid)
