"""Audit: what was asked of people and what was decided, and which acts were refused, of one chat or of a period, as
tables and as files."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from agents.chats import kind_of
from agents.errors import NotFoundError
from agents.insight.audit import COLUMNS, audit_rows, to_csv, to_json
from agents.text.numbers import count_text
from pages.components import refused_acts
from pages.components.charts import timezone
from pages.components.messages import plain, showing_errors
from pages.components.navigation import CHATS, INBOX, back_to_list, chat_link
from pages.components.person import session
from pages.components.tables import picked

PERIODS = {"Today": 1, "7 days": 7, "30 days": 30, "A year": 366, "All": None}
"""Label -> days back, today among them."""
MOST_SHOWN, MOST_IN_FILES = 1_000, 20_000

Written = Callable[[list[dict[str, Any]]], str]

TIME = "D MMM YYYY, HH:mm:ss"
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


def show() -> None:
    st.title("Audit", anchor=False)
    chat, since = str(st.query_params.get("chat", "")), None
    if chat:
        head(chat)
    else:
        since = period()
    if refused_acts.is_chosen():
        refused_acts.show(chat, since)
        return
    rows = audit_rows(session().requests.audit(chat, since, limit=MOST_SHOWN + 1))
    if not rows:
        nothing(chat)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        n = f"The newest {MOST_SHOWN:,} requests" if len(rows) > MOST_SHOWN else count_text(len(rows), "request")
        n_open = sum(row["verdict"] == "" for row in rows)
        waiting = f", {n_open:,} of them open" if n_open else ""
        st.caption(f"{n}{waiting}. Nothing here can be changed.", width="stretch")
        files(chat, since)
    table(rows[:MOST_SHOWN])


def head(chat: str) -> None:
    """Which chat it is about, and the ways from it."""
    back_to_list("All chats", "chat")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        try:
            chat_link(chat, plain(session().chats.get(chat).title), icon=":material/forum:")
        except NotFoundError as error:
            st.warning(plain(str(error)), icon=":material/search_off:")


def period() -> datetime | None:
    """The beginning of the period to show; None for all time. Days begin at midnight, UTC."""
    chosen = st.segmented_control(
        "Period", list(PERIODS), default="30 days", required=True, key="audit:period", label_visibility="collapsed"
    )
    days = PERIODS[chosen]
    if days is None:
        return None
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


def files(chat: str, since: datetime | None) -> None:
    """All of it as CSV and as JSON, made when they are asked for."""
    reading = session()
    name = f"decisions-{chat or 'all'}-{datetime.now(UTC):%Y-%m-%d}"
    for label, mime, written, encoding in (
        ("CSV", "text/csv", to_csv, "utf-8-sig"),  # the mark at its beginning tells spreadsheets that it is UTF-8
        ("JSON", "application/json", to_json, "utf-8"),
    ):

        def data(written: Written = written, encoding: str = encoding) -> bytes:
            return written(audit_rows(reading.requests.audit(chat, since, limit=MOST_IN_FILES))).encode(encoding)

        st.download_button(
            label,
            data=data,
            file_name=f"{name}.{label.lower()}",
            mime=mime,
            key=f"audit:{label.lower()}",
            icon=":material/download:",
            on_click="ignore",
        )


def table(rows: list[dict[str, Any]]) -> None:
    """The rows, sortable; a press on one leads to what was asked and what was said before."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).drop(columns="payload")
    for name in ("asked_at", "decided_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").dt.tz_convert(timezone())
    frame["kind"] = frame["kind"].map(lambda kind: kind_of(kind).label)
    frame["verdict"] = [verdict.replace("_", " ") or "open" for verdict in frame["verdict"]]
    alt = f"A table of {len(frame):,} requests: who was asked what, who decided what, when and why."
    chosen = picked(frame, SHOWN, key="audit:table", alt=alt)
    if chosen is not None:
        details(rows[chosen])


def details(row: dict[str, Any]) -> None:
    """What of a row does not fit a table."""
    with st.container(border=True, key="audit_details"):
        st.markdown(f"**{plain(str(row['question']))}**")
        here = {"chat": str(row["chat"]), "request": str(row["request"])}
        with st.container(horizontal=True, gap="small"):
            chat_link(str(row["chat"]), "The chat", icon=":material/forum:")
            st.page_link(INBOX, label="With what was said before", icon=":material/inbox:", query_params=here)
        st.caption(f"SHA-256 {row['digest']}")
        if row["payload"]:
            st.code(json.dumps(row["payload"], indent=2, ensure_ascii=False)[:20_000], language="json", wrap_lines=True)
        for name in ("reason", "answer"):
            if row[name]:
                st.markdown(f"{name.capitalize()}: {plain(str(row[name]))}")
        if row["edit"]:
            st.code(str(row["edit"])[:20_000], language="diff", wrap_lines=True)


def nothing(chat: str) -> None:
    """When nobody was asked anything."""
    st.space("small")
    st.markdown("#### :material/fact_check: " + ("Nothing was asked in this chat" if chat else "Nothing was asked"))
    st.caption(
        "Every question to a person, and every answer of a person, a rule or a deadline, is listed here for good."
    )
    st.page_link(CHATS, label="Chats", icon=":material/forum:")


with showing_errors():
    show()
