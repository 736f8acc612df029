"""How long a request may still wait, counted down in the browser from what the server says is left."""

from datetime import UTC, datetime
from pathlib import Path

from agents.chats import DecisionRequested
from agents.chats.requests import RequestBase
from agents.text.numbers import OVERDUE, span_text
from pages.components.browser_part import browser_part
from pages.components.decision.asked import Ask
from pages.components.person import session

HTML = '<span class="countdown" role="timer"></span>'
FOLDER = Path(__file__).parent


def countdown(ask: Ask[RequestBase]) -> None:
    """Draw what is left; nothing for a request without a deadline."""
    due_at = due(ask.chat, ask.request)
    if due_at is None:
        return
    left_s, outcome = max(0.0, (due_at - datetime.now(UTC)).total_seconds()), f"then {OVERDUE[ask.request.overdue]}"
    mount = browser_part(
        "studio_countdown", script=FOLDER / "countdown.mjs", html=HTML, css=(FOLDER / "countdown.css",)
    )
    over = "The time is over" + ("; it goes on waiting" if ask.request.overdue == "wait" else "")
    first = f"{span_text(left_s)} left, {outcome}"
    mount(key=f"countdown:{ask.key}", data={"left_s": left_s, "outcome": outcome, "over": over, "first": first})


def due(chat: str, request: DecisionRequested) -> datetime | None:
    """Return when its deadline is over, by the database's clock; None when it has none."""
    if request.deadline_s is None:
        return None
    return session().requests.row(chat, request.request).due_at
