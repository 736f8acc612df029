"""The picture of the conversation beside the members: who may speak after whom, and on demand who did."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from agents.insight.conversation_picture import Face, counted, picture, sentences
from agents.plain_text import escaped
from agents.specs import TeamSpec, active_team
from agents.studio import Session
from agents.text.members import cast
from agents.text.numbers import count_text
from pages.components.editor.draft import Checked, TeamDraft
from pages.components.widgets import browser_part

FOLDER = Path(__file__).parent


def of_draft(session: Session, draft: TeamDraft, checked: Checked) -> Callable[[str], Callable[[], None]]:
    """Return what draws the picture of the draft, or of what it last was without mistakes, for each place of it."""
    key = f"{draft.key}:drawn"
    team: TeamSpec | None = checked.spec or st.session_state.get(key) or draft.base
    st.session_state[key] = team
    team = team and active_team(team)
    return lambda place: partial(_draw, session, draft, team, place)


def _draw(session: Session, draft: TeamDraft, team: TeamSpec | None, place: str) -> None:
    if team is None:
        return
    runs = None
    shows_runs = st.session_state.get(_toggle_key(draft, place), False)
    if shows_runs:
        name = draft.base.name if draft.base else team.name
        runs = session.chats.speakers(draft.team_id, name)
    faces = {name: Face(look["face"], look["color"]) for name, look in cast(team).items()}
    counts = None if runs is None else counted([team.task_giver, *run] for run in runs)
    with st.container(key=f"picture:{place}", gap="small"):
        _mount(picture(team, faces, counts), sentences(team, counts), f"picture:{place}:part")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                "Last runs", key=_toggle_key(draft, place),
                help="The wider an arrow, the more often they spoke in this order.",
            )  # fmt: skip
            if runs is not None:
                st.caption(f"From {count_text(len(runs), 'run')}." if runs else "No runs yet.")


def _mount(svg: str, told: list[str], key: str) -> None:
    """Draw the picture, and beside it what screen readers are told in its place."""
    html, css, data = '<div class="conversation" data-coming></div>', FOLDER / "picture.css", {"svg": svg}
    browser_part("studio_conversation", FOLDER / "picture.mjs", html=html, css=css, key=key, data=data)
    items = "".join(f"<li>{escape(escaped(line))}</li>" for line in told)
    st.html(f'<div class="only-read"><p>Who may speak after whom:</p><ul>{items}</ul></div>')


def _toggle_key(draft: TeamDraft, place: str) -> str:
    return f"{draft.key}:last_runs:{place}"
