"""Start a chat: teams as cards, the dialog that gives one a task, and the rehearsals of ready teams.

Rehearsed text is marked wherever it stands; code really runs, and people are really asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from agents.chats import ChatRow
from agents.chats.values import MAX_TITLE_CHARS
from agents.plain_text import one_line, shorten
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, INSTALL_EMBEDDED, REHEARSED, Rehearsal, TeamSpec, active_team
from agents.specs.gallery import gallery_file, rehearsals
from agents.specs.rehearsal import at_script, in_real_time
from agents.studio import RevisionLabel, Session
from agents.text.downloads import download_text
from agents.text.endings import ending_sentence
from agents.text.numbers import span_text
from agents.text.spend import last_run_text
from pages.components import unsaved
from pages.components.files.panel import attachments, uploader
from pages.components.local_model import fetch_bar
from pages.components.members import member_line, needs_line
from pages.components.messages import dialog, escape_md, showing_errors
from pages.components.navigation import MODELS, open_chat, open_team
from pages.components.person import session_now
from pages.components.revision_labels import LABEL_BADGES, live_line
from pages.components.widgets import action, done, lock_note, once, put, switch

ICON = ":material/theater_comedy:"
BADGE = f":violet-badge[{ICON} Rehearsed]"
"""The mark of a chat in which the words are no model's."""
PLAY = "Play the rehearsal"
FAST, REAL_TIME = "Fast", "Real time"
GALLERY = "gallery:"
"""What the keys of ready teams begin with."""
WHAT_IT_IS = (
    "No model speaks: the words come from a script and cost nothing. Code really runs, and you are really asked."
)


def rehearsal_offer(session: Session, team_key: str, spec: TeamSpec) -> None:
    """Draws what the team's rehearsal shows, and the button that plays it; nothing for a team without one."""
    script = script_for(team_key)
    if script is None:
        return
    with st.container(border=True, key=f"rehearsal:{team_key}", gap="small"):
        st.markdown(f"{ICON} **{escape_md(script.name)}**")
        st.caption(f"{escape_md(script.description)} {WHAT_IT_IS}")
        is_real_time = _pace(script, f"rehearsal:{team_key}:pace") == REAL_TIME
        play_button(session, team_key, spec, key=f"rehearsal:{team_key}:play", is_real_time=is_real_time)


def _pace(script: Rehearsal, key: str) -> str:
    """Draws the choice how fast the lines come, where the script knows; returns it."""
    recording = script.recording
    if recording is None:
        return FAST
    pace = switch("Pace", (FAST, REAL_TIME), FAST, key)
    took = span_text(sum(call.duration_s for call in recording.calls))
    st.caption(f"{REAL_TIME}: {took} in all, as long as {escape_md(recording.model)} takes for these lines.")
    return pace


def play_button(
    session: Session,
    team_key: str,
    spec: TeamSpec,
    *,
    key: str,
    is_quiet: bool = False,
    is_primary: bool = False,
    is_real_time: bool = False,
) -> None:
    """The button that plays the team's rehearsal and opens the chat; nothing for a team without one."""
    script = script_for(team_key)
    if script is None:
        return
    kind = "primary" if is_primary else "tertiary" if is_quiet else "secondary"
    if st.button(PLAY, key=key, icon=ICON, type=kind, help=None if not is_quiet else WHAT_IT_IS):  # type: ignore[arg-type]
        with showing_errors():
            name = team_key.removeprefix(GALLERY)
            chat = session.chats.start(
                at_script(spec, REHEARSED, in_real_time(name) if is_real_time else name),
                script.task,
                client_id=once(key),
                title=f"Rehearsal: {script.name}",
                files=_files_of(script),
            )
            done(key)
            open_chat(chat)


def script_for(team_key: str) -> Rehearsal | None:
    """The rehearsal of the team of that key; None when it has none."""
    return rehearsals().get(team_key.removeprefix(GALLERY)) if team_key.startswith(GALLERY) else None


