"""Timeline: who took how long in a chat, and how long people were waited for."""

import streamlit as st

from agents.insight.frames import spans_frame, turns_frame, turns_of
from agents.insight.timeline_chart import gantt, overview
from agents.insight.turns import Turns
from agents.studio import ChatRow
from agents.text.numbers import count_text, span_text
from pages.components import charts
from pages.components.charts import tile
from pages.components.navigation import COSTS
from pages.components.person import timezone
from pages.components.widgets import download, switch

TURNS_A_CHART = 150
"""Turns in one chart; more are drawn page by page."""
CLOCK = "The clock below goes on as if each call had taken as long; tools, code and waits are those of this chat."
"""Said of a rehearsal."""

COLUMNS = {
    "turn": st.column_config.NumberColumn("Turn", width=60),
    "who": st.column_config.TextColumn("Agent"),
    "start": st.column_config.DatetimeColumn("Start", format=charts.TIME),
    "duration_s": st.column_config.NumberColumn("Duration", format="%.1f s"),
    "first_token_s": st.column_config.NumberColumn("First token", format="%.2f s"),
    **charts.TOKEN_COLUMNS,
    "cost_usd": charts.COST_COLUMN,
    "outcome": st.column_config.TextColumn("Outcome"),
    "price": st.column_config.TextColumn("Price", help="Where the price comes from"),
    "failures": st.column_config.TextColumn("Failed calls"),
    "model_s": st.column_config.NumberColumn("Model", format="%.1f s", help="Time spent in model calls"),
    "human_s": st.column_config.NumberColumn("Person", format="%.1f s", help="Time spent waiting for a person"),
    "method": st.column_config.TextColumn("Chosen by"),
}


def show() -> None:
    st.title("Timeline", anchor=False)
    row = charts.chat_picker("There are no chats yet. Start one, and its turns appear here.")
    if row is None:
        return
    charts.chat_line(row, other=COSTS, label="Costs")
    charts.redraw_when_it_goes_on(row)
    with charts.turns_of(row.chat) as turns:
        charts.show_recording(turns, CLOCK)
        show_tiles(turns)
        show_chart(row, turns)
        show_table(row, turns)


def show_tiles(turns: Turns) -> None:
    totals = turns.totals(charts.now())
    other_s = max(0.0, totals.total_s - totals.model_s - totals.human_s)
    with st.container(horizontal=True):
        tile("Model time", span_text(totals.model_s), "Spent in model calls.")
        tile("Human time", span_text(totals.human_s), "Spent waiting for a person.")
        tile("Total", span_text(totals.total_s), f"{span_text(other_s)} of it is neither model nor human time.")
        tile("Turns", f"{totals.n_turns:,}", "Finished turns; the task does not count.")
        tile("Failed calls", f"{totals.n_failed:,}", "Model calls that failed.")


def show_chart(row: ChatRow, turns: Turns) -> None:
    team = turns.team
    if team is None or len(turns.spans) < 2:
        st.info("No turns yet.", icon=":material/hourglass_empty:")
        return
    labels, colors = charts.agent_labels(team), charts.agent_colors(team)
    last = turns.turns[-1].turn
    first_shown, last_shown = 0, last
    if last > TURNS_A_CHART:
        frame = turns_frame(turns.turns, turns.clock(charts.now()))
        st.subheader(f"All {last:,} turns", anchor=False)
        alt = f"Seconds of model time over the {last:,} turns of the chat, stacked by agent."
        charts.draw(overview(frame, labels=labels, colors=colors), alt, key=f"overview:{row.chat}")
        first_shown, last_shown = choose_turns(row.chat, last)
    shown, spans = turns_of(turns, first_shown, last_shown)
    going_on = turns.under_way()
    if going_on and last_shown == last:
        spans.append(going_on)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(f"Turns {max(first_shown, 1):,} to {last_shown:,}", anchor=False)
        scale = switch("Waits", ("Waits shortened", "Clock time"), "Waits shortened", "scale")
    frame, is_short = spans_frame(spans, turns.clock(charts.now())), scale == "Waits shortened"
    figure = gantt(frame, labels=labels, colors=colors, timezone=timezone(), shortens_waits=is_short)
    n_waits = sum(span.kind == "wait" for span in spans)
    n_failed = sum(span.kind == "failed" for span in spans)
    alt = (
        f"{count_text(len(shown), 'turn')} of {row.title} as bars in a lane for each agent, "
        f"{count_text(n_waits, 'wait')} for a person hatched, {count_text(n_failed, 'failed model call')} marked. "
        "The table below has the same figures."
    )
    charts.draw(figure, alt, key=f"gantt:{row.chat}:{last_shown // TURNS_A_CHART}:{scale}", can_zoom=True)


def choose_turns(chat: str, last: int) -> tuple[int, int]:
    """The turns to draw, page by page, the last page full; whoever is on it stays on it as the chat goes on."""
    n_pages = -(-last // TURNS_A_CHART)
    key, seen = f"turn-page:{chat}", f"turn-pages:{chat}"
    if st.session_state.get(seen, n_pages) < n_pages and st.session_state.get(key) == st.session_state[seen]:
        st.session_state[key] = n_pages
    st.session_state[seen] = n_pages
    page = st.pagination(n_pages, default=n_pages, key=key)
    last_shown = last - (n_pages - page) * TURNS_A_CHART
    return (last_shown - TURNS_A_CHART + 1 if page > 1 else 0), last_shown


def show_table(row: ChatRow, turns: Turns) -> None:
    frame, labels = (
        turns_frame(turns.turns, turns.clock(charts.now())),
        charts.agent_labels(turns.team) if turns.team else {},
    )
    frame["who"] = [labels.get(agent, agent) for agent in frame["agent"]]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.subheader("All turns", anchor=False)
        name = f"turns-{row.chat}.csv"
        download("CSV", "turns:csv", lambda: frame.drop(columns="who").to_csv(index=False).encode(), name, "text/csv")
    frame["start"] = frame["start"].dt.tz_convert(timezone())
    height = 420 if len(frame) > 10 else "auto"
    alt = f"A table of {count_text(len(frame), 'turn')}: agent, start, duration, tokens, cost and outcome of each."
    charts.show_table(frame, COLUMNS, key="turn-table", alt=alt, height=height)


show()
