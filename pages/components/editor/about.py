"""What the team is: its name and purpose, the model of those who name none, placeholders, tasks to try."""

import streamlit as st

from pages.components.bound import Bound
from pages.components.editor.draft import TeamDraft, new_uid
from pages.components.findings import Findings
from pages.components.model_choice import connection_words


def show(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    """Draws the part "About"."""
    team = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    team.text("name", "Name", max_chars=80)
    team.area("description", "Description", height=100, placeholder="What the team is for, for people who choose one.")
    team.words("tags", "Tags", placeholder="Type a tag and press Enter")
    left, right = st.columns(2)
    with left:
        team.choice("connection", "Connection", connections, connection_words("The studio's default"))
    with right:
        team.text("model", "Model", placeholder="The connection's own")
    st.caption("For every member that names no connection or model of its own.")
    _example_tasks(draft, findings)
    _variables(draft, findings)


def _example_tasks(draft: TeamDraft, findings: Findings) -> None:
    st.space("small")
    st.markdown("##### Tasks to try")
    st.caption("Offered when somebody starts a chat.")
    tasks, key = draft.fields["example_tasks"], f"{draft.key}:{draft.version}:task"
    for position, task in enumerate(tasks):
        with st.container(horizontal=True, vertical_alignment="top"):
            st.text_area(
                f"Task {position + 1}", task, key=f"{key}:{position}", height=68, label_visibility="collapsed",
                on_change=_set_task, args=(tasks, position, f"{key}:{position}"),
            )  # fmt: skip
            st.button(
                "Remove", key=f"{key}:{position}:remove", icon=":material/close:", type="tertiary",
                help=f"Remove task {position + 1}", on_click=_remove_at, args=(draft, tasks, position),
            )  # fmt: skip
    st.button("Add a task", key=f"{key}:add", icon=":material/add:", on_click=tasks.append, args=("",))
    findings.show("example_tasks")


def _set_task(tasks: list[str], position: int, key: str) -> None:
    tasks[position] = st.session_state[key]


def _variables(draft: TeamDraft, findings: Findings) -> None:
    st.space("small")
    st.markdown("##### Variables")
    st.caption(
        "A prompt that holds `{language}` gets the value of `language` when a chat starts; these are the defaults."
    )
    rows, key = draft.fields["variables"], f"{draft.key}:{draft.version}:variable"
    for position, row in enumerate(rows):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for column, caption in ((1, "Name"), (2, "Default")):
                part = f"{key}:{row[0]}:{column}"
                st.text_input(
                    caption, row[column], key=part, live="400ms", on_change=_set_variable, args=(row, column, part),
                )  # fmt: skip
            st.button(
                "Remove", key=f"{key}:{row[0]}:remove", icon=":material/close:", type="tertiary",
                help=f"Remove {row[1] or 'this variable'}", on_click=_remove_at, args=(draft, rows, position),
            )  # fmt: skip
        findings.show(f"variables.{position + 1}")
        findings.show(f"variables.{row[1]}")
    st.button("Add a variable", key=f"{key}:add", icon=":material/add:", on_click=_add_variable, args=(rows,))


def _set_variable(row: list[str], column: int, key: str) -> None:
    row[column] = st.session_state[key]


def _add_variable(rows: list[list[str]]) -> None:
    rows.append([new_uid(), "", ""])


def _remove_at(draft: TeamDraft, items: list[object], position: int) -> None:
    del items[position]
    draft.version += 1
