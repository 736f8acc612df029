"""What a chat has cost so far: as one line that runs on, and as bars of what its team allows."""

from itertools import accumulate

import streamlit as st

from agents.chats import Spend
from agents.chats.limits import Amount, amounts
from agents.text.numbers import amount_text, count_text, span_text, tokens_text
from agents.text.spend import cost_text, parts_text
from pages.components.chat.view import view_of
from pages.components.live import chats_mark, lively, redraw
from pages.components.messages import escape_md
from pages.components.person import session

MAX_POINTS = 60
"""Of the line; a longer chat is drawn by every so many turns."""
NOTHING = "No model has been called yet, so nothing is used."
REHEARSAL = (
    "This chat is a rehearsal: its lines come from a script, so nothing is used. *Costs* and *Timeline* show what they "
    "take of a model, where that is known."
)
LIMITS = {
    "max_rounds": ("Messages", "messages"),
    "max_tokens": ("Tokens", "tokens"),
    "max_cost_usd": ("Budget", ""),
    "max_work_s": ("Time of work", "s"),
}
"""(name, unit) of a limit."""


@lively
def cost(chat: str) -> None:
    """Draw the sum, how it grew turn by turn, and how much of each limit is used."""
    view = view_of(session(), chat)
    turns = [total.spend for total in session().chats.totals_by("turn", chat=chat)]
    spend = sum(turns, Spend())
    by_teams = parts_text([part for part in session().chats.parts(chat) if part.parent == chat])
    if spend.is_rehearsed:
        st.caption(REHEARSAL)
    elif not spend.n_calls:
        text = "The members of this chat called no model themselves." if by_teams else NOTHING
        st.caption(text)
    else:
        is_money = spend.cost_usd > 0
        line = list(accumulate(turn.cost_usd if is_money else turn.n_tokens for turn in turns))
        step = -(-len(line) // MAX_POINTS)
        told = [count_text(spend.n_calls, "call"), tokens_text(spend.n_tokens)]
        st.metric(
            "So far", cost_text(spend) if is_money else tokens_text(spend.n_tokens), border=True,
            chart_data=line[::-step][::-1] if len(line) > 1 else None, chart_type="area",
            delta=" · ".join(told if is_money else [told[0], cost_text(spend)]), delta_color="off", delta_arrow="off",
        )  # fmt: skip
        if spend.n_failed:
            st.caption(f"{count_text(spend.n_failed, 'call')} failed.")
    if by_teams:
        st.caption(f":material/groups: Its teams used {escape_md(by_teams)}, in chats of their own.")
    st.caption(f"{span_text(view.work_s)} of work" if view.work_s else "No work yet")
    for amount in amounts(view.state, view.team):
        _bar(amount)
    if view.state.status == "running":
        redraw("cost", chats=chats_mark())


def _bar(amount: Amount) -> None:
    name, unit = LIMITS[amount.limit]
    used, allowed = amount_text(amount.limit, amount.used), amount_text(amount.limit, amount.allowed)
    text = escape_md(f"{used} of {allowed} {unit}".strip())
    st.progress(min(1.0, amount.used / amount.allowed) if amount.allowed else 1.0, text=f"**{name}** · {text}")
