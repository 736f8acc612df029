"""The editor of one team: its head, what is wrong in short, its parts, and the revisions there were."""

import re
from collections.abc import Callable

import streamlit as st

from agents.specs import DEFAULT_CONNECTION
from agents.studio import Session, TeamRow
from agents.text.numbers import count_text
from agents.text.team_changes import field_label
from pages.components import unsaved
from pages.components.editor import (
    approval_rules,
    conversation_picture,
    endings,
    files,
    history,
    members,
    parts,
    remedies,
    result,
    revisions,
    saving,
    team_settings,
    unsaved_team,
)
from pages.components.editor.draft import Checked, TeamDraft, blank, check, index_of, is_changed, label
from pages.components.editor.saving import more_menu
from pages.components.form_fields import Finding, Findings, remedy_button
from pages.components.live import redraw, teams_mark
from pages.components.messages import escape_md
from pages.components.navigation import FROM_SENTENCE, back_to_list, open_team
from pages.components.start_chat import Startable, open_dialog
from pages.components.widgets import action, lock_note


def where(finding: Finding, draft: TeamDraft) -> str:
    """The path in the editor's words: "Agents, QA engineer, prompt"."""
    first, *rest = finding.path.split(".")
    words, part, uid = [parts.part_of(finding.path)], "", parts.member_of(finding.path, draft)
    if uid:
        words.append(label(draft.members[index_of(draft, uid)]))
        part, rest = "agent", re.sub(r"agents\.(\d+)", r"agent \1", ".".join(rest[1:])).split(".")  # of teams in it
    elif first != "agents":
        words.append(field_label("", first))
        part = first
    words += [field_label(part, name) for name in rest]
    return ", ".join(word for word in words if word)


def editor(session: Session, draft: TeamDraft) -> None:
    """Draws the whole editor of `draft`."""
    history.record(draft)
    connections = [DEFAULT_CONNECTION, *(row.spec.name for row in session.connections.rows())]
    checked = check(draft)
    found = [Finding(path, text, True, remedies.of_problem(draft, path)) for path, text in checked.problems]
    if checked.spec is not None:
        session.sandbox.prepare(checked.spec)
        weak_spots = session.teams.warnings(checked.spec)
        found += [Finding(weak.path, weak.text, False, remedies.of_warning(draft, weak.fix)) for weak in weak_spots]
    findings = Findings(tuple(found), draft.key)
    place = unsaved_team.place_of(draft.key)
    n_held = unsaved.n_held(place)
    _head(session, draft, checked, findings)
    lock_note(session.why_not("administer"))
    unsaved_team.offer(draft)
    _summary(draft, findings)
    picture = conversation_picture.of_draft(session, draft, checked)
    tabs: dict[str, Callable[[], None]] = {
        "Agents": lambda: members.members_part(draft, findings, connections, checked.spec, picture("agents")),
        "Conversation": lambda: team_settings.conversation_part(draft, findings, connections, picture("conversation")),
        "Policies": lambda: approval_rules.policies_part(session, draft, findings, checked.spec),
        "Sandbox": lambda: team_settings.sandbox_part(draft, findings),
        "Ending": lambda: _ending_part(draft, findings, connections, checked),
        "Files": lambda: files.files_part(session, draft),
        "About": lambda: team_settings.about_part(draft, findings, connections),
        "Revisions": lambda: revisions.revisions_part(session, draft, checked),
    }
    # a label that changed would throw whoever types back to the first tab
    drawn = st.tabs(list(tabs), key=parts.KEY, on_change="rerun")
    for tab, draw in zip(drawn, tabs.values(), strict=True):
        with tab:
            draw()
    if unsaved.n_held(place) < n_held:
        st.rerun()  # what was typed and never counted counts now
    unsaved_team.keep(draft, checked)
    history.keys(draft)
    endings.keys()
    redraw("team", teams=teams_mark())


