"""Costs: what a chat used, by turn, agent and model; what all chats used, by day, team and model."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

import streamlit as st

from agents.chats import RESULT, SELECTION, Spend, Total
from agents.insight.call_totals import totals_of
from agents.insight.cost_charts import Value, cost_bars, cumulative_steps, day_bars, token_bars
from agents.insight.frames import cumulative, dearest_first, totals_frame
from agents.insight.palette import colors_for
from agents.studio import Dimension
from agents.text.numbers import count_text, short_number, tokens_text
from agents.text.recordings import price_of_recording
from agents.text.spend import cost_text, parts_text
from pages.components import charts
from pages.components.members import team_of
from pages.components.messages import escape_md
from pages.components.navigation import TIMELINE
from pages.components.person import session
from pages.components.widgets import switch

NO_COSTS = "No known costs. Choose Tokens to see what was used."
PROPOSALS = "Proposals of teams"
"""What stands in the place of a team's name for calls outside of any chat."""
VALUES: dict[str, Value] = {"Cost": "cost_usd", "Tokens": "n_tokens"}
REHEARSALS = "Rehearsals cost nothing and are not counted here."
DAYS = {"7 days": 7, "30 days": 30, "90 days": 90, "All time": None}

COLUMNS = {
    "n_calls": st.column_config.NumberColumn("Calls", format="localized"),
    "cost_usd": charts.COST_COLUMN,
    "price": st.column_config.TextColumn("Price", help="Where the price comes from"),
    **charts.TOKEN_COLUMNS,
    "n_failed": st.column_config.NumberColumn("Failed", format="localized"),
}


def show() -> None:
    st.title("Costs", anchor=False)
    default = "One chat" if "chat" in st.query_params else "All chats"
    if switch("View", ("One chat", "All chats"), default, "view") == "One chat":
        show_chat()
    else:
        show_all()


def show_chat() -> None:
    row = charts.chat_picker("There are no chats yet. Start one, and what it uses appears here.")
    if row is None:
        return
    charts.chat_line(row, other=TIMELINE, label="Timeline")
    charts.redraw_when_it_goes_on(row)
    by_agent = of_chat(row.chat, "agent")
    spend = whole(by_agent)
    by_teams = parts_text([part for part in session().chats.parts(row.chat) if part.parent == row.chat])
    if by_teams:
        st.caption(f":material/groups: Its teams used {by_teams}, in chats of their own. What follows is without them.")
    if not spend.n_calls and by_teams:
        show_empty("The members of this chat called no model themselves.")
    elif not spend.n_calls:
        show_empty("This chat has called no model yet, so it has cost nothing.")
    elif spend.is_rehearsed:
        n_lines = sum(total.spend.n_calls for total in by_agent if total.key not in (SELECTION, RESULT))
        lines = "its one line so far comes" if n_lines == 1 else f"its {n_lines:,} lines so far come"
        with charts.turns_of(row.chat) as turns:
            charts.show_recording(turns)
            calls = list(turns.recorded_calls)
            marks = ", ".join(dict.fromkeys(map(price_of_recording, turns.recordings)))
        if calls:
            show_calls(row.chat, lambda by, split_by=None: totals_of(calls, by, split_by), marks)
        else:
            show_empty(f"This chat is a rehearsal: {lines} from a script. No model was called, so nothing was used.")
    else:
        if spend.n_rehearsed:
            st.caption(":material/theater_comedy: Lines of the script cost nothing and are not counted here.")
        show_calls(row.chat, lambda by, split_by=None: of_chat(row.chat, by, split_by))


def show_calls(chat: str, sums: Callable[..., list[Total]], mark: str = "") -> None:
    """What the calls of `sums` used, which takes the dimensions to sum by; `mark` stands at what was not spent."""
    by_agent = dearest_first(sums("agent"))
    by_model = dearest_first(sums("model", "connection"))
    spend = whole(by_agent)
    show_tiles(spend, selecting=whole(total for total in by_agent if total.key == SELECTION), mark=mark)
    if not mark:
        show_gaps(by_model)
    value = choose_value(spend)
    team = team_of(chat)
    labels, colors = charts.agent_labels(team), charts.agent_colors(team)

    st.subheader("As the chat went on", anchor=False)
    if value == "n_tokens" or spend.cost_usd > 0:
        by_turn = sums("turn", "agent")
        figure = cumulative_steps(cumulative(by_turn, value), value, labels=labels, colors=colors)
        n_turns = count_text(int(by_turn[-1].key), "turn")
        alt = f"{of(value)} of all calls so far after each of {n_turns}, stacked by agent, speaker selection apart."
        charts.draw(figure, alt, key=f"steps:{chat}:{value}")
    else:
        st.caption(NO_COSTS)

    names = [labels[total.key] for total in by_agent]
    show_bars(by_agent, names, value, [colors[total.key] for total in by_agent], "agent", mark)
    show_models(by_model, value, mark)
    sources = [
        f"{escape_md(total.key)} of {escape_md(total.part)}" if total.part else escape_md(total.key)
        for total in sums("price_source", "price_as_of")
        if total.spend.n_priced
    ]
    if sources:
        st.caption(f"Prices: {', '.join(sources)}. Each call keeps the price it had.")


def show_models(by_model: list[Total], value: Value, mark: str = "") -> None:
    names = [f"{total.key or 'unnamed'} · {total.part}" for total in by_model]
    show_bars(by_model, names, value, list(colors_for(names).values()), "model", mark)


