"""Give a team a task: a dialog with the task prefilled, one button from the chat."""

from dataclasses import dataclass

import streamlit as st

from agents.chats.values import MAX_TITLE_CHARS
from agents.plain_text import shorten
from agents.specs import TeamSpec
from agents.studio import Session
from pages.components import model_choice, rehearsal
from pages.components.files.dialog import attachments, uploader
from pages.components.members import member_line
from pages.components.messages import plain, showing_errors
from pages.components.navigation import open_chat
from pages.components.once import done, once


@dataclass(frozen=True)
class Startable:
    """A team that can be given a task."""

    key: str
    """What the address calls it."""
    spec: TeamSpec
    team_id: str | None = None
    revision: int | None = None
    note: str = ""
    """Said above the task."""


def open_dialog(session: Session, team: Startable) -> None:
    """Opens the dialog; call it in the rerun of a press."""

    def body() -> None:
        chat = form(session, team)
        if chat:
            open_chat(chat)

    st.dialog(f"Start “{plain(team.spec.name)}”", width="medium")(body)()


def form(session: Session, team: Startable) -> str:
    """Draws the task, the team's variables and Start; the new chat's id once it is started, else ""."""
    key = f"start:{team.key}"
    st.caption(member_line(team.spec))
    if team.note:
        st.info(team.note, icon=":material/edit_note:")
    tasks = team.spec.example_tasks
    model_choice.warn_without_model(session, team.spec)
    st.session_state.setdefault(f"{key}:task", tasks[0] if tasks else "")
    with st.form(f"{key}:form", border=False):
        task = st.text_area("Task", key=f"{key}:task", height=120, placeholder="What should the team do?")
        variables = _variables(team.spec, key)
        title = st.text_input(
            "Title", key=f"{key}:title", max_chars=MAX_TITLE_CHARS, placeholder="The first line of the task"
        )
        files = uploader(f"{key}:files", "Files for the team")
        is_pressed = st.form_submit_button(
            "Start", key=f"{key}:go", type="primary", icon=":material/play_arrow:", width="stretch"
        )
    _examples(tasks, f"{key}:task")
    rehearsal.offer(session, team.key, team.spec)
    if not is_pressed:
        return ""
    with showing_errors():
        chat = session.chats.start(
            team.spec,
            task or "",
            client_id=once(key),
            title=title or "",
            team_id=team.team_id,
            revision=team.revision,
            variables=variables,
            files=attachments(files),
        )
        done(key)
        return chat
    return ""


def _examples(tasks: list[str], key: str) -> None:
    if len(tasks) < 2:
        return
    with st.expander("Other tasks to try", icon=":material/lightbulb:"):
        for position, task in enumerate(tasks):
            st.button(
                plain(shorten(task, 160)),
                key=f"{key}:example:{position}",
                type="tertiary",
                on_click=_use,
                args=(key, task),
                wrap=True,
            )


def _use(key: str, task: str) -> None:
    st.session_state[key] = task


def _variables(team: TeamSpec, key: str) -> dict[str, str]:
    return {
        name: st.text_input(plain(name.replace("_", " ")), value, key=f"{key}:variable:{name}") or ""
        for name, value in team.variables.items()
    }
