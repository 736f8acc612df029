"""The list of what waits: a row for each request, the open one marked, more on demand."""

import streamlit as st

from agents.chats import kind_of
from agents.plain_text import one_line
from agents.studio import RequestRow
from agents.text.time import age_text, due_text
from pages.components.decision.card import icon
from pages.components.errors import plain
from pages.components.inbox import alike
from pages.components.inbox.address import Key, key_of, show

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
            st.button(
                _label(row),
                key=row_key(key_of(row)),
                type="primary" if key_of(row) == chosen else "tertiary",
                on_click=_open,
                args=(key_of(row),),
                width="stretch",
                wrap=True,
            )
        if n_more:
            st.button("Show more", key="inbox:more", icon=":material/expand_more:", on_click=_more)


def headline(row: RequestRow, most: int = 110) -> str:
    """What is asked, on one line."""
    return one_line(kind_of(row.kind).headline(row.question, row.agent, row.tool), most)


def row_key(key: Key) -> str:
    """The key of a row's button."""
    return f"inbox:row:{key[0]}:{key[1]}"


def _label(row: RequestRow) -> str:
    due = due_text(row.due_at)
    about = [plain(one_line(row.title, 60)), plain(one_line(row.team_name, 40)), age_text(row.asked_at)]
    about += [f":orange[{due}]"] if due else []
    return f"{icon(row.kind)} **{plain(headline(row))}** :gray[{' · '.join(about)}]"


def _open(key: Key) -> None:
    alike.close()
    show(key)


def _more() -> None:
    st.session_state[_SHOWN] = n_shown() + PAGE
