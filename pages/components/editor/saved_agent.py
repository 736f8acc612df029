"""A member of a team saved to the library, with a question first where that replaces another agent."""

import streamlit as st

from agents.specs import AgentSpec
from agents.specs.library import copy_of
from agents.studio import LibraryRow, Session
from agents.text.numbers import age_text
from pages.components.editor import draft as drafts
from pages.components.editor.draft import TeamDraft
from pages.components.messages import escape_md, flash, showing_errors
from pages.components.person import session
from pages.components.widgets import confirm

NAMED = {"display_name": "name", "reply_schema": "reply shape", "human_input_mode": "rule when a person is asked"}
"""Fields of an agent that have other names on the screen."""


def save_to_library(draft: TeamDraft, uid: str) -> None:
    """Save the member as it stands, or ask first; call it in the rerun of a press."""
    with showing_errors():
        agent = drafts.member_spec(draft, uid)
        variables = {name: text for _, name, text in draft.fields["variables"]}
        found = session().library.named(agent.label)
        if found is None:
            session().library.save(agent, variables)
            flash(f"“{escape_md(agent.label)}” is in the library. *Add member* offers it in every team.")
            st.rerun()
        elif found.saved == copy_of(agent, variables):
            st.toast(f"The library has “{escape_md(agent.label)}” as it is.", icon=":material/check:")
        else:
            _confirm(agent, variables, found)


def _confirm(agent: AgentSpec, variables: dict[str, str], found: LibraryRow) -> None:
    """Open the dialog that replaces the saved agent of that name."""

    def replace(session: Session) -> None:
        now = session.library.named(agent.label)
        if now is None or now.saved != copy_of(agent, variables):  # else a double click: it is done
            session.library.save(agent, variables, replaces=found.id)

    name, lost = escape_md(agent.label), ", ".join(lost_fields(found.saved.agent, agent)) or "values of variables"
    text = (
        f"The library has an agent **{name}** already: {escape_md(found.by.name)} saved it {age_text(found.saved_at)}. "
        f"Replacing it loses its {lost}. Teams keep their copies. To keep both, give yours another name first."
    )
    key = f"library:{found.id}:replace"
    confirm(f"Replace {name}?", text, "Replace", key, replace, f"“{name}” is replaced in the library.")


def lost_fields(before: AgentSpec, after: AgentSpec) -> list[str]:
    """Return what of `before` differs in `after`, in the words of the screen."""
    names = [name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)]
    return [NAMED.get(name, name.replace("_", " ")) for name in names if name != "is_off"]
