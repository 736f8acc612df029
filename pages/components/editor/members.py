"""The agents: a list to pick from, add to and order, and the form of the one picked, its tools included."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

import streamlit as st

from agents.plain_text import shorten
from agents.specs import TeamSpec
from pages.components.editor import draft as drafts
from pages.components.editor.draft import TeamDraft, index_of, label
from pages.components.editor.lists import DUPLICATE, REMOVE, heading, moves, nothing, pick_row
from pages.components.editor.prompt import prompt_part
from pages.components.editor.team_settings import TEAM, connection_words
from pages.components.form_fields import Bound, Findings
from pages.components.members import EMOJI, ROLE_ICON, color_at
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action

SOURCES = {"built in": "Built in"}
MAX_CHARS = 200


CALLS = {"auto": "It may call them", "required": "It calls one before it speaks"}


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
                empty=[],
                placeholder="None",
                help="The rules under Policies decide about each call; if none matches, a person is asked.",
            )
        with st.popover("What they do", icon=":material/home_repair_service:", key=f"{form.key}:tools:list"):
            for source, names in groupby(tools, lambda name: tools[name].source):
                st.markdown(f"**{escape_md(SOURCES.get(source, source))}**")
                for name in names:
                    _tool_box(form, name, tools[name].description)
    if chosen:
        form.segments("tool_choice", "In each of its turns", CALLS)
    for name in chosen:
        if name in tools:
            st.caption(f"`{name}` · {_first_sentence(tools[name].description)} · {escape_md(tools[name].source)}")
    for plugin in broken:
        st.caption(
            f":orange[:material/warning: {escape_md(plugin.file)} could not be loaded.] {escape_md(plugin.text)}"
        )


def _tool_box(form: Bound, name: str, description: str) -> None:
    key = f"{form.key}:tools:list:{name}"
    st.session_state[key] = name in form.target["tools"]
    with st.container(gap=None):
        st.checkbox(f"`{name}`", key=key, on_change=_tick, args=(form, name, key))
        st.caption(_first_sentence(description))


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
MODES = {"ALWAYS": "At every turn", "TERMINATE": "When the chat would end", "NEVER": "Never"}


def member_form(draft: TeamDraft, uid: str, findings: Findings, connections: list[str], team: TeamSpec | None) -> None:
    """Draws the form of the member `uid`; `team` is the draft as a team where it is one, for hints."""
    position = index_of(draft, uid)
    member, path = draft.members[position], f"agents.{position + 1}"
    form = Bound(member, path, f"{draft.key}:{draft.version}:{uid}", findings)
    findings.show_only(path)
    _identity(form, draft, position)
    if member["role"] == "assistant":
        prompt_part(form, draft)
        _model(form, connections, team)
        tools_field(form)
        form.toggle("step_mode", "Step mode: a person sees its messages first")
    else:
        form.area("auto_reply", "What it says when skipped", height=68, placeholder="Nothing")
    _human(form)


def _identity(form: Bound, draft: TeamDraft, position: int) -> None:
    member = form.target
    form.segments("role", "Role", ROLES)
    st.caption(ROLE_MEANS[member["role"]])
    left, right = form.columns(2)
    left.text("name", "Agent name", help="For models: a letter first, then A-Z, a-z, 0-9, _ and -; unique in the team.")
    right.text("display_name", "Display name", placeholder=member["name"], max_chars=80)
    left, right = form.columns(2)
    left.choice("emoji", "Emoji", ["", *EMOJI], lambda emoji: emoji or "None", accept_new_options=True)
    shown = member["color"] or color_at(position)
    right.color("color", "Colour", value=shown, help="Of its name and messages.")
    needs_it = len(draft.members) > 2 and draft.fields["selection"]["method"] == "auto"
    form.area(
        "description",
        "Description",
        height=84,
        help="What the model that selects the next speaker reads about this agent."
        + ("" if needs_it else " Not needed with this team's way of choosing speakers."),
        placeholder="When should it speak, and about what?",
    )


def _model(form: Bound, connections: list[str], team: TeamSpec | None) -> None:
    member = form.target
    left, right = form.columns(2)
    left.choice("connection", "Connection", ["", *connections], connection_words(TEAM))
    inherits = team.model if team and not member["connection"] and team.model else "The connection's own"
    right.text("model", "Model", placeholder=inherits)
    left, right = form.columns(2, vertical_alignment="bottom")
    left.maybe("temperature", "Temperature", min_value=0.0, max_value=2.0, step=0.1, placeholder="The model's own")
    with right.place, st.popover("More parameters", icon=":material/tune:", width="stretch"):
        form.area(
            "parameters",
            "Sent with every call, as JSON",
            height=160,
            width=420,
            placeholder='{"top_p": 0.9, "max_tokens": 500}',
        )
    form.findings.show(f"{form.path}.parameters")
    with st.popover("Reply shape", icon=":material/data_object:"):
        form.area(
            "reply_schema",
            "JSON schema of its replies",
            height=220,
            width=420,
            placeholder='{"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}',
            help="Sent where the server takes it, and checked. A reply that does not fit is asked for once more.",
        )
    form.findings.show(f"{form.path}.reply_schema")


def _human(form: Bound) -> None:
    left, right = form.columns(2)
    default = "At every turn" if form.target["role"] == "human" else "Never"
    left.choice(
        "human_input_mode", "A person is asked", [None, *MODES],
        lambda mode: f"{default} (usual for this role)" if mode is None else MODES[mode],
        help="A person who is asked can reply in its place, skip, or end the chat.",
    )  # fmt: skip
    right.maybe(
        "max_consecutive_auto_reply", "Turns in a row without a person", min_value=0, max_value=1_000, step=1,
        placeholder="No limit", help="After that the chat ends, or a person is asked where one is asked at the end.",
    )  # fmt: skip


NEW = {name: role for role, name in ROLES.items()}


def members_part(
    draft: TeamDraft,
    findings: Findings,
    connections: list[str],
    team: TeamSpec | None,
    below: Callable[[], None] = nothing,
) -> None:
    """Draws the part "Agents", with what `below` draws under the list."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        findings.show_only("agents")
        picked = _picked(draft)
        with st.container(key="member_list", gap="xsmall"):
            for position, member in enumerate(draft.members):
                look, uid = escape_md(member["emoji"]) or ROLE_ICON[member["role"]], member["uid"]
                found = findings.under(f"agents.{position + 1}")
                title, key = f"{look} {escape_md(label(member))}", f"{draft.key}:pick:{uid}"
                pick_row(title, key, found, partial(pick, draft, uid), is_picked=uid == picked)
        _removed(draft)
        kind = st.menu_button(
            "Add an agent", list(NEW), key=f"{draft.key}:add", icon=":material/person_add:", width="stretch"
        )
        if kind:
            pick(draft, drafts.add_member(draft, NEW[kind]))
            st.rerun()
        below()
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


