"""The prompts that a member had in earlier revisions of its team, for reading beside the one being written."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from agents.studio import TeamRow
from agents.text.numbers import age_text
from pages.components.editor.draft import TeamDraft
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action

NOW = "As it reads"


def earlier_prompts(rows: list[TeamRow], member: str) -> dict[int, str]:
    """Return revision -> prompt of the member of that name, the newest first; a prompt that stayed is there once, with
    the revision that brought it."""
    found: dict[int, str] = {}
    newer = None
    for row in sorted(rows, key=lambda row: -row.revision):
        prompt = next((agent.prompt for agent in row.spec.agents if agent.name == member), None)
        if newer is not None and prompt == found[newer]:
            del found[newer]
        newer = row.revision if prompt is not None else None
        if prompt is not None:
            found[row.revision] = prompt
    return found


def beside(draft: TeamDraft, member: dict[str, Any], take: Callable[[str], object], key: str) -> bool:
    """Draw the choice of what stands beside the prompt and, where that is an earlier one, its text with the way back;
    whether it is one."""
    rows = session().teams.revisions(draft.team_id) if draft.team_id else []
    prompts = earlier_prompts(rows, member["name"])
    if not prompts:
        st.caption(NOW)
        return False
    titles = {
        row.revision: f"Revision {row.revision} · {escape_md(row.by.name)} · {age_text(row.created_at)}" for row in rows
    }
    number = st.selectbox(
        "Beside it", [0, *prompts], format_func=lambda number: titles.get(number, NOW), key=f"{key}:beside"
    )
    if not number:
        return False
    st.code(prompts[number] or "It was empty.", language=None, wrap_lines=True)
    if prompts[number] == member["prompt"]:
        st.caption("It is the same as on the left.")
    else:
        action("Bring it back", f"{key}:back:{number}", "history", take, prompts[number])
    return True
