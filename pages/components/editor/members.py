"""The agents: cards to pick from, add to and order, and the form of the one picked, its tools included."""

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any

import streamlit as st

from agents.plain_text import shorten
from agents.specs import TeamSpec
from agents.text.members import color_at
from pages.components.editor import draft as drafts
from pages.components.editor.draft import TeamDraft, index_of, is_off, label
from pages.components.editor.library_dialog import open_dialog as open_library
from pages.components.editor.lists import DUPLICATE, ICONS, REMOVE, moves, nothing
from pages.components.editor.member_cards import ROLES, avatar_of, cards
from pages.components.editor.member_team import team_fields
from pages.components.editor.prompt import prompt_part
from pages.components.editor.saved_agent import save_to_library
from pages.components.editor.team_settings import TEAM, connection_words
from pages.components.editor.try_agent import try_part
from pages.components.form_fields import Bound, Findings
from pages.components.members import EMOJI
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action, tick_box, unless

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
    with st.container(gap=None):
        tick_box(f"`{name}`", name in form.target["tools"], key, on_change=_tick, args=(form, name, key))
        st.caption(_first_sentence(description))


def _tick(form: Bound, name: str, key: str) -> None:
    if st.session_state[key] == (name in form.target["tools"]):
        return  # nobody changed it (`pages.components.widgets`)
    chosen = [other for other in form.target["tools"] if other != name]
    form.target["tools"] = [*chosen, name] if st.session_state[key] else chosen
    st.session_state[f"{form.key}:tools"] = list(form.target["tools"])


def _first_sentence(description: str) -> str:
    """What a tool does, in a line; the rest is for the model."""
    text = " ".join(description.split())
    end = text.find(". ")
    return escape_md(shorten(text if end < 0 else text[: end + 1], MAX_CHARS))


ROLE_MEANS = {
    "assistant": "A model speaks for it.",
    "human": "A person speaks: you, or whoever has the chat open.",
    "executor": "Runs the code others write.",
    "team": "A team of its own works on its turn, in a chat of its own. Its result is the message.",
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
    elif member["role"] == "team":
        team_fields(form, draft.key)
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
    left.choice("emoji", "Emoji", ["", *EMOJI], lambda emoji: emoji or "None: letters", accept_new_options=True)
    shown = member["color"] or color_at(position)
    right.color("color", "Colour", value=shown, help="Of its name and messages.")
    needs_it = drafts.n_active(draft) > 2 and draft.fields["selection"]["method"] == "auto"
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
    left.maybe("temperature", "Temperature", placeholder="The model's own")
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
        "max_consecutive_auto_reply", "Turns in a row without a person", placeholder="No limit",
        help="After that the chat ends, or a person is asked where one is asked at the end.",
    )  # fmt: skip


MORE = "More about this member"


def members_part(
    draft: TeamDraft,
    findings: Findings,
    connections: list[str],
    team: TeamSpec | None,
    below: Callable[[], None] = nothing,
) -> None:
    """Draws the part "Agents", with what `below` draws under the list."""
    left, right = st.columns([1, 2.2], gap="large")
    with left:
        findings.show_only("agents")
        picked = _picked(draft)
        cards(draft, findings, picked, pick)
        _removed(draft)
        if st.button("Add member", key=f"{draft.key}:add", icon=":material/person_add:", width="stretch"):
            open_library(draft)
        below()
    with right:
        if picked:
            _heading(draft, picked)
            member_form(draft, picked, findings, connections, team)
            try_part(draft, picked, connections, team)


def pick(draft: TeamDraft, uid: str) -> None:
    """From now on the form shows this member."""
    st.session_state[f"{draft.key}:picked"] = uid


def _picked(draft: TeamDraft) -> str:
    uids = [member["uid"] for member in draft.members]
    kept = st.session_state.get(f"{draft.key}:picked", "")
    return kept if kept in uids else (uids[0] if uids else "")


def _heading(draft: TeamDraft, uid: str) -> None:
    position = index_of(draft, uid)
    member, key = draft.members[position], f"{draft.key}:{uid}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(avatar_of(member, position), width="content")
        with st.container(width="stretch"):
            st.markdown(f"#### {escape_md(label(member))}")
        for what, act in moves(partial(drafts.move_member, draft, uid), position, len(draft.members)).items():
            action("", f"{key}:{what}", ICONS[what], act, help=what, type="tertiary", disabled=act is nothing)
        _menu(draft, uid)
    if is_off(member):
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}:is_off"):
            st.caption(":material/toggle_off: Switched off: chats start without this member.", width="stretch")
            action("Switch on", f"{key}:on", "toggle_on", drafts.switch, draft, uid)


def _menu(draft: TeamDraft, uid: str) -> None:
    """Draw what can be done with the member; a press closes it."""
    times = f"{draft.key}:{uid}:menu"
    n, key = st.session_state.setdefault(times, 0), f"{draft.key}:{uid}"
    with (
        st.popover("", icon=":material/more_vert:", type="tertiary", help=MORE, key=f"{times}:{n}"),
        st.container(gap=None, key="membermenu"),
    ):
        wide: dict[str, Any] = {"type": "tertiary", "width": "stretch"}
        action(DUPLICATE, f"{key}:{DUPLICATE}", ICONS[DUPLICATE], _duplicate, draft, uid, **wide)
        if not is_off(draft.members[index_of(draft, uid)]):
            action("Switch off", f"{key}:off", "toggle_off", _switch_off, draft, uid, times, **wide)
        with unless(session().why_not("administer")):
            action("Save to library", f"{key}:library", "bookmark_add", _ask_to_save, draft, uid, times, **wide)
        action(REMOVE, f"{key}:{REMOVE}", ICONS[REMOVE], _remove, draft, uid, **wide)
    if st.session_state.pop(f"{times}:saves", False):
        save_to_library(draft, uid)


def _switch_off(draft: TeamDraft, uid: str, times: str) -> None:
    drafts.switch(draft, uid)
    st.session_state[times] += 1


def _ask_to_save(draft: TeamDraft, uid: str, times: str) -> None:
    st.session_state[times] += 1
    st.session_state[f"{times}:saves"] = True


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