def show_all() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        period = switch("Since", DAYS, "30 days", "since")
    n_days = DAYS[period]
    since = None if n_days is None else charts.now().date() - timedelta(days=n_days - 1)
    by_day = totals("day", "team", since)
    if not by_day:
        words = "No model has been called yet." if since is None else f"No model was called in the last {n_days} days."
        show_empty(f"{words} Start a chat, and what it uses appears here. {REHEARSALS}")
        return
    spend = whole(by_day)
    by_model = dearest_first(totals("model", "connection", since))
    by_purpose = {total.key: total.spend for total in totals("purpose", None, since)}
    show_tiles(spend, selecting=by_purpose.get("select", Spend()))
    show_tries(by_purpose.get("try", Spend()))
    show_gaps(by_model)
    value = choose_value(spend)

    st.subheader("By day and team", anchor=False)
    if value == "n_tokens" or spend.cost_usd > 0:
        days = totals_frame(by_day).replace({"part": {"": PROPOSALS}})
        teams = days.groupby("part")[value].sum().sort_values(ascending=False).index
        alt = f"{of(value)} of each day, stacked by team, for {len(teams):,} teams."
        charts.draw(day_bars(days, value, colors_for(teams)), alt, key=f"days:{period}:{value}")
        st.caption("Days are in UTC.")
    else:
        st.caption(NO_COSTS)
    show_models(by_model, value)


def whole(totals: Iterable[Total]) -> Spend:
    """The sum of all of them."""
    return sum((total.spend for total in totals), Spend())


def of_chat(chat: str, by: Dimension, split_by: Dimension | None = None) -> list[Total]:
    return session().chats.totals_by(by, split_by=split_by, chat=chat)


def totals(by: Dimension, split_by: Dimension | None, since: date | None) -> list[Total]:
    """What models used in all chats; what scripts alone answered is left out."""
    found = session().chats.totals_by(by, split_by=split_by, since=since)
    return [total for total in found if not total.spend.is_rehearsed]


def show_tiles(spend: Spend, *, selecting: Spend, mark: str = "") -> None:
    """What was used; `selecting` is the part of it that chose speakers, `mark` says what was not spent."""
    n_tokens, n_cached, n_input = spend.n_tokens, spend.usage.input_cached, spend.usage.n_input
    with st.container(horizontal=True):
        cost = "free, local" if spend.is_free and n_tokens else cost_text(spend)
        cost_label = f"Cost, {mark}" if mark else "Cost"
        charts.tile(cost_label, cost, "Dollars of all calls whose price is known.")
        n_calls = count_text(spend.n_calls - spend.n_rehearsed, "model call")
        charts.tile("Unpriced calls", f"{spend.n_unpriced:,}", f"Of {n_calls}.")
        charts.tile("Tokens", short_number(n_tokens), f"{n_tokens:,} in and out.")
        help = f"Tokens spent on choosing who speaks next: {selecting.n_tokens:,} of {n_tokens:,}."
        charts.tile("Orchestration", share(selecting.n_tokens, n_tokens), help)
        charts.tile("Cached input", share(n_cached, n_input), f"{n_cached:,} of {n_input:,} input tokens.")


def show_tries(tries: Spend) -> None:
    """Says how much of it went into trying agents."""
    if tries.n_calls:
        used = f"{count_text(tries.n_calls, 'call')}, {tokens_text(tries.n_tokens)}, {cost_text(tries)}"
        st.caption(escape_md(f"Trying agents in the team editor is part of this: {used}."))


def show_gaps(by_model: list[Total]) -> None:
    """Says which calls the figures leave out, and what to do about it."""
    unknown = [total for total in by_model if total.spend.n_unpriced]
    if unknown:
        which = ", ".join(f"{escape_md(total.key or 'unnamed')} at {escape_md(total.part)}" for total in unknown)
        st.caption(
            f":material/help: No price is known for {which}. These calls are counted, but not in dollars. Set a "
            "price for the connection on the Connections page; it applies to later calls."
        )
    n_uncounted = whole(by_model).n_uncounted
    if n_uncounted:
        st.caption(f":material/help: The server did not say how many tokens {count_text(n_uncounted, 'call')} used.")


def choose_value(spend: Spend) -> Value:
    """Dollars or tokens; dollars first when any are known."""
    default = "Cost" if spend.cost_usd > 0 else "Tokens"
    return VALUES[switch("Show", VALUES, default, "value")]


def show_bars(
    parts: list[Total], names: list[str], value: Value, colors: list[str], what: Literal["agent", "model"], mark: str
) -> None:
    """A chart of `parts` and the table behind it, in the same order; `mark` as in `show_tiles`."""
    st.subheader(f"By {what}", anchor=False)
    frame = totals_frame(parts, mark).assign(name=names)
    figure = cost_bars(frame, frame["name"], colors) if value == "cost_usd" else token_bars(frame, frame["name"])
    alt = f"{of(value)} by {what}: {', '.join(names)}. The table below has the figures."
    charts.draw(figure, alt, key=f"by-{what}")
    columns = {"name": st.column_config.TextColumn(what.capitalize()), **COLUMNS}
    alt = f"A table of {count_text(len(frame), 'row')}: calls, tokens and cost by {what}."
    charts.show_table(frame, columns, key=f"table-by-{what}", alt=alt)


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
