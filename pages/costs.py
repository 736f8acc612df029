"""Costs: what a chat used, by turn, agent and model; what all chats used, by day, team and model."""

from datetime import date, timedelta
from typing import Literal

import pandas as pd
import streamlit as st

from agents.chats import SELECTION
from agents.insight.cost_charts import Value, cost_bars, cumulative_steps, day_bars, token_bars
from agents.insight.frames import calls_frame, cumulative, dearest_first, sums, totals_frame
from agents.insight.palette import colors_for
from agents.studio import Dimension, Total
from agents.text.money import cost_text
from agents.text.numbers import short_number
from pages.components import charts
from pages.components.errors import plain
from pages.components.studio import studio

VALUES: dict[str, Value] = {"Cost": "cost_usd", "Tokens": "n_tokens"}
DAYS = {"7 days": 7, "30 days": 30, "90 days": 90, "All time": None}

COLUMNS = {
    "n_calls": st.column_config.NumberColumn("Calls", format="localized"),
    "cost_usd": st.column_config.NumberColumn("Cost", format="$%.6f", help="The part that is known"),
    "price": st.column_config.TextColumn("Price", help="How the cost is known"),
    "input_uncached": st.column_config.NumberColumn("In", format="localized", help="Input tokens, not cached"),
    "input_cached": st.column_config.NumberColumn("Cached", format="localized", help="Input tokens from the cache"),
    "output": st.column_config.NumberColumn("Out", format="localized", help="Visible output tokens"),
    "reasoning": st.column_config.NumberColumn("Reasoning", format="localized"),
    "n_failed": st.column_config.NumberColumn("Failed", format="localized"),
}


def show() -> None:
    st.title("Costs", anchor=False)
    view = st.segmented_control(
        "View",
        ["One chat", "All chats"],
        default="One chat" if "chat" in st.query_params else "All chats",
        required=True,
        key="view",
        label_visibility="collapsed",
    )
    if view == "One chat":
        show_chat()
    else:
        show_all()


def show_chat() -> None:
    row = charts.chat_picker("There are no chats yet. Start one, and what it uses appears here.")
    if row is None:
        return
    charts.chat_line(row, other=charts.TIMELINE, label="Timeline")
    charts.redraw_when_it_goes_on(row)
    calls = calls_frame(studio().calls(row.chat))
    if calls.empty:
        show_empty("This chat has called no model yet, so it has cost nothing.")
    elif (calls["price_source"] == "rehearsed").all():
        n_lines = int((calls["purpose"] == "reply").sum())
        lines = "its one line so far comes" if n_lines == 1 else f"its {n_lines:,} lines so far come"
        show_empty(f"This chat is rehearsed: {lines} from a script. No model spoke, so nothing was used.")
    else:
        show_calls(row.chat, calls)


def show_calls(chat: str, calls: pd.DataFrame) -> None:
    by_agent = sums(calls, ["agent"])
    by_model = sums(calls, ["model", "connection"])
    show_tiles(by_agent, orchestration=by_agent[by_agent["agent"] == SELECTION])
    show_gaps(by_model)
    value = choose_value(by_agent)
    team = charts.team_of(chat)
    labels, colors = charts.agent_labels(team), charts.agent_colors(team)

    st.subheader("As the chat went on", anchor=False)
    last = int(calls["turn"].max())
    if value == "n_tokens" or by_agent["cost_usd"].sum() > 0:
        figure = cumulative_steps(cumulative(calls, value), value, labels=labels, colors=colors)
        alt = (
            f"{of(value)} of all calls so far after each of {last:,} turns, stacked by agent, speaker selection apart."
        )
        charts.draw(figure, alt, key=f"steps:{chat}:{value}")
    else:
        st.caption("Nothing is known to have cost anything. Choose Tokens to see what was used.")

    st.subheader("By agent", anchor=False)
    show_bars(by_agent, by_agent["agent"].map(labels), value, [colors[agent] for agent in by_agent["agent"]], "agent")
    st.subheader("By model", anchor=False)
    names = by_model["model"].where(by_model["model"] != "", "unnamed") + " · " + by_model["connection"]
    show_bars(by_model, names, value, list(colors_for(names).values()), "model")
    sources = calls.loc[calls["cost_usd"].notna(), ["price_source", "price_as_of"]].drop_duplicates()
    if not sources.empty:
        told = [f"{source} of {day}" if day else source for source, day in sources.itertuples(index=False)]
        st.caption(
            f"Prices: {plain(', '.join(sorted(told)))}. A price is written down with its call and never changed."
        )