def _heading(draft: TeamDraft, uid: str) -> None:
    position = index_of(draft, uid)
    member = draft.members[position]
    acts = moves(partial(drafts.move_member, draft, uid), position, len(draft.members))
    acts[DUPLICATE] = partial(_duplicate, draft, uid)
    acts[REMOVE] = partial(_remove, draft, uid)
    heading(f"#### {escape_md(member['emoji'])} {escape_md(label(member))}", f"{draft.key}:{uid}", acts)


def _duplicate(draft: TeamDraft, uid: str) -> None:
    pick(draft, drafts.duplicate_member(draft, uid))


def _remove(draft: TeamDraft, uid: str) -> None:
    if uid not in [member["uid"] for member in draft.members]:
        return  # a double click: it is done
    position = index_of(draft, uid)
    drafts.remove_member(draft, uid)
    if draft.members:
        pick(draft, draft.members[min(position, len(draft.members) - 1)]["uid"])


def _removed(draft: TeamDraft) -> None:
    if draft.removed is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Removed {escape_md(label(draft.removed[1]))}.")
        action("Undo", f"{draft.key}:undo", "undo", _undo, draft, type="tertiary")


def _undo(draft: TeamDraft) -> None:
    uid = drafts.undo_remove(draft)
    if uid:
        pick(draft, uid)
