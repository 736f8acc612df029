"""Audit: what was asked of people and what was decided, and which actions were refused, of one chat or of a period, as
tables and as files."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from agents.chats import kind_of
from agents.errors import NotFoundError
from agents.insight.audit import COLUMNS, REFUSED_COLUMNS, SPREADSHEET, audit_rows, refused_rows, to_csv, to_json
from agents.text.numbers import count_text
from pages.components import widgets
from pages.components.charts import TIME, show_table
from pages.components.messages import escape_md, showing_errors
from pages.components.navigation import CHATS, INBOX, back_to_list, chat_link
from pages.components.person import session, timezone
from pages.components.widgets import switch

PERIODS = {"Today": 1, "7 days": 7, "30 days": 30, "A year": 366, "All": None}
"""Label -> days back, today among them."""
MOST_SHOWN, MOST_IN_FILES = 1_000, 20_000
MOST_ROWS_HIGH = 14
"""A longer table scrolls."""
REQUESTS, REFUSED = "Requests", "Refused actions"

SHOWN = {
    "asked_at": st.column_config.DatetimeColumn("Asked", format=TIME),
    "kind": st.column_config.TextColumn("Kind"),
    "title": st.column_config.TextColumn("Chat"),
    "agent": st.column_config.TextColumn("Agent"),
    "tool": st.column_config.TextColumn("Tool"),
    "question": st.column_config.TextColumn("Question", width="medium"),
    "verdict": st.column_config.TextColumn("Verdict"),
    "who": st.column_config.TextColumn("Who", help="The person, or the rule"),
    "reason": st.column_config.TextColumn("Reason", width="medium"),
    "answer": st.column_config.TextColumn("Answer", width="medium"),
    "edit": st.column_config.TextColumn("Edit", width="medium", help="What was changed, as a difference"),
    "decided_by": st.column_config.TextColumn("Decided by", help="A person, a rule, the deadline or the chat's end"),
    "is_verified": st.column_config.CheckboxColumn("Verified", help="A signed-in identity"),
    "rule": st.column_config.TextColumn("Rule"),
    "waited_s": st.column_config.NumberColumn("Waited", format="%.1f s"),
    "decided_at": st.column_config.DatetimeColumn("Decided", format=TIME),
    "team": st.column_config.TextColumn("Team"),
    "digest": st.column_config.TextColumn("Digest", width="small", help="SHA-256 of what was shown"),
    "seq": st.column_config.NumberColumn("Event", help="Its number in the chat's log"),
    "decided_seq": st.column_config.NumberColumn("Decided at event"),
    "request": st.column_config.TextColumn("Request"),
}
REFUSED_SHOWN = {
    "at": st.column_config.DatetimeColumn("When", format=TIME),
    "act": st.column_config.TextColumn("Action", width=150),
    "who": st.column_config.TextColumn("Who", width=180),
    "is_verified": st.column_config.CheckboxColumn("Verified", help="A signed-in identity", width=70),
    "why": st.column_config.TextColumn("Why not", width="large"),
    "chat": st.column_config.TextColumn("Chat"),
}


def show() -> None:
    st.title("Audit", anchor=False)
    chat, since = str(st.query_params.get("chat", "")), None
    if chat:
        head(chat)
    else:
        since = period()
    shown = REQUESTS
    if session().may("decide", "administer"):
        shown = switch("Show", (REQUESTS, REFUSED), REQUESTS, "audit:of")
    if shown == REQUESTS:
        show_requests(chat, since)
    else:
        show_refused(chat, since)


def head(chat: str) -> None:
    """Which chat it is about, and the ways from it."""
    back_to_list("All chats", "chat")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        try:
            chat_link(chat, escape_md(session().chats.get(chat).title), icon=":material/forum:")
        except NotFoundError as error:
            st.warning(escape_md(str(error)), icon=":material/search_off:")


def period() -> datetime | None:
    """The beginning of the period to show; None for all time. Days begin at midnight, UTC."""
    days = PERIODS[switch("Period", PERIODS, "30 days", "audit:period")]
    if days is None:
        return None
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


# -- requests and their decisions


def show_requests(chat: str, since: datetime | None) -> None:
    rows = audit_rows(session().requests.audit(chat, since, limit=MOST_SHOWN + 1))
    if not rows:
        nothing(
            ":material/fact_check: " + ("Nothing was asked in this chat" if chat else "Nothing was asked"),
            "Every question to a person, and every answer of a person, a rule or a deadline, is listed here for good.",
        )
        st.page_link(CHATS, label="Chats", icon=":material/forum:")
        return
    reading = session()  # the files are made later, for whoever asks now

    def all_rows() -> list[dict[str, Any]]:
        return audit_rows(reading.requests.audit(chat, since, limit=MOST_IN_FILES))

    n_open = sum(row["verdict"] == "" for row in rows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        waiting = f", {n_open:,} of them open" if n_open else ""
        st.caption(f"{newest(len(rows), 'request')}{waiting}. Nothing here can be changed.", width="stretch")
        download("CSV", f"decisions-{chat or 'all'}", lambda: to_csv(all_rows()).encode(SPREADSHEET))
        download("JSON", f"decisions-{chat or 'all'}", lambda: to_json(all_rows()).encode())
    rows = rows[:MOST_SHOWN]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).drop(columns="payload")
    frame["kind"] = frame["kind"].map(lambda kind: kind_of(kind).label)
    frame["verdict"] = [verdict.replace("_", " ") or "open" for verdict in frame["verdict"]]
    alt = f"A table of {count_text(len(frame), 'request')}: who was asked what, who decided what, when and why."
    chosen = picked(frame, SHOWN, ("asked_at", "decided_at"), key="audit:table", alt=alt)
    if chosen is not None:
        request_details(rows[chosen])


def request_details(row: dict[str, Any]) -> None:
    """What of a row does not fit a table."""
    with st.container(border=True, key="audit_details"):
        st.markdown(f"**{escape_md(str(row['question']))}**")
        address = {"chat": str(row["chat"]), "request": str(row["request"])}
        with st.container(horizontal=True, gap="small"):
            chat_link(str(row["chat"]), "The chat", icon=":material/forum:")
            st.page_link(INBOX, label="With the messages before it", icon=":material/inbox:", query_params=address)
        st.caption(f"SHA-256 {row['digest']}")
        if row["payload"]:
            st.code(json.dumps(row["payload"], indent=2, ensure_ascii=False)[:20_000], language="json", wrap_lines=True)
        for name in ("reason", "answer"):
            if row[name]:
                st.markdown(f"{name.capitalize()}: {escape_md(str(row[name]))}")
        if row["edit"]:
            st.code(str(row["edit"])[:20_000], language="diff", wrap_lines=True)


# -- refused actions


def show_refused(chat: str, since: datetime | None) -> None:
    rows = refused_rows(session().requests.refusals(chat, since, limit=MOST_SHOWN + 1))
    if not rows:
        nothing(
            ":material/verified_user: Nothing was refused",
            "What somebody tried without the right to do it, and forged decisions, are listed here.",
        )
        return
    reading = session()

    def data() -> bytes:
        all_rows = refused_rows(reading.requests.refusals(chat, since, limit=MOST_IN_FILES))
        return to_csv(all_rows, REFUSED_COLUMNS).encode(SPREADSHEET)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{newest(len(rows), 'refused action')}. None changed anything.", width="stretch")
        download("CSV", f"refused-{chat or 'all'}", data)
    frame = pd.DataFrame(rows[:MOST_SHOWN], columns=list(REFUSED_COLUMNS))
    alt = f"A table of {len(frame):,} refused actions: who tried what, when, and why not."
    chosen = picked(frame, REFUSED_SHOWN, ("at",), key="audit:refused", alt=alt)
    if chosen is not None:
        refused_details(rows[chosen])


def refused_details(row: Mapping[str, Any]) -> None:
    with st.container(border=True, key="refused_details"):
        checked = "verified" if row["is_verified"] else "not verified"
        st.markdown(f":material/block: **{escape_md(str(row['act']))}** by {escape_md(str(row['who']))} ({checked})")
        st.markdown(escape_md(str(row["why"])))
        if row["chat"]:
            chat_link(str(row["chat"]), "The chat", icon=":material/forum:")


# -- what both share


def nothing(title: str, text: str) -> None:
    st.space("small")
    st.markdown(f"#### {title}")
    st.caption(text)


def newest(n: int, noun: str) -> str:
    return f"The newest {MOST_SHOWN:,} {noun}s" if n > MOST_SHOWN else count_text(n, noun)


def download(label: str, name: str, data: Callable[[], bytes]) -> None:
    """A file of all rows, made when it is asked for."""
    mime = {"CSV": "text/csv", "JSON": "application/json"}[label]
    file = f"{name}-{datetime.now(UTC):%Y-%m-%d}.{label.lower()}"
    widgets.download(label, f"audit:{name}:{label}", data, file, mime)


def picked(
    frame: pd.DataFrame, columns: Mapping[str, Any], times: tuple[str, ...], *, key: str, alt: str
) -> int | None:
    """Draw `columns` of `frame`, sortable; return the position of the row that was pressed, None when none was."""
    for name in times:
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").dt.tz_convert(timezone())
    options = {"on_select": "rerun", "selection_mode": "single-row"}
    height = 560 if len(frame) > MOST_ROWS_HIGH else "auto"
    chosen = show_table(frame, columns, key=key, alt=alt, height=height, **options)["selection"]["rows"]
    return chosen[0] if chosen else None


with showing_errors():
    show()
