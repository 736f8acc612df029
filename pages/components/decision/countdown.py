"""How long a request may still wait, counted down in the browser from what the server says is left."""

from datetime import UTC, datetime

import streamlit as st

from agents.chats import DecisionRequested
from agents.text.time import span_text
from pages.components.decision.asked import Ask
from pages.components.studio import studio

OUTCOME = {
    "wait": "then it goes on waiting",
    "reject": "then it is rejected",
    "skip": "then it is skipped",
    "end": "then the chat ends",
}
HTML = '<span class="countdown" role="timer"></span>'
CSS = """
.countdown {
  display: block; font: 0.85rem var(--st-font); color: var(--st-orange-text-color); font-variant-numeric: tabular-nums;
}
"""
JS = """
function span(left) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].filter(([size]) => left >= size).slice(0, 2);
  let rest = left;
  const words = parts.map(([size, unit]) => {
    const n = Math.floor(rest / size);
    rest %= size;
    return `${n} ${unit}`;
  });
  return words.join(" ");
}
export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".countdown");
  const over = performance.now() + data.left_s * 1000;
  const draw = () => {
    const left = Math.max(0, Math.round((over - performance.now()) / 1000));
    node.textContent = left ? `${span(left)} left, ${data.outcome}` : data.over;
  };
  draw();
  const clock = setInterval(draw, 1000);
  return () => clearInterval(clock);
}
"""


def countdown(ask: Ask) -> None:
    """Draws what is left; nothing for a request without a deadline."""
    due_at = due(ask.chat, ask.request)
    if due_at is None:
        return
    left_s, outcome = max(0.0, (due_at - datetime.now(UTC)).total_seconds()), OUTCOME[ask.request.overdue]
    mount = st.components.v2.component("studio_countdown", html=HTML, css=CSS, js=JS)
    over = "The time is over" + ("; it goes on waiting" if ask.request.overdue == "wait" else "")
    first = f"{span_text(left_s)} left, {outcome}"
    mount(key=f"countdown:{ask.key}", data={"left_s": left_s, "outcome": outcome, "over": over, "first": first})


def due(chat: str, request: DecisionRequested) -> datetime | None:
    """When its deadline is over, by the database's clock; None when it has none."""
    if request.deadline_s is None:
        return None
    return studio().request_row(chat, request.request).due_at