def suggestion(session: Session, chat: str, team: TeamSpec, box: str) -> None:
    """Draws what the script would have the person say who is asked in `chat`, and the button that puts it into the text
    field of the key `box`; nothing in chats without a script."""
    text = session.requests.suggested_reply(session.chats.state(chat)) if session.teams.is_rehearsed(team) else ""
    if not text:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"suggested:{box}"):
        st.caption(f"{ICON} Suggested reply: “{escape_md(one_line(text, 300))}”", width="stretch")
        action("Use it", f"use:{box}", "edit_note", put, box, text, type="tertiary")


@dataclass(frozen=True)
class Startable:
    """A team that can be given a task."""

    key: str
    """What the address calls it."""
    spec: TeamSpec
    team_id: str | None = None
    """The saved team that it is, or was made of."""
    revision: int | None = None
    """Of the saved team; None when it was changed since."""
    label: RevisionLabel = ""
    """Of that revision."""
    newest: int | None = None
    """The newest revision of the saved team."""
    note: str = ""
    """Said above the task."""


def own_teams(session: Session) -> list[Startable]:
    """Return the saved teams as chats run them: the live revision of each, else its newest; latest changed first."""
    return [
        Startable(row.team_id, row.spec, row.team_id, row.revision, row.label, row.newest_revision)
        for row in session.teams.rows_to_run()
    ]


def ready_teams(session: Session) -> list[Startable]:
    """Return the gallery's teams."""
    return [Startable(f"{GALLERY}{team.name}", team.spec) for team in session.teams.gallery()]


def open_dialog(team: Startable) -> None:
    """Opens the dialog; call it in the rerun of a press."""

    def body() -> None:
        chat = form(session_now(), team)
        if chat:
            open_chat(chat)

    dialog(f"Start “{escape_md(team.spec.name)}”", width="medium")(body)()


def form(session: Session, team: Startable) -> str:
    """Draws the task, the team's variables and Start; the new chat's id once it is started, else ""."""
    key = f"start:{team.key}"
    whole = session.teams.as_it_runs(team.spec)
    st.caption(member_line(team.spec))
    st.caption(needs_line(whole))
    st.caption(f":material/flag: {escape_md(ending_sentence(team.spec))}")
    live_line(team.revision, team.label, team.newest)
    if team.note:
        st.info(team.note, icon=":material/edit_note:")
    tasks = team.spec.example_tasks
    warn_without_model(session, whole)
    unsaved.take(key)
    unsaved.offer(key, lambda: None)
    for name, default in (("task", tasks[0] if tasks else ""), ("title", "")):
        if f"{key}:{name}" not in st.session_state:
            st.session_state[f"{key}:{name}"] = unsaved.unsent(key, name, default, f"{key}:{name}")
    with st.form(f"{key}:form", border=False):
        task = st.text_area("Task", key=f"{key}:task", height=120, placeholder="What should the team do?")
        variables = {
            name: st.text_input(escape_md(name.replace("_", " ")), value, key=f"{key}:variable:{name}") or ""
            for name, value in team.spec.variables.items()
        }
        title = st.text_input(
            "Title", key=f"{key}:title", max_chars=MAX_TITLE_CHARS, placeholder="The first line of the task"
        )
        files = uploader(f"{key}:files", "Files for the team")
        _files_of_team(session, team)
        samples = _sample_files(team, key)
        why_not = session.why_not("run")
        is_pressed = st.form_submit_button(
            "Start", key=f"{key}:go", type="primary", icon=":material/play_arrow:", width="stretch",
            disabled=bool(why_not), help=why_not or None,
        )  # fmt: skip
        lock_note(why_not)
    unsaved.watch(key, {f"{key}:task": "task", f"{key}:title": "title"})
    _examples(tasks, f"{key}:task")
    rehearsal_offer(session, team.key, team.spec)
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
            files=attachments(files) or samples,
        )
        done(key)
        unsaved.forget(key)
        return chat
    return ""


