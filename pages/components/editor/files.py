"""The files that a saved team keeps for its chats, in the part "Files": listed, looked at, added and removed."""

from functools import partial

import streamlit as st

from agents.studio import Session, TeamFile, shown_as
from agents.text.numbers import age_text, count_text, size_text
from agents.web.feed_access import OF_TEAM
from pages.components.editor.draft import TeamDraft
from pages.components.files.one_file import address, content
from pages.components.files.panel import ICONS, attachments, uploader
from pages.components.messages import dialog, escape_md, flash, showing_errors
from pages.components.person import session_now
from pages.components.widgets import confirm

LIMITS = "Tables, text, images, PDFs: up to 50 MB each, 200 MB and 50 files in a team."


def files_part(session: Session, draft: TeamDraft) -> None:
    """Draws the part "Files"."""
    st.caption("Each new chat of this team begins with these files. Its agents are told of them and can search them.")
    if draft.team_id is None:
        verb = "Save as my team" if draft.is_gallery else "Save"
        st.info(f"A team keeps files once it is saved. Press *{verb}* first.", icon=":material/folder_open:")
        return
    files, may_change = session.teams.files(draft.team_id), session.may("administer")
    if files:
        total = size_text(sum(file.size for file in files))
        st.caption(f"{count_text(len(files), 'file')}, {total}. Chats that were started keep what they began with.")
    else:
        st.caption("No files yet.")
    with st.container(gap="xsmall"):
        for file in files:
            _row(draft.team_id, file, may_change=may_change)
    if may_change:
        _adding(session, draft.team_id)


def _row(team_id: str, file: TeamFile, *, may_change: bool) -> None:
    key, name = f"{team_id}:file:{file.name}", escape_md(file.name)
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"{key}:row"):
        with st.container(width="stretch", gap=None):
            icon = f":material/{ICONS[shown_as(file.name)]}:"
            if st.button(name, key=f"{key}:open", type="tertiary", icon=icon, wrap=True):
                _look(team_id, file)
            st.caption(f"{size_text(file.size)} · added by {escape_md(file.by.name)} · {age_text(file.added_at)}")
        if may_change and st.button("", key=f"{key}:remove", icon=":material/delete:", help=f"Remove {name}"):
            confirm_removal(team_id, file)


def _look(team_id: str, file: TeamFile) -> None:
    """Opens the dialog that shows the file."""

    def body() -> None:
        of = f"{OF_TEAM}{team_id}"
        kept = address(of, file.name, file.sha256, "kept")
        st.link_button("Download", kept, icon=":material/download:")
        content(of, file.name, file.sha256, partial(session_now().teams.preview, team_id, file.name))

    dialog(escape_md(file.name), width="large")(body)()


def confirm_removal(team_id: str, file: TeamFile) -> None:
    """Opens the dialog that removes the file."""

    def remove(session: Session) -> None:
        session.teams.remove_files(team_id, [file.name])

    name = escape_md(file.name)
    text = f"New chats begin without **{name}**. Chats that were started keep it. You cannot undo this."
    confirm("Remove this file?", text, "Remove", f"{team_id}:file:{file.name}:yes", remove, f"Removed “{name}”.")


def _adding(session: Session, team_id: str) -> None:
    counter = f"{team_id}:file:number"
    key = f"{team_id}:files:{st.session_state.setdefault(counter, 0)}"  # a field of another number is empty again
    with st.form(f"{key}:form", border=False):
        files = uploader(f"{key}:chosen", "Add files", LIMITS)
        is_pressed = st.form_submit_button("Add to the team", key=f"{key}:add", icon=":material/attach_file:")
    if is_pressed:
        with showing_errors():
            session.teams.add_files(team_id, attachments(files))
            st.session_state[counter] += 1
            flash(f"Added {count_text(len(files), 'file')} to the team.")
            st.rerun()
