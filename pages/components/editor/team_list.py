"""All teams: this person's drafts, the saved ones and the gallery; found by words and tags."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from agents.studio import Session
from pages.components.editor import unsaved_team
from pages.components.editor.draft import begin, blank, changed
from pages.components.editor.import_dialog import open_import
from pages.components.editor.saving import deleted_line
from pages.components.messages import escape_md
from pages.components.navigation import FROM_SENTENCE, open_team
from pages.components.start_chat import Startable, cards, found_teams, own_teams, ready_teams

UNSAVED = ":orange-badge[:material/edit: Unsaved]"
DRAFT_MEANS = "Write in a sentence what the team should do; your model proposes it"
MAX_TAGS = 10
"""Offered to press on."""


def show(session: Session) -> None:
    """Draws the search and the teams it finds."""
    own, ready = own_teams(session), ready_teams(session)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Search", key="team_search", type="search", live=True, placeholder="Search teams",
            label_visibility="collapsed",
        )  # fmt: skip
        if st.button("New team", key="teams:new", type="primary", icon=":material/add:"):
            open_team(begin(blank()))
        if st.button("Draft a team", key="teams:draft", icon=":material/auto_awesome:", help=DRAFT_MEANS):
            open_team(FROM_SENTENCE)
        if st.button("Import", key="teams:import", icon=":material/upload:"):
            open_import()
    tags = _offered_tags([*own, *ready])
    chosen = []
    if tags:
        chosen = st.pills(
            "Tags", tags, format_func=escape_md, selection_mode="multi", key="team_tags", label_visibility="collapsed"
        )
    deleted_line()
    drafts = {**unsaved_team.names(), **{key: draft.fields["name"] for key, draft in changed().items()}}
    _fresh({key: name for key, name in drafts.items() if key.startswith("new:")})
    marks = dict.fromkeys(drafts, UNSAVED)
    found_own, found_ready = (found_teams(teams, query or "", chosen) for teams in (own, ready))
    if found_own or not (query or chosen):
        st.subheader("Your teams", anchor=False)
        if not own:
            st.caption("None yet. Save a ready team as yours, make a new one, or import a file.")
        cards(session, found_own, key="own", marks=marks)
    if found_ready:
        st.subheader("Ready teams", anchor=False)
        cards(session, found_ready, key="gallery", marks=marks)
    if not (found_own or found_ready):
        st.info("No teams match. Remove a word or a tag.", icon=":material/search_off:")


def _offered_tags(teams: Sequence[Startable]) -> list[str]:
    """All tags by name; where that were too many, those that teams share. The search finds the others."""
    counted = Counter(tag for team in teams for tag in team.spec.tags)
    shared = counted if len(counted) <= MAX_TAGS else [tag for tag, n_teams in counted.items() if n_teams > 1]
    most = sorted(shared, key=lambda tag: (-counted[tag], tag))[:MAX_TAGS]
    return sorted({*most, *(st.session_state.get("team_tags") or [])} & set(counted))


def _fresh(names: dict[str, str]) -> None:
    """The teams begun in this session and not saved, by key."""
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="fresh"):
        st.markdown("Not saved yet:")
        for key, name in names.items():
            if st.button(escape_md(name or "Unnamed team"), key=f"fresh:{key}", icon=":material/edit:"):
                open_team(key)