MAX_NAMED = 8


def _files_of_team(session: Session, team: Startable) -> None:
    """Says which files the team brings along."""
    names = [escape_md(file.name) for file in session.teams.files(team.team_id)] if team.team_id else []
    if names:
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        st.caption(
            f":material/folder_open: The team's files are attached too: {', '.join(names[:MAX_NAMED])}{more}. "
            "A file of yours with the same name takes the place of the team's."
        )


def _sample_files(team: Startable, key: str) -> list[tuple[str, bytes]]:
    """Draws the choice to attach what the first example of a ready team is about; returns what is chosen."""
    script = script_for(team.key)
    if script is None or not script.files:
        return []
    names = ", ".join(map(escape_md, script.files))
    help = "The first example is about them. Files that you attach take their place."
    if not st.checkbox(f"With sample files: {names}", True, key=f"{key}:samples", help=help):
        return []
    return _files_of(script)


def _files_of(script: Rehearsal) -> list[tuple[str, bytes]]:
    return [(name, gallery_file(name)) for name in script.files]


def _examples(tasks: list[str], key: str) -> None:
    if len(tasks) < 2:
        return
    with st.expander("Other tasks to try", icon=":material/lightbulb:"):
        for position, task in enumerate(tasks):
            label = escape_md(shorten(task, 160))
            action(label, f"{key}:example:{position}", "", put, key, task, type="tertiary", wrap=True)


N_SIDE_BY_SIDE = 3
"""On a wide screen; a phone shows one."""


def cards(
    session: Session,
    teams: Sequence[Startable],
    *,
    key: str,
    marks: dict[str, str] | None = None,
    has_tags: bool = True,
) -> None:
    """Draws the teams as cards in rows that wrap, ready ones with what their last run cost; `marks` are badges
    (Markdown) by the team's key."""
    ready = [team.spec.name for team in teams if team.key.startswith(GALLERY)]
    runs = session.chats.last_runs(ready)
    with st.container(key=key):
        for first in range(0, len(teams), N_SIDE_BY_SIDE):
            row = teams[first : first + N_SIDE_BY_SIDE]
            for column, team in zip(st.columns(N_SIDE_BY_SIDE), row, strict=False):
                run = runs.get(team.spec.name) if team.key.startswith(GALLERY) else None
                with column:
                    mark = (marks or {}).get(team.key, "")
                    card(session, team, key=f"{key}:{team.key}", mark=mark, last_run=run, has_tags=has_tags)


def found_teams(teams: Sequence[Startable], query: str, tags: Sequence[str] = ()) -> list[Startable]:
    """Return the teams that have all words of `query` in their name, description, tags or members, and all `tags`."""
    found = []
    for team in teams:
        spec = team.spec
        text = " ".join([spec.name, spec.description, *spec.tags, *(agent.label for agent in spec.agents)]).casefold()
        if set(tags) <= set(spec.tags) and all(word in text for word in query.casefold().split()):
            found.append(team)
    return found


