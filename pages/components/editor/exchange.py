"""A team in and out of the editor: as a file, as a copy, and away."""

import re

import streamlit as st

from agents.specs import TeamSpec, dump_team, load_team
from agents.studio import Session
from pages.components.editor.draft import Checked, TeamDraft
from pages.components.editor.drafts import begin, drop
from pages.components.errors import plain, showing_errors
from pages.components.flash import say
from pages.components.places import TEAMS, open_team

DELETED = "teams:deleted"
"""In the session: (id, name) of the team deleted last, for Undo."""


def more_menu(session: Session, draft: TeamDraft, checked: Checked) -> None:
    """Export, copy, delete."""
    opened = st.session_state.setdefault(f"{draft.key}:more:times", 0)  # another key closes it beneath the dialog
    with st.popover("More", icon=":material/more_horiz:", key=f"{draft.key}:more:{opened}"):
        spec = checked.spec
        if spec is None:
            st.caption("Mend what is marked red to export or copy it.")
        else:
            _downloads(draft, spec)
            if st.button("Make a copy", key=f"{draft.key}:copy", icon=":material/content_copy:", width="stretch"):
                open_team(begin(spec.model_copy(update={"name": f"{spec.name[:72]} (copy)"})))
        if draft.team_id and st.button(
            "Delete",
            key=f"{draft.key}:delete",
            icon=":material/delete:",
            width="stretch",
            on_click=_close,
            args=(draft,),
        ):
            _confirm_delete(session, draft)


def _close(draft: TeamDraft) -> None:
    st.session_state[f"{draft.key}:more:times"] += 1


def _downloads(draft: TeamDraft, spec: TeamSpec) -> None:
    stem = re.sub(r"[^a-z0-9]+", "-", spec.name.lower()).strip("-") or "team"
    for name, mime in (("yaml", "application/yaml"), ("json", "application/json")):
        st.download_button(
            f"Export as {name.upper()}",
            dump_team(spec, "yaml" if name == "yaml" else "json"),
            f"{stem}.{name}",
            mime,
            key=f"{draft.key}:export:{name}",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )


@st.dialog("Delete this team?")
def _confirm_delete(session: Session, draft: TeamDraft) -> None:
    name = draft.base.name if draft.base else ""
    st.markdown(f"**{plain(name)}** leaves your teams with all its revisions. Its chats stay. You can undo this.")
    if st.button("Delete", key=f"{draft.key}:delete:yes", type="primary", icon=":material/delete:"):
        with showing_errors():
            delete(session, draft)
            st.switch_page(TEAMS)


def delete(session: Session, draft: TeamDraft) -> None:
    """Deletes the saved team; `deleted_line` offers the way back."""
    if draft.team_id:
        session.teams.delete(draft.team_id)
        drop(draft.key)
        st.session_state[DELETED] = (draft.team_id, draft.base.name if draft.base else "")


def deleted_line(session: Session) -> None:
    """The team deleted last, with Undo."""
    if DELETED not in st.session_state:
        return
    team_id, name = st.session_state[DELETED]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="deleted"):
        st.markdown(f"Deleted **{plain(name)}**.", width="stretch")
        if st.button("Undo", key="teams:undo", icon=":material/undo:"):
            with showing_errors():
                session.teams.restore(team_id)
                del st.session_state[DELETED]
                say(f"“{plain(name)}” is back.")
                st.rerun()
        if st.button("Dismiss", key="teams:undo:dismiss", icon=":material/close:", type="tertiary"):
            del st.session_state[DELETED]
            st.rerun()


@st.dialog("Import a team", width="medium")
def import_dialog() -> None:
    """Opens the dialog; call it in the rerun of a press."""
    spec = import_form()
    if spec is not None:
        open_team(begin(spec))


def import_form(key: str = "import") -> TeamSpec | None:
    """Draws paste, upload and Import; the team once one was read. Nothing is saved."""
    text = st.text_area(
        "Paste YAML or JSON", key=f"{key}:text", height=220, placeholder="name: My team\nagents:\n  - name: ..."
    )
    upload = st.file_uploader("Or choose a file", ["yaml", "yml", "json"], key=f"{key}:file", max_upload_size=5)
    if not st.button("Import", key=f"{key}:go", type="primary", icon=":material/upload:"):
        return None
    subject = "The team"
    if upload is not None:
        subject, text = f"“{upload.name}”", upload.getvalue().decode("utf-8", errors="replace")
    if not (text or "").strip():
        st.error("There is nothing to import. Paste a team, or choose a file.", icon=":material/error:")
        return None
    with showing_errors():
        return load_team(text or "", subject)
    return None
