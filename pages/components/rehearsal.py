"""A ready team's rehearsal: playing it, and what its script would have a person say.

Rehearsed words are marked wherever they stand; code really runs, and people are really asked.
"""

import streamlit as st

from agents.plain_text import one_line
from agents.specs import REHEARSED, Rehearsal, TeamSpec
from agents.specs.gallery import gallery_file, rehearsals
from agents.specs.rehearsal import at_script
from agents.studio import Session
from pages.components.messages import plain, showing_errors
from pages.components.navigation import open_chat
from pages.components.once import done, once

ICON = ":material/theater_comedy:"
BADGE = f":violet-badge[{ICON} Rehearsed]"
"""The mark of a chat in which the words are no model's."""
PLAY = "Play the rehearsal"
GALLERY = "gallery:"
"""What the keys of ready teams begin with."""
WHAT_IT_IS = (
    "No model speaks: the words come from a script and cost nothing. Code really runs, and you are really asked."
)


def offer(session: Session, team_key: str, spec: TeamSpec) -> None:
    """Draws what the team's rehearsal shows, and the button that plays it; nothing for a team without one."""
    script = script_for(team_key)
    if script is None:
        return
    with st.container(border=True, key=f"rehearsal:{team_key}", gap="small"):
        st.markdown(f"{ICON} **{plain(script.name)}**")
        st.caption(f"{plain(script.description)} {WHAT_IT_IS}")
        play_button(session, team_key, spec, key=f"rehearsal:{team_key}:play")


def play_button(session: Session, team_key: str, spec: TeamSpec, *, key: str, is_quiet: bool = False) -> None:
    """The button that plays the team's rehearsal and opens the chat; nothing for a team without one."""
    script = script_for(team_key)
    if script is None:
        return
    kind = "tertiary" if is_quiet else "secondary"
    if st.button(PLAY, key=key, icon=ICON, type=kind, help=None if not is_quiet else WHAT_IT_IS):  # type: ignore[arg-type]
        with showing_errors():
            chat = _play(session, team_key.removeprefix(GALLERY), spec, script, key)
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
        st.caption(f"{ICON} The script has you say: “{plain(one_line(text, 300))}”", width="stretch")
        st.button(
            "Use it", key=f"use:{box}", type="tertiary", icon=":material/edit_note:", on_click=_use, args=(box, text)
        )


def _use(box: str, text: str) -> None:
    st.session_state[box] = text


def _play(session: Session, name: str, spec: TeamSpec, script: Rehearsal, key: str) -> str:
    return session.chats.start(
        at_script(spec, REHEARSED, name),
        script.task,
        client_id=once(key),
        title=f"Rehearsal: {script.name}",
        files=[(file, gallery_file(file)) for file in script.files],
    )
