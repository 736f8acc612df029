"""A team out of the editor: saved as a revision, as a file, as a copy, or deleted."""

import difflib
from functools import partial
from typing import Literal

import streamlit as st

from agents.errors import ConflictError, NotFoundError
from agents.plain_text import file_stem
from agents.specs import TeamSpec, active_team, dump_team
from agents.studio import Session, TeamRow, revision_label
from agents.text.numbers import age_text, count_text
from agents.text.team_changes import team_changes
from pages.components import unsaved
from pages.components.editor.draft import Checked, TeamDraft, begin, drop, is_changed, load, saved
from pages.components.editor.unsaved_team import give_up, place_of
from pages.components.messages import ICON, escape_md, flash, showing_errors
from pages.components.navigation import TEAMS, open_team
from pages.components.revision_labels import LABEL_BADGES
from pages.components.widgets import action, confirm, download, put, undo_line

MAX_CHANGES = 30
"""Told at once."""
DELETED = "teams:deleted"
"""In the session: (id, name) of the team deleted last, for Undo."""


def more_menu(session: Session, draft: TeamDraft, checked: Checked) -> None:
    """Export, copy, delete."""
    opened = st.session_state.setdefault(f"{draft.key}:more:times", 0)  # another key closes it beneath the dialog
    with st.popover("More", icon=":material/more_horiz:", key=f"{draft.key}:more:{opened}"):
        spec = checked.spec
        if spec is None:
            st.caption("Fix what is marked red to export or copy it.")
        else:
            _downloads(session, draft, spec)
            if st.button("Make a copy", key=f"{draft.key}:copy", icon=":material/content_copy:", width="stretch"):
                open_team(begin(spec.model_copy(update={"name": f"{spec.name[:72]} (copy)"})))
        if draft.team_id and st.button(
            "Delete", key=f"{draft.key}:delete", icon=":material/delete:", width="stretch",
            on_click=put, args=(f"{draft.key}:more:times", opened + 1),
        ):  # fmt: skip
            _confirm_delete(draft)


def _downloads(session: Session, draft: TeamDraft, spec: TeamSpec) -> None:
    stem = file_stem(spec.name, "team")
    for name, mime in (("yaml", "application/yaml"), ("json", "application/json")):
        text = partial(dump_team, spec, "yaml" if name == "yaml" else "json")
        download(
            f"Export as {name.upper()}", f"{draft.key}:export:{name}", text, f"{stem}.{name}", mime, width="stretch"
        )
    if any(agent.role == "team" for agent in active_team(spec).agents):
        st.caption("No Python script: a member is a team.")
    else:
        label, key, script = "Export as Python script", f"{draft.key}:export:py", partial(session.teams.script, spec)
        download(label, key, script, f"{stem}.py", "text/x-python", width="stretch")


def _confirm_delete(draft: TeamDraft) -> None:
    name, team_id = draft.base.name if draft.base else "", str(draft.team_id)

    def delete(session: Session) -> None:
        session.teams.delete(team_id)
        unsaved.forget(place_of(draft.key))
        drop(draft.key)
        st.session_state[DELETED] = (team_id, name)
        st.switch_page(TEAMS)  # which offers the way back

    text = f"**{escape_md(name)}** and all its revisions are deleted, its files too. Its chats stay. You can undo this."
    confirm("Delete this team?", text, "Delete", f"{draft.key}:delete:yes", delete)


def deleted_line() -> None:
    """The team deleted last, with Undo."""
    if DELETED not in st.session_state:
        return
    team_id, name = st.session_state[DELETED]

    def restore(session: Session) -> None:
        session.teams.restore(team_id)
        flash(f"“{escape_md(name)}” is back.")

    undo_line(DELETED, f"Deleted **{escape_md(name)}**.", "teams:undo", restore)


WARNING = ":material/warning:"


def badges(draft: TeamDraft, newest: TeamRow | None, *, changed: bool) -> str:
    """Where the team stands, as Markdown badges; `newest` is its newest saved revision."""
    if draft.is_gallery:
        kind = ":violet-badge[:material/storefront: Ready team]"
    elif draft.revision is None:
        kind = ":blue-badge[New]"
    else:
        label = revision_label(draft.revision, newest.live_revision if newest else None)
        kind = f":gray-badge[Revision {draft.revision}] {LABEL_BADGES[label]}".strip()
    if not changed:
        return kind
    return f"{kind} :orange-badge[:material/edit: {'Unsaved changes' if draft.base else 'Not saved yet'}]"


def save_button(session: Session, draft: TeamDraft, checked: Checked, *, changed: bool) -> None:
    """Save: the next revision of an own team, else a new own team.

    Never disabled: a text area hands over what was typed only when it is left, perhaps by this very press."""
    label = "Save" if draft.team_id or draft.base is None else "Save as my team"
    kind: Literal["primary", "secondary"] = "primary" if changed or draft.is_gallery else "secondary"
    is_locked = not session.may("administer")
    if not st.button(label, key=f"{draft.key}:save", type=kind, icon=":material/save:", disabled=is_locked):
        return
    if checked.spec is None:
        st.toast("Not saved. Fix what is marked red first.", icon=ICON)
    elif changed or draft.is_gallery:
        save(session, draft, checked.spec)
    else:
        st.toast("Everything is already saved.", icon=":material/check:")


