"""The members: a list to pick from, add to and order, and the form of the one picked."""

from typing import Any

import streamlit as st

from agents.specs import TeamSpec
from pages.components.editor import agent_form
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
from pages.components.errors import plain
from pages.components.findings import Findings

ROLE_ICON = {"assistant": ":material/smart_toy:", "human": ":material/person:", "executor": ":material/terminal:"}
NEW = {"Assistant": "assistant", "Person": "human", "Code executor": "executor"}
UP, DOWN, DUPLICATE, REMOVE = "Move up", "Move down", "Duplicate", "Remove"


def show(draft: TeamDraft, findings: Findings, connections: list[str], team: TeamSpec | None) -> None:
    """Draws the part "Members"."""
    left, right = st.columns([1, 2.4], gap="large")
    with left:
        findings.show_only("agents")
        picked = _picked(draft)
        with st.container(key="member_list", gap="xsmall"):
            for position, member in enumerate(draft.members):
                _row(draft, member, position, findings, is_picked=member["uid"] == picked)
        _removed(draft)
        kind = st.menu_button(
            "Add a member", list(NEW), key=f"{draft.key}:add", icon=":material/person_add:", width="stretch"
        )
        if kind:
            pick(draft, add_member(draft, NEW[kind]))
            st.rerun()
    with right:
        if picked:
            _heading(draft, picked)
            agent_form.show(draft, picked, findings, connections, team)


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
    face = plain(member["emoji"]) or ROLE_ICON[member["role"]]
    st.button(
        f"{face} {plain(label(member))}{mark}",
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
            st.markdown(f"#### {plain(member['emoji'])} {plain(label(member))}")
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
        st.caption(f"Removed {plain(label(draft.removed[1]))}.")
        st.button(
            "Undo", key=f"{draft.key}:undo", icon=":material/undo:", type="tertiary", on_click=_undo, args=(draft,)
        )


def _undo(draft: TeamDraft) -> None:
    uid = undo_remove(draft)
    if uid:
        pick(draft, uid)
