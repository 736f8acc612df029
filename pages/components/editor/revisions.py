"""The part "Revisions" of the team editor: who saved what and when, which revision is live, which chats ran on it, and
the way back to an earlier one."""

import streamlit as st

from agents.studio import Session, TeamRow
from agents.text.numbers import age_text, count_text
from pages.components.editor.draft import Checked, TeamDraft, load
from pages.components.editor.saving import show_diff
from pages.components.messages import escape_md, flash
from pages.components.navigation import chats_link
from pages.components.person import session as session_of_page
from pages.components.revision_labels import LABEL_BADGES
from pages.components.widgets import action, undo_line, unless

LABELLED = "teams:labelled"
"""In the session: (team, revision that was live before, the one that is now), for Undo."""
IS_USED = "Chats that are started from a list, the command line or a program use it."


def revisions_part(session: Session, draft: TeamDraft, checked: Checked) -> None:
    """Draws the part."""
    if not draft.team_id:
        st.caption("Save the team to make its first revision. Every save keeps the earlier ones.")
        return
    rows = session.teams.revisions(draft.team_id)
    by_number, runs = {row.revision: row for row in rows}, session.chats.runs(draft.team_id)
    st.caption(_what_runs(rows[0]))
    _undo(draft.team_id)
    number = st.selectbox(
        "Revision",
        list(by_number),
        format_func=lambda n: _title(by_number[n], rows[0].revision),
        key=f"{draft.key}:revision",
    )
    row = by_number[number]
    _labels(session, row, runs.get(number, 0))
    against = checked.spec or draft.base
    if against is None or row.spec == against:
        st.caption("This is what the editor shows.")
        return
    st.caption("Changes from this revision to what the editor shows:")
    show_diff(row.spec, against, f"{draft.key}:revision")
    action(
        f"Bring back revision {row.revision}", f"{draft.key}:restore", "history", _restore, draft, row,
        help="It opens in the editor; saving makes it the newest revision.",
    )  # fmt: skip


def _what_runs(newest: TeamRow) -> str:
    if newest.live_revision is None:
        return "No revision is live: chats use the newest one."
    drafts = " Newer ones are drafts until you make one of them live." if newest.label == "draft" else ""
    return f"Revision {newest.live_revision} is live. {IS_USED}{drafts}"


def _title(row: TeamRow, newest: int) -> str:
    marks = [mark for mark in (row.label, "newest" if row.revision == newest else "") if mark]
    mark = f" ({', '.join(marks)})" if marks else ""
    return f"{row.revision}{mark} · {escape_md(row.by.name)} · {age_text(row.created_at)}"


def _labels(session: Session, row: TeamRow, n_chats: int) -> None:
    """Draws the revision's label, the button that sets or takes it, and the way to its chats."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="revision_labels"):
        if row.label:
            st.markdown(LABEL_BADGES[row.label], width="content")
        with unless(session.why_not("administer")):
            if row.label == "live":
                action("No longer live", "revision:no_longer", "sensors_off", _label, row.team_id, None)
            else:
                action("Make live", "revision:live", "sensors", _label, row.team_id, row.revision, help=IS_USED)
        if n_chats:
            chats_link(row.team_id, row.revision, count_text(n_chats, "chat"))
        else:
            st.caption("No chat ran on it lately.", width="content")


def _label(team_id: str, revision: int | None) -> None:
    before = session_of_page().teams.label_live(team_id, revision)
    st.session_state[LABELLED] = (team_id, before, revision)


def _undo(team_id: str) -> None:
    """The label that was set or taken last, with the way back."""
    labelled, before, now = st.session_state.get(LABELLED, ("", None, None))
    if labelled != team_id:
        return

    def restore(session: Session) -> None:
        session.teams.label_live(team_id, before)

    text = "No revision is live any more." if now is None else f"Revision {now} is live now."
    undo_line(LABELLED, text, "revision:undo", restore)


def _restore(draft: TeamDraft, row: TeamRow) -> None:
    load(draft, row.spec)
    flash(f"Revision {row.revision} is in the editor. Save to make it the newest.", ":material/history:")
