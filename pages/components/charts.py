"""What the pages with charts share: which chat is looked at, its turns kept up to date, and how a chart is drawn."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from agents.chats import BUCKETS, RESULT, SELECTION
from agents.errors import NotFoundError
from agents.insight.palette import RESULT_LABEL, SELECTION_COLOR, SELECTION_LABEL
from agents.insight.turns import Turns
from agents.specs import TeamSpec
from agents.studio import ChatRow
from agents.text.members import color_at
from agents.text.numbers import age_text
from agents.text.recordings import recording_details, recordings_text
from agents.text.states import STATUS_WORD
from pages.components.live import lively, redraw
from pages.components.members import status_badge
from pages.components.messages import escape_md
from pages.components.navigation import COSTS, HOME, chat_link
from pages.components.person import session

REFRESH_S = 2.0
"""How often a page with charts looks whether a running chat has gone on."""

REDRAW_S = 10.0
"""How often it is drawn anew when the chat has not gone on, for the bar of the turn that lasts."""

TOKEN_COLUMNS = {
    name: st.column_config.NumberColumn(bucket.column, format="localized", help=bucket.help)
    for name, bucket in BUCKETS.items()
}
"""How tables show each bucket of tokens."""
COST_COLUMN = st.column_config.NumberColumn("Cost", format="$%.4g", help="Calls without a known price are left out")
"""How tables show a cost: $0, $0.0123, $12.3."""
RARE = {*TOKEN_COLUMNS, "n_failed", "failures", "human_s", "agent", "tool", "reason", "answer", "edit", "rule"}
"""Columns that a table leaves out when no row has anything in them: the others then fit."""
TIME = "localized"
"""How tables write a date and time: as the viewer's language does."""

N_OFFERED = 100
"""Chats in the picker, newest activity first; others are reached by link."""


def chat_picker(nothing_yet: str) -> ChatRow | None:
    """A box to choose a chat; the choice is in the address as `?chat=`.

    None when there is no chat at all, which it says as `nothing_yet`, or when the address names one that is not there
    and none was chosen instead.
    """
    rows = {row.chat: row for row in session().chats.rows(limit=N_OFFERED)}
    linked, missing = st.query_params.get("chat", ""), st.empty()
    if linked and linked not in rows:
        try:
            rows[linked] = session().chats.get(linked)
        except NotFoundError as error:
            missing.warning(escape_md(str(error)), icon=":material/search_off:")
    if not rows:
        st.info(nothing_yet, icon=":material/forum:")
        st.page_link(HOME, label="Start a chat", icon=":material/arrow_forward:")
        return None
    ids = list(rows)
    shown = linked or ids[0]
    chosen = st.selectbox(
        "Chat",
        ids,
        index=ids.index(shown) if shown in rows else None,
        placeholder="Choose a chat",
        format_func=lambda chat: f"{rows[chat].title} · {STATUS_WORD[rows[chat].status].lower()}",
        key=f"chat-picker:{linked}",
        label_visibility="collapsed",
    )
    if chosen is None:
        return None
    missing.empty()
    if chosen != linked:
        st.query_params["chat"] = chosen
    return rows[chosen]


def chat_line(row: ChatRow, *, other: Path, label: str) -> None:
    """One line about the chat: its state, team and age, and the ways to the chat itself and to the `other` chart."""
    icon = ":material/payments:" if other == COSTS else ":material/view_timeline:"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{status_badge(row.status)} &nbsp;{escape_md(row.team_name)} · {age_text(row.updated_at)}")
        with st.container(horizontal=True, width="content"):
            chat_link(row.chat, "Chat", icon=":material/forum:")
            st.page_link(other, label=label, icon=icon, query_params={"chat": row.chat})


@contextmanager
def turns_of(chat: str) -> Iterator[Turns]:
    """The chat's turns up to now. Reads only what is new since anybody last looked; not to be kept after the block."""
    followed = _followed(chat)
    with followed.lock:
        followed.turns.add(session().chats.log(chat, after=followed.turns.head))
        yield followed.turns


def show_recording(turns: Turns, note: str = "") -> None:
    """Says of a chat with recorded figures what they are, and `note`; draws nothing for any other."""
    text = recordings_text(turns.recordings, is_mixed=turns.is_mixed)
    if text:
        st.info(escape_md(text), icon=":material/theater_comedy:")
        details = recording_details(turns.recordings, turns.n_unrecorded)
        st.caption(escape_md(f"{details} {note}".strip()))


class _Followed:
    def __init__(self) -> None:
        self.turns = Turns()
        self.lock = threading.Lock()
        """Guards `turns`: two sessions may look at one chat."""


@st.cache_resource(max_entries=32, show_spinner=False)
def _followed(chat: str) -> _Followed:
    return _Followed()


def redraw_when_it_goes_on(row: ChatRow) -> None:
    """Draws the page anew when a running chat has new events, and now and then while a turn lasts.

    Looks every `REFRESH_S` with a read of one row; not at all when the chat waits or has ended.
    """
    if row.status == "running":
        _look(row.chat, row.head, now())


@lively
def _look(chat: str, head: int, drawn_at: datetime) -> None:
    st.caption(":material/bolt: Live: new turns appear as they happen.")
    if session().chats.get(chat).head != head or (now() - drawn_at).total_seconds() > REDRAW_S:
        st.rerun()
    redraw("chart", every_s=REFRESH_S)


def tile(label: str, value: str, help: str) -> None:
    """Draw one figure in a frame."""
    st.metric(label, value, border=True, help=help)


def show_table(frame: pd.DataFrame, columns: Mapping[str, Any], **options: Any) -> Any:
    """Draw `columns` of `frame`, in their order; return what is selected, where `options` let people select."""
    options = {"height": "auto", "hide_index": True, "placeholder": "–", **options}
    order = [name for name in columns if name not in RARE or frame[name].astype(bool).any()]
    return st.dataframe(frame, column_order=order, column_config=columns, **options)


def draw(figure: go.Figure, alt: str, *, key: str, can_zoom: bool = False) -> None:
    """The figure in the page's theme, `alt` saying for those who cannot see it what it shows."""
    config = {
        "displaylogo": False,
        "displayModeBar": "hover" if can_zoom else False,
        "scrollZoom": False,
        "modeBarButtons": [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
    }
    st.plotly_chart(figure, theme="streamlit", config=config, alt=alt, key=key)


def agent_colors(team: TeamSpec) -> dict[str, str]:
    """Agent name -> `#rrggbb`, the one it has on every page; the speaker selection has one too."""
    colors = {agent.name: agent.color or color_at(place) for place, agent in enumerate(team.agents)}
    return {**colors, SELECTION: SELECTION_COLOR, RESULT: SELECTION_COLOR}


def agent_labels(team: TeamSpec) -> dict[str, str]:
    """Agent name -> the name people see, in the team's order, the speaker selection last."""
    labels = [agent.label for agent in team.agents]
    shown = {
        agent.name: agent.label if labels.count(agent.label) == 1 else f"{agent.label} ({agent.name})"
        for agent in team.agents
    }
    return {**shown, SELECTION: SELECTION_LABEL, RESULT: RESULT_LABEL}


def now() -> datetime:
    """The time at which a page is drawn, aware UTC."""
    return datetime.now(UTC)
