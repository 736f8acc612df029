"""Narrowing the inbox by kind, team and agent, and to the chats that one has started."""

from dataclasses import dataclass

import streamlit as st

from agents.chats import KINDS
from agents.studio import RequestRow
from pages.components.inbox.address import forget
from pages.components.studio import session

ALL = ""
MINE = "inbox:mine"
LABELS = {"kind": "All kinds", "team": "All teams", "agent": "All agents"}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; "" is no limit."""

    kind: str = ALL
    team: str = ALL
    agent: str = ALL
    started_by: str = ALL

    def fit(self, row: RequestRow) -> bool:
        """Whether `row`, of a chat whose requests fit, does so itself."""
        pairs = ((self.kind, row.kind), (self.team, row.team_name), (self.agent, row.agent))
        return all(wanted in (ALL, has) for wanted, has in pairs)

    def __bool__(self) -> bool:
        return bool(self.kind or self.team or self.agent or self.started_by)


def filters() -> Filters:
    """Draws a box for each, with what open requests have, and returns what is chosen."""
    values = session().requests.open_values()
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        gap="small",
        key="inbox_filters",
    ):
        chosen = {name: _choice(name, values.get(name, [])) for name in LABELS}
        is_mine = st.toggle("Mine", key=MINE, help="Of chats that you started, by your name", on_change=forget)
        return Filters(**chosen, started_by=session().person.name if is_mine else ALL)


def clear() -> None:
    """Back to everything; a callback."""
    for name in LABELS:
        st.session_state[f"inbox:{name}"] = ALL
    st.session_state[MINE] = False
    forget()


def _choice(name: str, values: list[str]) -> str:
    key = f"inbox:{name}"
    chosen = st.session_state.get(key, ALL)
    offered = [ALL, *values, *([chosen] if chosen and chosen not in values else [])]
    words = {ALL: LABELS[name]}
    if name == "kind":
        words |= {kind: asked.label for kind, asked in KINDS.items()}
    return str(
        st.selectbox(
            LABELS[name],
            offered,
            key=key,
            format_func=lambda value: words.get(value, value),
            label_visibility="collapsed",
            on_change=forget,
            width=170,
        )
    )
