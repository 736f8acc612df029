"""Teams in from elsewhere: a text or a file of any known kind, the teams in it as cards with what is not carried, and
then *Create*. Nothing is saved by it: a team opens in the editor, several are listed."""

from typing import Literal

import streamlit as st

from agents.errors import StudioError, UsageError
from agents.plain_text import one_line
from agents.specs import TeamSpec
from agents.studio import ImportNote, ProposedTeam, Reading
from agents.text.endings import ending_sentence
from agents.text.numbers import count_text
from pages.components.editor.draft import begin, open_draft
from pages.components.editor.unsaved_team import keep_changed
from pages.components.members import member_line, needs_line
from pages.components.messages import dialog, escape_md, flash, show_error
from pages.components.navigation import TEAMS, open_team
from pages.components.person import session
from pages.components.widgets import download

KEY = "import"
FOUND = "found"
ENDINGS = ["py", "ipynb", "yaml", "yml", "json", "md", "txt"]
MAX_UPLOAD_MB = 8
MAX_TASK_CHARS = 300
PLACEHOLDER = "An AutoGen script, or a team as YAML or JSON"


def open_import() -> None:
    """Opens the dialog with nothing read yet; call it in the rerun of a press."""
    st.session_state.pop(f"{KEY}:{FOUND}", None)
    _dialog()


@dialog("Import teams", width="large")
def _dialog() -> None:
    teams = import_form(KEY)
    if not teams:
        return
    keys = [begin(team) for team in teams]
    if len(keys) == 1:
        open_team(keys[0])
    for key in keys:
        keep_changed(open_draft(key, session()))  # they are there after a reload, also if nobody opens them
    flash(f"{count_text(len(keys), 'team')} imported. Open each below to look at it and save it.")
    st.switch_page(TEAMS)


def import_form(key: str) -> list[TeamSpec]:
    """Draws paste, upload and what was read; the teams to make once Create is pressed, else []. Nothing is saved."""
    st.text_area("Paste a script or a team", key=f"{key}:text", height=180, placeholder=PLACEHOLDER)
    st.file_uploader("Or choose a file", ENDINGS, key=f"{key}:file", max_upload_size=MAX_UPLOAD_MB)
    found: Reading | StudioError | None = st.session_state.get(f"{key}:{FOUND}")
    kind: Literal["primary", "secondary"] = "secondary" if isinstance(found, Reading) else "primary"
    st.button("Read", key=f"{key}:go", type=kind, icon=":material/search:", on_click=_read, args=(key,))
    if isinstance(found, StudioError):
        show_error(found)
    return _found(found, key) if isinstance(found, Reading) else []


def _read(key: str) -> None:
    """Keep the teams in what was chosen or pasted, or what is wrong with it."""
    upload, text, subject = st.session_state.get(f"{key}:file"), st.session_state.get(f"{key}:text") or "", "The text"
    if upload is not None:
        subject, text = f"“{upload.name}”", upload.getvalue().decode("utf-8-sig", errors="replace")
    found: Reading | StudioError
    try:
        if not text.strip():
            raise UsageError("There is nothing to read. Paste a script or a team, or choose a file.")
        found = session().teams.from_text(text, subject)
    except StudioError as error:
        found = error
    st.session_state[f"{key}:{FOUND}"] = found


def _found(reading: Reading, key: str) -> list[TeamSpec]:
    """Draws the teams that were read, and Create."""
    what = count_text(len(reading.teams), "team")
    st.markdown(f"**{what} found in {escape_md(reading.kind)}.** Nothing was run, and nothing is saved yet.")
    several = len(reading.teams) > 1
    taken = [
        team.spec
        for number, team in enumerate(reading.teams)
        if _card(team, f"{key}:team:{number}", is_choice=several, is_open=not several)
    ]
    if reading.notes:
        with st.expander(f"About the whole text: {count_text(len(reading.notes), 'note')}", icon=":material/info:"):
            _notes(reading.notes)
    label = f"Create {count_text(len(taken), 'team')}" if several else "Create the team"
    if st.button(label, key=f"{key}:create", type="primary", icon=":material/group_add:", disabled=not taken):
        return taken
    return []


def _card(team: ProposedTeam, key: str, *, is_choice: bool, is_open: bool) -> bool:
    """Draws one team and what of it is not carried; whether it is taken."""
    name = escape_md(team.spec.name)
    with st.container(border=True, key=key, gap="small"):
        is_taken = st.checkbox(f"**{name}**", value=True, key=f"{key}:take") if is_choice else True
        if not is_choice:
            st.markdown(f"**{name}**")
        lines = [
            member_line(team.spec),
            needs_line(team.spec),
            f":material/flag: {escape_md(ending_sentence(team.spec))}",
        ]
        if team.task:
            lines.append(f":material/assignment: Task: “{escape_md(one_line(team.task, MAX_TASK_CHARS))}”")
        for line in lines:
            st.caption(line)
        if team.notes:
            label = f"Different here, or left out: {count_text(len(team.notes), 'note')}"
            with st.expander(label, icon=":material/info:", expanded=is_open):
                _notes(team.notes)
        if team.tools:
            _tools(team, key)
    return is_taken


def _notes(notes: tuple[ImportNote, ...]) -> None:
    st.markdown("\n".join(f"- {escape_md(str(note))}" for note in notes))


def _tools(team: ProposedTeam, key: str) -> None:
    """Draws the code of the tools that come along; it has not run."""
    label = f"Code of {count_text(len(team.tools), 'tool')}: read it before you use it"
    with st.expander(label, icon=":material/home_repair_service:"):
        st.caption("To use a tool, save its file in the folder “plugins” of the studio. There it runs as you do.")
        for number, tool in enumerate(team.tools):
            st.code(tool.source, language="python", height=240)
            download(
                f"Save {escape_md(tool.name)}.py",
                f"{key}:tool:{number}",
                tool.source,
                f"{tool.name}.py",
                "text/x-python",
            )
