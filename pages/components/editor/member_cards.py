"""The members of a team as cards: who each is, what it may do, and what was found wrong with it."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from agents.plain_text import one_line
from agents.specs import DEFAULT_CONNECTION
from agents.text.members import color_at
from agents.text.numbers import count_text
from pages.components.editor.draft import TeamDraft, index_of, is_off, label, move_member
from pages.components.editor.lists import Act, finding_mark
from pages.components.editor.member_team import team_name
from pages.components.form_fields import Findings
from pages.components.members import ROLE_ICON, avatar
from pages.components.messages import escape_md
from pages.components.widgets import action, browser_part

ROLES = {"assistant": "Assistant", "human": "Person", "executor": "Code executor", "team": "Team"}
DESCRIPTION_CHARS = 80
SCRIPT = Path(__file__).with_name("member_drag.mjs")
PART = "studio_member_drag"


def member_card(draft: TeamDraft, position: int, findings: Findings, pick: Act, *, is_picked: bool) -> None:
    """Draw the member at `position`; its name is the button that picks it, and covers the card."""
    member = draft.members[position]
    uid = member["uid"]
    title = f"{escape_md(label(member))}{finding_mark(findings.under(f'agents.{position + 1}'))}"
    with st.container(border=True, horizontal=True, gap="small", key=f"membercard:{draft.key}:{uid}"):
        st.html(avatar_of(member, position), width="content")
        with st.container(width="stretch", gap=None):
            action(title, f"{draft.key}:pick:{uid}", "", pick, type="primary" if is_picked else "tertiary")
            st.markdown(_facts(draft, member))


def avatar_of(member: dict[str, Any], position: int) -> str:
    """Return the avatar of a member of the draft as HTML."""
    return avatar(label(member), member["emoji"], member["color"] or color_at(position), is_off=is_off(member))


def _facts(draft: TeamDraft, member: dict[str, Any]) -> str:
    """A card's lines below the name, as Markdown."""
    who = ROLES[member["role"]]
    if member["role"] == "assistant":
        who = f"{who} · {escape_md(_model(draft, member))}"
    lines = [f":small[:gray[{who}]]"]
    if description := one_line(member["description"], DESCRIPTION_CHARS):
        lines.append(f":small[{escape_md(description)}]")
    if badges := member_badges(member):
        lines.append(" ".join(badges))
    return "  \n".join(lines)


def _model(draft: TeamDraft, member: dict[str, Any]) -> str:
    """Which model speaks for the member."""
    connection = member["connection"] or draft.fields["connection"]
    model = member["model"] or ("" if member["connection"] else draft.fields["model"])
    return model or ("default model" if connection == DEFAULT_CONNECTION else str(connection))


def member_badges(member: dict[str, Any]) -> list[str]:
    """What is special about a member, as Markdown badges."""
    found = [":gray-badge[:material/toggle_off: Off]"] if is_off(member) else []
    if member["role"] == "assistant" and member["tools"]:
        found.append(f":blue-badge[:material/home_repair_service: {count_text(len(member['tools']), 'tool')}]")
    if member["role"] == "executor":
        found.append(":violet-badge[:material/terminal: Runs code]")
    if member["role"] == "team":
        found.append(f":violet-badge[{ROLE_ICON['team']} {escape_md(team_name(member)) or 'No team yet'}]")
    asked = member["human_input_mode"] or ("ALWAYS" if member["role"] == "human" else "NEVER")
    if asked != "NEVER":
        found.append(f":green-badge[:material/person: {'Asks you' if asked == 'ALWAYS' else 'Asks you at the end'}]")
    if member["role"] in ("assistant", "team") and member["step_mode"]:
        found.append(":orange-badge[:material/visibility: Step mode]")
    return found


def cards(draft: TeamDraft, findings: Findings, picked: str, pick: Any) -> None:
    """Draw all members in their order; `pick` takes the draft and a uid."""
    with st.container(key="member_list", gap="xsmall"):
        for position, member in enumerate(draft.members):
            uid = member["uid"]
            member_card(draft, position, findings, partial(pick, draft, uid), is_picked=uid == picked)
    with st.container(key="member_drag"):
        moved: dict[str, Any] = {"on_moved_change": partial(_moved, draft)}
        browser_part("studio_member_drag", SCRIPT, key=PART, data={}, height=0, **moved)


def _moved(draft: TeamDraft) -> None:
    """Put the member where it was let go; told twice, it stays there."""
    uid, to = st.session_state[PART].moved["uid"], st.session_state[PART].moved["to"]
    if uid in [member["uid"] for member in draft.members]:
        move_member(draft, uid, to - index_of(draft, uid))
