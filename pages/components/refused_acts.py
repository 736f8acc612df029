"""Acts that were refused: who tried what, and why not; for those who decide or administer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from agents.insight.audit import REFUSED_COLUMNS, refused_rows, to_csv
from agents.studio import Session
from agents.text.numbers import count_text
from pages.components.charts import timezone
from pages.components.messages import plain
from pages.components.navigation import chat_link
from pages.components.person import session
from pages.components.tables import picked

REQUESTS, REFUSED = "Requests", "Refused acts"
MOST_SHOWN, MOST_IN_FILE = 1_000, 20_000

SHOWN = {
    "at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm:ss"),
    "act": st.column_config.TextColumn("Act", width=150),
    "who": st.column_config.TextColumn("Who", width=180),
    "is_verified": st.column_config.CheckboxColumn("Verified", help="A signed-in identity", width=70),
    "why": st.column_config.TextColumn("Why not", width="large"),
    "chat": st.column_config.TextColumn("Chat"),
}


def is_chosen() -> bool:
    """Lets people choose between requests and refused actions, and tells whether they chose the latter; who may not see
    these is not offered them."""
    if not session().may("decide", "administer"):
        return False
    chosen = st.segmented_control(
        "Show", [REQUESTS, REFUSED], default=REQUESTS, required=True, key="audit:of", label_visibility="collapsed"
    )
    return chosen == REFUSED


def show(chat: str, since: datetime | None) -> None:
    """The table and its file; of one chat, or since then of all."""
    rows = refused_rows(session().requests.refusals(chat, since, limit=MOST_SHOWN + 1))
    if not rows:
        st.space("small")
        st.markdown("#### :material/verified_user: Nothing was refused")
        st.caption("What somebody tries and may not do, and decisions that were forged, are listed here.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        n = (
            f"The newest {MOST_SHOWN:,} refused actions"
            if len(rows) > MOST_SHOWN
            else count_text(len(rows), "refused action")
        )
        st.caption(f"{n}. None changed anything.", width="stretch")
        st.download_button(
            "CSV",
            data=partial(_csv, session(), chat, since),
            file_name=f"refused-{chat or 'all'}-{datetime.now(UTC):%Y-%m-%d}.csv",
            mime="text/csv",
            key="audit:refused_csv",
            icon=":material/download:",
            on_click="ignore",
        )
    frame = pd.DataFrame(rows[:MOST_SHOWN], columns=list(REFUSED_COLUMNS))
    frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601").dt.tz_convert(timezone())
    alt = f"A table of {len(frame):,} refused actions: who tried what, when, and why not."
    chosen = picked(frame, SHOWN, key="audit:refused", alt=alt)
    if chosen is not None:
        details(rows[chosen])


def details(row: Mapping[str, Any]) -> None:
    """A row in full."""
    with st.container(border=True, key="refused_details"):
        checked = "verified" if row["is_verified"] else "not verified"
        st.markdown(f":material/block: **{plain(str(row['act']))}** by {plain(str(row['who']))} ({checked})")
        st.markdown(plain(str(row["why"])))
        if row["chat"]:
            chat_link(str(row["chat"]), "The chat", icon=":material/forum:")


def _csv(session: Session, chat: str, since: datetime | None) -> bytes:
    rows = refused_rows(session.requests.refusals(chat, since, limit=MOST_IN_FILE))
    return to_csv(rows, REFUSED_COLUMNS).encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8
