"""The editor's head: what is open, whether it differs from what is saved, and Save with all that may come of it."""

import difflib
from typing import Literal

import streamlit as st

from agents.errors import ConflictError, NotFoundError
from agents.specs import TeamSpec, dump_team
from agents.studio import Session, TeamRow
from agents.text.time import age_text
from pages.components.editor.draft import Checked, TeamDraft, discard, is_changed, load
from pages.components.editor.drafts import drop, saved
from pages.components.errors import ICON, plain, showing_errors
from pages.components.flash import say

WARNING = ":material/warning:"


def badges(draft: TeamDraft, *, changed: bool) -> str:
    """Where the team stands, as Markdown badges."""
    if draft.is_gallery:
        kind = ":violet-badge[:material/storefront: Gallery]"
    elif draft.revision is None:
        kind = ":blue-badge[New]"
    else:
        kind = f":gray-badge[Revision {draft.revision}]"
    if not changed:
        return kind
    return f"{kind} :orange-badge[:material/edit: {'Unsaved changes' if draft.base else 'Not saved yet'}]"


def save_button(session: Session, draft: TeamDraft, checked: Checked, *, changed: bool) -> None:
    """Save: the next revision of an own team, else a new own team.

    Never disabled: a text area hands over what was typed only when it is left, perhaps by this very press."""
    label = "Save" if draft.team_id or draft.base is None else "Save as my team"
    kind: Literal["primary", "secondary"] = "primary" if changed or draft.is_gallery else "secondary"
    if not st.button(label, key=f"{draft.key}:save", type=kind, icon=":material/save:"):
        return
    if checked.spec is None:
        st.toast("Nothing was saved: mend what is marked red first.", icon=ICON)
    elif changed or draft.is_gallery:
        save(session, draft, checked.spec)
    else:
        st.toast("Everything is saved already.", icon=":material/check:")


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
            say("The team was deleted meanwhile. What you see is kept here; Save makes a new team of it.", WARNING)
            st.rerun()
        saved(draft, row)
        st.query_params["team"] = row.team_id
        say(f"Saved as revision {row.revision}." if team_id else f"Saved as your team “{plain(row.spec.name)}”.")
        st.rerun()


def discard_button(draft: TeamDraft, *, changed: bool) -> None:
    """Discard, after a confirmation; nothing where nothing changed."""
    if not changed:
        return
    with st.popover("Discard", icon=":material/undo:", key=f"{draft.key}:{draft.version}:discard"):
        st.markdown("Forget what you changed since it was saved?" if draft.base else "Forget this unsaved team?")
        st.button("Discard changes", key=f"{draft.key}:discard:yes", type="primary", on_click=_discard, args=(draft,))


def _discard(draft: TeamDraft) -> None:
    if draft.base is None:
        drop(draft.key)
        st.query_params.pop("team", None)
    else:
        discard(draft)


def newest(session: Session, draft: TeamDraft, checked: Checked) -> TeamRow | None:
    """The newest saved revision when it is not the one the draft is based on; an unchanged draft follows it."""
    if not draft.team_id:
        return None
    row = session.teams.get(draft.team_id)
    if row.revision == draft.revision:
        return None
    if not is_changed(draft, checked):
        take(draft, row)
        st.rerun()
    return row


def take(draft: TeamDraft, row: TeamRow) -> None:
    """The draft says and is based on what is saved."""
    draft.base, draft.revision = row.spec, row.revision
    load(draft, row.spec)


def conflict(session: Session, draft: TeamDraft, checked: Checked, row: TeamRow) -> None:
    """Somebody saved meanwhile: what they changed, and the three ways on."""
    with st.container(border=True, key="conflict"):
        st.markdown(
            f":orange[:material/warning:] **{plain(row.by.name)} saved revision {row.revision} "
            f"{age_text(row.created_at)}**, while you were changing revision {draft.revision}. "
            "Nothing of yours is lost."
        )
        if draft.base is not None:
            with st.expander("What they changed"):
                show_diff(draft.base, row.spec)
        if checked.spec is not None:
            with st.expander("Yours against theirs"):
                show_diff(row.spec, checked.spec)
        with st.container(horizontal=True):
            mine = st.button(
                f"Save mine as revision {row.revision + 1}", key=f"{draft.key}:mine", disabled=not checked.spec
            )
            theirs = st.button("Take theirs, drop mine", key=f"{draft.key}:theirs")
            both = st.button("Save mine as another team", key=f"{draft.key}:both", disabled=not checked.spec)
        if mine:
            draft.revision = row.revision
            save(session, draft, checked.spec)
        if theirs:
            take(draft, row)
            st.rerun()
        if both and checked.spec:
            save(
                session,
                draft,
                checked.spec.model_copy(update={"name": f"{checked.spec.name[:70]} (mine)"}),
                as_new=True,
            )


def show_diff(before: TeamSpec, after: TeamSpec) -> None:
    """Line by line as YAML, or a word that there is no difference."""
    lines = difflib.unified_diff(dump_team(before).splitlines(), dump_team(after).splitlines(), lineterm="", n=2)
    text = "\n".join(list(lines)[2:])
    if text:
        st.code(text, language="diff", wrap_lines=True)
    else:
        st.caption("No difference.")
