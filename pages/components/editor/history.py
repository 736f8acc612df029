"""The revisions of a saved team: who saved what when, what differs from now, and how to go back."""

import streamlit as st

from agents.studio import Session, TeamRow
from agents.text.time import age_text
from pages.components.editor.draft import Checked, TeamDraft, load
from pages.components.editor.saving import show_diff
from pages.components.errors import plain
from pages.components.flash import say


def show(session: Session, draft: TeamDraft, checked: Checked) -> None:
    """Draws the part "Revisions"."""
    if not draft.team_id:
        st.caption("A team has revisions from its first saving on; every later saving keeps the earlier ones.")
        return
    rows = sorted(session.teams.revisions(draft.team_id), key=lambda row: -row.revision)
    by_number = {row.revision: row for row in rows}
    number = st.selectbox(
        "Revision",
        list(by_number),
        format_func=lambda n: _title(by_number[n], rows[0].revision),
        key=f"{draft.key}:revision",
    )
    row = by_number[number]
    against = checked.spec or draft.base
    if against is None or row.spec == against:
        st.caption("This is what the editor shows.")
        return
    st.caption("From this revision to what the editor shows:")
    show_diff(row.spec, against)
    st.button(
        f"Bring back revision {row.revision}", key=f"{draft.key}:restore", icon=":material/history:", on_click=_restore,
        args=(draft, row), help="It comes into the editor; saving makes it the newest revision.",
    )  # fmt: skip


def _title(row: TeamRow, newest: int) -> str:
    mark = " (newest)" if row.revision == newest else ""
    return f"{row.revision}{mark} · {plain(row.by.name)} · {age_text(row.created_at)}"


def _restore(draft: TeamDraft, row: TeamRow) -> None:
    load(draft, row.spec)
    say(f"Revision {row.revision} is in the editor. Save to make it the newest.", ":material/history:")
