"""The parts of the team editor: which shows a field, and how one is brought to the front."""

import streamlit as st

from pages.components.editor.draft import TeamDraft

KEY = "part"
"""Of the tabs."""
HEAD, AGENTS, ABOUT = "", "Agents", "About"
FIELDS = {
    HEAD: ("name", "description"),
    AGENTS: ("agents",),
    "Conversation": ("selection", "context", "first_speaker", "initiator", "introductions"),
    "Policies": ("step_mode", "policies", "deadlines"),
    "Sandbox": ("sandbox",),
    "Ending": ("termination", "limits", "summary"),
}
"""The editor's part, "" its head -> the fields of a team that it shows; the part "About" shows the others."""


def part_of(path: str) -> str:
    """The editor's part that shows the field of that path."""
    field = path.partition(".")[0]
    return next((part for part, fields in FIELDS.items() if field in fields), ABOUT)


def member_of(path: str, draft: TeamDraft) -> str:
    """The uid of the member that the path leads into; "" for none."""
    first, _, rest = path.partition(".")
    number = rest.partition(".")[0]
    is_there = first == "agents" and number.isdigit() and 0 < int(number) <= len(draft.members)
    return str(draft.members[int(number) - 1]["uid"]) if is_there else ""


def show(draft: TeamDraft, part: str, uid: str = "") -> None:
    """Bring the part to the front, with that member picked; a callback. The head is always there."""
    if part != HEAD:
        st.session_state[KEY] = part
    if uid:
        st.session_state[f"{draft.key}:picked"] = uid
