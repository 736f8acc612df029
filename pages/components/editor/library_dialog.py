"""The dialog that adds members: from the library, from other teams, or blank ones; several in one go.

What is ticked is kept in the session while the dialog is open, so that a search or another source loses none of it.
"""

from collections.abc import Iterable, Mapping

import streamlit as st

from agents.plain_text import one_line
from agents.specs import TeamSpec
from agents.specs.library import CATEGORIES, LibraryAgent, copy_of
from agents.studio import LibraryRow
from agents.text.numbers import age_text, count_text
from pages.components.editor.agent_offers import Chosen, Offer, rows
from pages.components.editor.draft import TeamDraft
from pages.components.editor.member_cards import ROLES
from pages.components.editor.new_member import BLANK, add_member
from pages.components.messages import dialog, escape_md
from pages.components.person import session
from pages.components.widgets import action, switch

SOURCES = ("Library", "Other teams", "Blank")
SAVED = "Saved"
BLANK_MEANS = {
    "assistant": "A model speaks for it. You write its prompt.",
    "human": "You, or whoever has the chat open.",
    "executor": "Runs the code that others write.",
    "team": "A team of its own works on its turn. You choose which.",
}
BLANK_NAMES = {**ROLES, "team": "A team"}


def open_dialog(draft: TeamDraft) -> None:
    """Open the dialog with nothing ticked; call it in the rerun of a press."""

    def body() -> None:
        if add_form(draft):
            st.rerun()

    st.session_state[_key(draft)] = {}
    st.session_state.pop(f"{_key(draft)}:deleted", None)
    dialog("Add members", width="large")(body)()


def _key(draft: TeamDraft) -> str:
    return f"{draft.key}:adding"


def add_form(draft: TeamDraft) -> bool:
    """Draw what may be ticked and the button that adds it; return whether members were added."""
    key = _key(draft)
    chosen: Chosen = st.session_state.setdefault(key, {})
    source = switch("Where from", SOURCES, "Library", f"{key}:source")
    if source == "Blank":
        # One that is a team has none yet, which no finished agent is allowed.
        blank = {role: LibraryAgent.model_construct(agent=spec) for role, spec in BLANK.items()}
        rows(key, [Offer(f"blank:{role}", each, BLANK_MEANS[role], BLANK_NAMES[role]) for role, each in blank.items()])
    else:
        words = st.text_input(
            "Search", key=f"{key}:search", type="search", live=True, placeholder="Search by name, task or tool",
            label_visibility="collapsed",
        )  # fmt: skip
        if source == "Library":
            _library(key, words or "")
        else:
            _other_teams(draft, key, words or "")
    return _foot(draft, chosen)


def _library(key: str, words: str) -> None:
    """Draw the saved agents and the ready ones, by category."""
    groups: dict[str, list[Offer]] = {SAVED: [_saved(row) for row in session().library.rows()]}
    for each in session().library.ready():
        groups.setdefault(each.category, []).append(Offer(f"ready:{each.agent.name}", each))
    there = [name for name in (SAVED, *CATEGORIES) if groups.get(name)]
    category = st.pills("Category", there, key=f"{key}:category", label_visibility="collapsed")
    _undo(key)
    found = {name: _found(groups[name], words, name) for name in there if category in (None, name)}
    for name, offers in found.items():
        if offers:
            st.markdown(f"**{name}**")
            rows(key, offers, _delete)
    _say_nothing_found(any(found.values()))


def _saved(row: LibraryRow) -> Offer:
    note = f"Saved by {escape_md(row.by.name)} · {age_text(row.saved_at)}"
    return Offer(f"saved:{row.id}", row.saved, note, row=row)


def _other_teams(draft: TeamDraft, key: str, words: str) -> None:
    """Draw a choice of teams, and the members of the chosen one."""
    teams = {row.team_id: row.spec for row in session().teams.rows() if row.team_id != draft.team_id}
    teams |= {team.name: team.spec for team in session().teams.gallery() if f"gallery:{team.name}" != draft.key}
    name = st.selectbox("Team", list(teams), format_func=lambda one: teams[one].name, key=f"{key}:team")
    found = _found(_members(str(name), teams[name]) if name in teams else [], words)
    rows(key, found)
    _say_nothing_found(bool(found))


def _members(name: str, team: TeamSpec) -> list[Offer]:
    return [Offer(f"team:{name}:{agent.name}", copy_of(agent, team.variables)) for agent in team.agents]


def _found(offers: Iterable[Offer], words: str, category: str = "") -> list[Offer]:
    """Return the offers that have all of the words."""
    wanted = words.casefold().split()

    def text(offer: Offer) -> str:
        agent = offer.agent.agent
        return " ".join([agent.label, agent.name, agent.description, category, *agent.tools]).casefold()

    return [offer for offer in offers if all(word in text(offer) for word in wanted)]


def _say_nothing_found(is_found: bool) -> None:
    if not is_found:
        st.info("No agents match. Remove a word, or choose another category.", icon=":material/search_off:")


def _delete(key: str, row: LibraryRow) -> None:
    session().library.delete(row.id)
    st.session_state[key].pop(f"saved:{row.id}", None)
    st.session_state[f"{key}:deleted"] = row


def _undo(key: str) -> None:
    """Draw which saved agent was deleted last in this dialog, with the way back."""
    row: LibraryRow | None = st.session_state.get(f"{key}:deleted")
    if row is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Deleted {escape_md(row.name)}. Teams keep their copies.")
        action("Undo", f"{key}:undo", "undo", _restore, key, row, type="tertiary")


def _restore(key: str, row: LibraryRow) -> None:
    session().library.restore(row.id)
    st.session_state.pop(f"{key}:deleted", None)


def _foot(draft: TeamDraft, chosen: Mapping[str, LibraryAgent]) -> bool:
    """Draw the button that adds what is ticked, which stays in sight; return whether it did."""
    with st.container(horizontal=True, vertical_alignment="center", key="add_members_foot"):
        verb = f"Add {count_text(len(chosen), 'member')}" if chosen else "Add members"
        is_pressed = st.button(
            verb, key=f"{_key(draft)}:add", type="primary", icon=":material/person_add:", disabled=not chosen
        )
        names = ", ".join(each.agent.label for each in chosen.values())
        st.caption(escape_md(one_line(names, 200)) if names else "Tick one or more.", width="stretch")
    if is_pressed:
        _add(draft)
    return is_pressed


def _add(draft: TeamDraft) -> None:
    """Add what is ticked, once, and show the first of them."""
    chosen: Chosen = st.session_state.pop(_key(draft), {})
    uids = [add_member(draft, each.agent, each.variables) for each in chosen.values()]
    if uids:
        st.session_state[f"{draft.key}:picked"] = uids[0]
