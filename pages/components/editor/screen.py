"""The editor of one team: head, what is wrong in short, and its parts."""

import streamlit as st

from agents.specs import DEFAULT_CONNECTION
from agents.studio import Session
from agents.text.numbers import count_text
from pages.components.editor import about, ending, flow, history, members, policies, sandbox, saving
from pages.components.editor.checking import findings_of, where
from pages.components.editor.draft import Checked, TeamDraft, check, is_changed
from pages.components.editor.exchange import more_menu
from pages.components.errors import plain
from pages.components.findings import Findings
from pages.components.places import back_to_list
from pages.components.start_chat import Startable, open_dialog

PARTS = ("Members", "Conversation", "Policies", "Sandbox", "Ending", "About", "Revisions")


def show(session: Session, draft: TeamDraft) -> None:
    """Draws the whole editor of `draft`."""
    connections = [DEFAULT_CONNECTION, *(row.spec.name for row in session.connections.rows())]
    checked = check(draft)
    findings = findings_of(checked, connections, session.teams.tools(), session.sandbox.warning(checked.spec))
    _head(session, draft, checked)
    _summary(draft, findings)
    tabs = st.tabs(PARTS, key="part")  # a label that changed would throw whoever types back to the first tab
    with tabs[0]:
        members.show(draft, findings, connections, checked.spec)
    with tabs[1]:
        flow.show(draft, findings, connections)
    with tabs[2]:
        policies.show(session, draft, findings, checked.spec)
    with tabs[3]:
        sandbox.show(draft, findings)
    with tabs[4]:
        ending.show(draft, findings)
    with tabs[5]:
        about.show(draft, findings, connections)
    with tabs[6]:
        history.show(session, draft, checked)


def _head(session: Session, draft: TeamDraft, checked: Checked) -> None:
    changed = is_changed(draft, checked)
    row = saving.newest(session, draft, checked)
    back_to_list("All teams", "team")
    with st.container(horizontal=True, vertical_alignment="center", key="editor_head"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"## {plain(draft.fields['name'] or 'Team without a name')}")
            st.markdown(saving.badges(draft, changed=changed))
        with st.container(horizontal=True, width="content", gap="small", key="editor_acts"):
            saving.save_button(session, draft, checked, changed=changed)
            _start_button(session, draft, checked, changed=changed)
            saving.discard_button(draft, changed=changed)
            more_menu(session, draft, checked)
    if row is not None:
        saving.conflict(session, draft, checked, row)


def _start_button(session: Session, draft: TeamDraft, checked: Checked, *, changed: bool) -> None:
    pressed = st.button(
        "Start a chat", key=f"{draft.key}:start", icon=":material/play_arrow:", disabled=checked.spec is None
    )
    if pressed and checked.spec is not None:
        is_saved = draft.team_id and not changed
        note = "The chat takes the team as you see it, unsaved changes included." if changed else ""
        team = Startable(
            draft.key,
            checked.spec,
            team_id=draft.team_id if is_saved else None,
            revision=draft.revision if is_saved else None,
            note=note,
        )
        open_dialog(session, team)


def _summary(draft: TeamDraft, findings: Findings) -> None:
    """One line that is always there, so that nothing jumps while somebody types; all findings within."""
    problems, weak = len(findings.problems), len(findings.warnings)
    if problems:
        title = f":red[:material/error: {count_text(problems, 'thing')} to mend before this can be saved]"
    elif weak:
        title = f":orange[:material/warning: {count_text(weak, 'hint')} for a better run]"
    else:
        title = ":green[:material/check_circle: Nothing to mend]"
    with st.expander(title, key=f"{draft.key}:summary"):
        for found in findings.all:
            st.markdown(f"**{plain(where(found, draft))}**  \n{plain(found.text)}")
        if not findings.all:
            st.markdown("Every field can be used as it is, and no weak spot is known.")