def card(
    session: Session,
    team: Startable,
    *,
    key: str,
    mark: str = "",
    last_run: ChatRow | None = None,
    has_tags: bool = True,
) -> None:
    """Draws one team with what it needs, Start and Open, and its rehearsal when it has one: the main button while the
    model that the team needs is not here."""
    whole = session.teams.as_it_runs(team.spec)
    is_played_first = script_for(team.key) is not None and session.local_models.is_awaited(whole)
    with st.container(border=True, height="stretch", key=key, gap="small"):
        with st.container(height="stretch", gap="xsmall"):
            st.markdown(f"**{escape_md(team.spec.name)}** {LABEL_BADGES[team.label]} {mark}")
            st.caption(member_line(team.spec, 5))
            st.markdown(escape_md(one_line(team.spec.description, 180)))
            st.caption(needs_line(whole))
            live_line(team.revision, team.label, team.newest)
            if last_run:
                st.caption(f":material/history: {escape_md(last_run_text(last_run))}")
            if team.spec.tags and has_tags:
                st.markdown(" ".join(f":gray-badge[{escape_md(tag)}]" for tag in team.spec.tags[:4]))
        with st.container(horizontal=True, gap="small"):
            name = escape_md(team.spec.name)
            help, icon = f"Start a chat with {name}", ":material/play_arrow:"
            kind: Literal["primary", "secondary"] = "secondary" if is_played_first else "primary"
            if st.button("Start", key=f"{key}:start", type=kind, icon=icon, help=help):
                open_dialog(team)
            if st.button("Open", key=f"{key}:open", icon=":material/edit:", help=f"See or change {name}"):
                open_team(team.key)
        play_button(session, team.key, team.spec, key=f"{key}:play", is_quiet=True, is_primary=is_played_first)


def model_banner(session: Session) -> None:
    """Draws nothing when a model of the person's own is the default."""
    rows = session.connections.rows()
    default = next((row for row in rows if row.is_default), None)
    if default is None or default.spec.name != EMBEDDED:
        return
    if session.local_models.is_awaited():
        _awaited_banner()
        return
    if not session.connections.missing_for_embedded() and not session.local_models.is_off():
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="model_banner"):
            st.markdown(
                ":material/memory: **Agents use the small model on this machine**: free and private. It writes short "
                "programs and serves small teams; connect a larger model for real work.",
                width="stretch",
            )
            _connect_button()
        return
    with st.container(border=True, key="model_banner"):
        st.markdown(":orange[:material/warning:] **No model is available yet.** Do one of these:")
        left, right = st.columns(2)
        if session.local_models.is_off():
            left.markdown("**Switch the local model on** (no key): unset `STUDIO_LOCAL_MODEL`, then start again.")
        else:
            left.markdown("**Install the local model's server** (no key), then start the studio again:")
            left.code(INSTALL_EMBEDDED, language="bash", wrap_lines=True)
        with right:
            st.markdown("**Connect a model**: Ollama or LM Studio on this machine, or a provider you have a key for.")
            _connect_button()
        st.caption("A rehearsal needs no model: press *Play the rehearsal* on a ready team to see how it works.")


def _awaited_banner() -> None:
    with st.container(border=True, key="model_banner", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/download: **The model for agents is being fetched**, once for this machine: free, private, "
                "no key. Until it is here, play a rehearsal, or start a chat that waits for it.",
                width="stretch",
            )
            _connect_button()
        fetch_bar("model_banner")


def warn_without_model(session: Session, team: TeamSpec) -> None:
    """Says before a chat starts that its agents cannot speak, and what helps; draws nothing when they can."""
    if session.local_models.is_awaited(team):
        st.info(
            f"The local model is being fetched: {download_text(session.local_models.used().progress)}. You can start "
            "the chat now; it waits until the model is here.",
            icon=":material/download:",
        )
    if lacks_model(session, team):
        st.warning(
            "The local model's server is not installed. You can start the chat, but it waits "
            f"until you connect a model under *Connections*, or install it with `{INSTALL_EMBEDDED}`.",
            icon=":material/warning:",
        )


def lacks_model(session: Session, team: TeamSpec) -> bool:
    """Return whether somebody in the team speaks with the local model, and its server is not installed."""
    if not session.connections.missing_for_embedded():
        return False
    default = next((row.spec.name for row in session.connections.rows() if row.is_default), EMBEDDED)
    used = {each.connection_of(agent)[0] for each in active_team(team).tree for agent in each.agents if agent.has_model}
    return EMBEDDED in used or (DEFAULT_CONNECTION in used and default == EMBEDDED)


def _connect_button() -> None:
    if st.button("Connect a model", key="model_banner:connect", icon=":material/cable:"):
        st.switch_page(MODELS, query_params={"connection": "new"})