def save(session: Session, draft: TeamDraft, spec: TeamSpec | None, *, as_new: bool = False) -> None:
    """Saves and reruns; a conflict is kept for `conflict` to show, other errors are shown here."""
    if spec is None:
        return
    team_id = None if as_new else draft.team_id
    with showing_errors():
        try:
            row = session.teams.save(spec, team_id=team_id, expected_revision=draft.revision if team_id else None)
        except ConflictError:
            st.rerun()  # the head shows the choice, now that the newest revision is another
        except NotFoundError:
            draft.team_id = draft.revision = draft.base = None
            flash("The team was deleted meanwhile. What you see is kept here; Save makes a new team of it.", WARNING)
            st.rerun()
        unsaved.forget(place_of(draft.key))
        saved(draft, row)
        st.query_params["team"] = row.team_id
        stays = f" Revision {row.live_revision} stays live." if row.label == "draft" else ""
        kept = f"Saved as revision {row.revision}.{stays}"
        flash(kept if team_id else f"Saved as your team “{escape_md(row.spec.name)}”.")
        st.rerun()


def discard_button(draft: TeamDraft, *, changed: bool) -> None:
    """Discard, after a confirmation; nothing where nothing changed."""
    if not changed:
        return
    with st.popover("Discard", icon=":material/undo:", key=f"{draft.key}:{draft.version}:discard"):
        st.markdown("Discard what you changed since it was saved?" if draft.base else "Discard this unsaved team?")
        action("Discard changes", f"{draft.key}:discard:yes", "", give_up, draft, type="primary")


def newest(session: Session, draft: TeamDraft) -> TeamRow | None:
    """Return the newest saved revision; None of a team that is saved nowhere."""
    return session.teams.get(draft.team_id) if draft.team_id else None


def take(draft: TeamDraft, row: TeamRow) -> None:
    """The draft says and is based on what is saved."""
    draft.base, draft.revision = row.spec, row.revision
    load(draft, row.spec)


def saved_meanwhile(session: Session, draft: TeamDraft, checked: Checked, row: TeamRow) -> None:
    """Somebody else saved: what they changed, and the ways on. The editor follows nobody by itself: something may just
    be typed there."""
    is_mine = is_changed(draft, checked)
    with st.container(border=True, key="saved_meanwhile"):
        meanwhile = f", while you were changing revision {draft.revision}. Nothing of yours is lost" * is_mine
        st.markdown(
            f":orange[:material/warning:] **{escape_md(row.by.name)} saved revision {row.revision} "
            f"{age_text(row.created_at)}**{meanwhile}."
        )
        if draft.base is not None:
            with st.expander("What they changed"):
                show_diff(draft.base, row.spec, f"{draft.key}:theirs")
        if is_mine:
            _both_versions(session, draft, checked, row)
        elif st.button(f"Show revision {row.revision}", key=f"{draft.key}:show"):
            _take(draft, row)


def _both_versions(session: Session, draft: TeamDraft, checked: Checked, row: TeamRow) -> None:
    if checked.spec is not None:
        with st.expander("Yours compared with theirs"):
            show_diff(row.spec, checked.spec, f"{draft.key}:both")
    with st.container(horizontal=True):
        label = f"Save mine as revision {row.revision + 1}"
        mine = st.button(label, key=f"{draft.key}:mine", disabled=not checked.spec)
        theirs = st.button("Take theirs, drop mine", key=f"{draft.key}:theirs")
        both = st.button("Save mine as another team", key=f"{draft.key}:both", disabled=not checked.spec)
    if mine:
        draft.revision = row.revision
        save(session, draft, checked.spec)
    if theirs:
        _take(draft, row)
    if both and checked.spec:
        name = f"{checked.spec.name[:70]} (mine)"
        save(session, draft, checked.spec.model_copy(update={"name": name}), as_new=True)


def _take(draft: TeamDraft, row: TeamRow) -> None:
    """Let the draft say and be based on what is saved; reruns."""
    draft.base, draft.revision = row.spec, row.revision
    load(draft, row.spec)
    st.rerun()


def show_diff(before: TeamSpec, after: TeamSpec, key: str) -> None:
    """Draw what differs in plain words and, on demand, line by line as YAML; or a word that nothing does."""
    lines = team_changes(before, after)
    if not lines:
        st.caption("No difference.")
        return
    shown = [f"- {escape_md(line)}" for line in lines[:MAX_CHANGES]]
    more = len(lines) - len(shown)
    st.markdown("\n".join([*shown, *([f"- and {count_text(more, 'more change')}"] if more > 0 else [])]))
    if st.toggle("Show as text", key=f"{key}:as_text"):
        old, new = dump_team(before).splitlines(), dump_team(after).splitlines()
        text = "\n".join(list(difflib.unified_diff(old, new, lineterm="", n=2))[2:])
        st.code(text, language="diff", wrap_lines=True)