def show_all() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        spell = st.segmented_control(
            "Since", list(DAYS), default="30 days", required=True, key="since", label_visibility="collapsed"
        )
    n_days = DAYS[spell]
    since = None if n_days is None else charts.now().date() - timedelta(days=n_days - 1)
    by_day = totals_frame(totals("day", "team", since))
    if by_day.empty:
        words = "No model has been called yet." if since is None else f"No model was called in the last {n_days} days."
        show_empty(f"{words} Start a chat, and what it uses appears here.")
        return
    by_purpose = totals_frame(totals("purpose", None, since))
    by_model = dearest_first(totals_frame(totals("model", "connection", since)))
    show_tiles(by_purpose, orchestration=by_purpose[by_purpose["key"] == "select"])
    show_gaps(by_model.rename(columns={"key": "model", "part": "connection"}))
    value = choose_value(by_day)

    st.subheader("By day and team", anchor=False)
    if value == "n_tokens" or by_day["cost_usd"].sum() > 0:
        days = by_day.rename(columns={"key": "day", "part": "group"})
        teams = days.groupby("group")[value].sum().sort_values(ascending=False).index
        alt = f"{of(value)} of each day, stacked by team, for {len(teams):,} teams."
        charts.draw(day_bars(days, value, colors_for(teams)), alt, key=f"days:{spell}:{value}")
        st.caption("Days are in UTC.")
    else:
        st.caption("Nothing is known to have cost anything. Choose Tokens to see what was used.")

    st.subheader("By model", anchor=False)
    names = by_model["key"].where(by_model["key"] != "", "unnamed") + " · " + by_model["part"]
    show_bars(by_model, names, value, list(colors_for(names).values()), "model")


def totals(by: Dimension, split_by: Dimension | None, since: date | None) -> list[Total]:
    """The ledger's totals; those over all time, which take seconds at a million calls, may be half a minute old."""
    if since is not None:
        return studio().totals_by(by, split_by=split_by, since=since)
    studio().look()  # what is kept was read for somebody else
    return _totals_ever(studio().settings.db_url, by, split_by)


@st.cache_data(ttl=30, max_entries=16, show_spinner="Adding up every call there was")
def _totals_ever(database: str, by: Dimension, split_by: Dimension | None) -> list[Total]:
    return studio().totals_by(by, split_by=split_by)


def show_tiles(parts: pd.DataFrame, *, orchestration: pd.DataFrame) -> None:
    """Sums over `parts`; `orchestration` is the part of them that chose speakers."""
    n_tokens, n_calls, n_unpriced = (int(parts[column].sum()) for column in ("n_tokens", "n_calls", "n_unpriced"))
    cost_usd = parts["cost_usd"].sum()
    n_selecting = int(orchestration["n_tokens"].sum())
    cached = int(parts["input_cached"].sum())
    read = cached + int(parts["input_uncached"].sum())
    is_free = not n_unpriced and cost_usd == 0
    with st.container(horizontal=True):
        st.metric(
            "Cost",
            "free, local" if is_free and n_tokens else cost_text(cost_usd, n_unpriced, n_calls),
            border=True,
            help="Dollars of all calls whose price is known.",
        )
        st.metric("Unpriced calls", f"{n_unpriced:,}", border=True, help=f"Of {n_calls:,} model calls.")
        st.metric("Tokens", short_number(n_tokens), border=True, help=f"{n_tokens:,} in and out.")
        st.metric(
            "Orchestration",
            share(n_selecting, n_tokens),
            border=True,
            help=f"Tokens spent on choosing who speaks next: {n_selecting:,} of {n_tokens:,}.",
        )
        st.metric("Cached input", share(cached, read), border=True, help=f"{cached:,} of {read:,} input tokens.")


def show_gaps(by_model: pd.DataFrame) -> None:
    """Says which calls the figures leave out, and what to do about it."""
    unknown = by_model[by_model["n_unpriced"] > 0]
    if not unknown.empty:
        which = ", ".join(f"{plain(model or 'unnamed')} at {plain(connection)}" for model, connection in
                          unknown[["model", "connection"]].itertuples(index=False))  # fmt: skip
        st.caption(
            f":material/help: No price is known for {which}. Such calls are counted, but not in dollars: they may "
            "have cost something. Give the connection its own price on the Connections page; it holds for later calls."
        )
    n_uncounted = int(by_model.get("n_uncounted", pd.Series(dtype="int64")).sum())
    if n_uncounted:
        st.caption(f":material/help: The server did not say how many tokens {n_uncounted:,} calls used.")


def choose_value(parts: pd.DataFrame) -> Value:
    """Dollars or tokens; dollars first when any are known."""
    default = "Cost" if parts["cost_usd"].sum() > 0 else "Tokens"
    return VALUES[
        st.segmented_control(
            "Show", list(VALUES), default=default, required=True, key="value", label_visibility="collapsed"
        )
    ]


def show_bars(
    parts: pd.DataFrame, names: pd.Series, value: Value, colors: list[str], what: Literal["agent", "model"]
) -> None:
    """A chart of `parts` and the table behind it, in the same order."""
    figure = cost_bars(parts, names, colors) if value == "cost_usd" else token_bars(parts, names)
    charts.draw(
        figure, f"{of(value)} by {what}: {', '.join(names)}. The table below has the figures.", key=f"by-{what}"
    )
    st.dataframe(
        parts.assign(name=names),
        hide_index=True,
        column_order=["name", *COLUMNS],
        column_config={"name": st.column_config.TextColumn(what.capitalize()), **COLUMNS},
        placeholder="–",
        height="auto",
        key=f"table-by-{what}",
        alt=f"A table of {len(parts):,} rows: calls, tokens and cost by {what}.",
    )


def show_empty(text: str) -> None:
    st.info(text, icon=":material/payments:")


def of(value: Value) -> str:
    return "Dollars" if value == "cost_usd" else "Tokens"


def share(part: int, whole: int) -> str:
    """ "12 %", "under 1 %", "–" of nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


show()