def _ending_part(draft: TeamDraft, findings: Findings, connections: list[str], checked: Checked) -> None:
    endings.ending_part(draft, findings, checked.spec)
    result.result_part(draft, findings, connections)


def _head(session: Session, draft: TeamDraft, checked: Checked, findings: Findings) -> None:
    changed = is_changed(draft, checked)
    row = saving.newest(session, draft)
    back_to_list("All teams", "team")
    with st.container(horizontal=True, vertical_alignment="top", key="editor_head"):
        with st.container(width="stretch", gap="xxsmall"):
            team_settings.title(draft, findings)
            st.markdown(saving.badges(draft, row, changed=changed))
            endings.in_place(draft, findings, checked.spec)
        with st.container(horizontal=True, width="content", gap="small", key="editor_acts"):
            saving.save_button(session, draft, checked, changed=changed)
            _start_button(draft, checked, row, changed=changed)
            history.buttons(draft)
            saving.discard_button(draft, changed=changed)
            more_menu(session, draft, checked)
    with st.container(key="meanwhile"):  # always there: what comes between others would make the fields below it anew
        if row is not None and row.revision != draft.revision:
            saving.saved_meanwhile(session, draft, checked, row)
        if draft.base is None and checked.spec == blank():
            _from_sentence(draft)


def _from_sentence(draft: TeamDraft) -> None:
    """Draw the other way to begin a team, while nothing is written in this one."""
    label = "Draft it from a sentence instead"
    if st.button(label, key=f"{draft.key}:from_sentence", icon=":material/auto_awesome:", type="tertiary"):
        unsaved_team.give_up(draft)
        open_team(FROM_SENTENCE)


def _start_button(draft: TeamDraft, checked: Checked, newest: TeamRow | None, *, changed: bool) -> None:
    pressed = st.button(
        "Start a chat", key=f"{draft.key}:start", icon=":material/play_arrow:", disabled=checked.spec is None
    )
    if pressed and checked.spec is not None:
        team = Startable(
            draft.key,
            checked.spec,
            team_id=draft.team_id,
            revision=None if changed else draft.revision,
            note=_uses(draft, newest, changed=changed),
        )
        open_dialog(team)


def _uses(draft: TeamDraft, newest: TeamRow | None, *, changed: bool) -> str:
    """What a chat from here uses, where that is not what one from the list would."""
    live = newest.live_revision if newest else None
    if not changed and live in (None, draft.revision):
        return ""
    seen = "unsaved changes included" if changed else f"revision {draft.revision}"
    return f"The chat uses the team as you see it, {seen}." + (f" Revision {live} is live." if live else "")


def _summary(draft: TeamDraft, findings: Findings) -> None:
    """One line that is always there, so that nothing jumps while somebody types; all findings within."""
    problems = sum(finding.is_problem for finding in findings.all)
    if problems:
        title = f":red[:material/error: {count_text(problems, 'thing')} to fix before you can save]"
    elif findings.all:
        n_fixes = sum(found.remedy is not None for found in findings.all)
        cured = f", {n_fixes} with a fix" if n_fixes else ""
        title = f":orange[:material/warning: {count_text(len(findings.all), 'hint')} for a better run{cured}]"
    else:
        title = ":green[:material/check_circle: Looks good]"
    with st.expander(title, key=f"{draft.key}:summary"):
        for place, found in enumerate(findings.all):
            st.markdown(f"**{escape_md(where(found, draft))}**  \n{escape_md(found.text)}")
            with st.container(horizontal=True, gap="small"):
                if found.remedy is not None:
                    remedy_button(found.remedy, f"{draft.key}:summary:fix:{place}")
                part, uid = parts.part_of(found.path), parts.member_of(found.path, draft)
                key = f"{draft.key}:summary:show:{place}"
                action("Show", key, "arrow_forward", parts.show, draft, part, uid, type="tertiary")
        if not findings.all:
            st.markdown("No problems found.")
