"""A team as a card: who is in it, what it is for, and what to do with it. Used by Home and Teams."""

from collections.abc import Sequence

import streamlit as st

from agents.plain_text import one_line
from agents.studio import Session
from pages.components import rehearsal
from pages.components.members import member_line
from pages.components.messages import plain
from pages.components.navigation import open_team
from pages.components.start_chat import Startable, open_dialog

N_SIDE_BY_SIDE = 3
"""On a desk; a telephone shows one."""


def cards(session: Session, teams: Sequence[Startable], *, key: str, marks: dict[str, str] | None = None) -> None:
    """Draws the teams as cards in rows that wrap; `marks` are badges (Markdown) by the team's key."""
    with st.container(key=key):
        for first in range(0, len(teams), N_SIDE_BY_SIDE):
            row = teams[first : first + N_SIDE_BY_SIDE]
            for column, team in zip(st.columns(N_SIDE_BY_SIDE), row, strict=False):
                with column:
                    card(session, team, key=f"{key}:{team.key}", mark=(marks or {}).get(team.key, ""))


def card(session: Session, team: Startable, *, key: str, mark: str = "") -> None:
    """Draws one team with Start and Open, and its rehearsal when it has one."""
    with st.container(border=True, height="stretch", key=key, gap="small"):
        with st.container(height="stretch", gap="xsmall"):
            st.markdown(f"**{plain(team.spec.name)}** {mark}")
            st.caption(member_line(team.spec, 5))
            st.markdown(plain(one_line(team.spec.description, 180)))
            if team.spec.tags:
                st.markdown(" ".join(f":gray-badge[{plain(tag)}]" for tag in team.spec.tags[:4]))
        with st.container(horizontal=True, gap="small"):
            name = plain(team.spec.name)
            if st.button(
                "Start",
                key=f"{key}:start",
                type="primary",
                icon=":material/play_arrow:",
                help=f"Start a chat with {name}",
            ):
                open_dialog(session, team)
            if st.button("Open", key=f"{key}:open", icon=":material/edit:", help=f"Look into {name}, and change it"):
                open_team(team.key)
        rehearsal.play_button(session, team.key, team.spec, key=f"{key}:play", is_quiet=True)
