"""The list of what waits: narrowed by kind, team, agent and starter; a row for each request, more on demand."""

from dataclasses import dataclass

import streamlit as st

from agents.chats import KINDS, kind_of
from agents.plain_text import one_line
from agents.studio import RequestRow
from agents.text.numbers import age_text, due_text
from pages.components.decision.card import icon
from pages.components.inbox import bulk
from pages.components.messages import escape_md
from pages.components.navigation import Key, forget, key_of, show
from pages.components.person import session
from pages.components.widgets import action, put

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


PAGE = 30
"""Rows drawn at first, and added by each press on "Show more": a browser is slow with long lists."""
_SHOWN = "inbox:n_shown"


def n_shown() -> int:
    """How many rows are drawn at most."""
    return int(st.session_state.get(_SHOWN, PAGE))


def listing(rows: list[RequestRow], chosen: Key | None, *, n_more: bool) -> None:
    """Draws `rows`; a press on one opens it."""
    with st.container(key="inbox_list", gap="xxsmall"):
        for row in rows:
            key, look = key_of(row), "primary" if key_of(row) == chosen else "tertiary"
            action(_label(row), row_key(key), "", _open, key, type=look, width="stretch", wrap=True)
        if n_more:
            action("Show more", "inbox:more", "expand_more", put, _SHOWN, n_shown() + PAGE)


def headline(row: RequestRow, most: int = 110) -> str:
    """What is asked, on one line."""
    return one_line(kind_of(row.kind).headline(row.question, row.agent, row.tool), most)


def row_key(key: Key) -> str:
    """The key of a row's button."""
    return f"inbox:row:{key[0]}:{key[1]}"


def _label(row: RequestRow) -> str:
    due = due_text(row.due_at)
    about = [escape_md(one_line(row.title, 60)), escape_md(one_line(row.team_name, 40)), age_text(row.asked_at)]
    about += [f":orange[{due}]"] if due else []
    return f"{icon(row.kind)} **{escape_md(headline(row))}** :gray[{' · '.join(about)}]"


def _open(key: Key) -> None:
    bulk.close()
    show(key)
