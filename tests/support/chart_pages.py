"""A studio with chats in it, and the pages that draw them, for the tests of Timeline and Costs."""

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from agents.chats import Event, ModelCalled
from agents.chats.events import EVENT_SCHEMA
from agents.store.database import writing
from agents.store.inbox import requests_of
from agents.store.ledger import columns_of
from agents.store.projection import expected_row
from agents.store.schema import chats, events, ledger, requests
from agents.studio import Studio
from tests.support.long_chat import log_of
from tests.support.waiting import WITHIN_S

PAGES = Path(__file__).resolve().parents[2] / "pages"


def add_chat(studio: Studio, events: Iterable[Event], title: str = "A snake game") -> str:
    """A chat with these events; its id, which no other test's chat has."""
    chat = f"{title.replace(' ', '-').lower()}-{id(studio):x}"
    studio.store.chats.create(chat, list(events), client_id=chat, team_id=None, revision=None, title=title)
    return chat


def add_long_chat(studio: Studio, n_turns: int) -> str:
    """A chat of `log_of`, written at once: event by event it takes seconds. Its id."""
    log = log_of(n_turns, f"long-{id(studio):x}")
    chat, row = log[0].chat, expected_row(log)
    given = {"fence": 0, "created_at": log[0].at, "title": "A snake game"}
    of_events = [
        {
            "chat_id": chat,
            "seq": recorded.seq,
            "kind": recorded.event.kind,
            "schema_version": EVENT_SCHEMA,
            "body": recorded.event.model_dump_json(),
            "part": recorded.seq,
            "at": recorded.at,
        }
        for recorded in log
    ]
    of_calls = [
        {"chat_id": chat, "seq": recorded.seq, "team_name": row["team_name"], **columns_of(recorded.event)}
        for recorded in log
        if isinstance(recorded.event, ModelCalled)
    ]
    of_requests = [{"chat_id": chat, **columns} for columns in requests_of(log, row["team_name"]).values()]
    with writing(studio.store.db) as connection:
        connection.execute(sa.insert(chats), {"id": chat, "client_id": chat, **given, **row})
        for table, rows in ((events, of_events), (ledger, of_calls), (requests, of_requests)):
            connection.execute(sa.insert(table), rows)
    return chat


def open_page(name: str, chat: str = "") -> AppTest:
    """The page as a browser that follows a link to it gets it."""
    page = AppTest.from_file(str(PAGES / "main.py"), default_timeout=2 * WITHIN_S).switch_page(f"{name}.py")
    if chat:
        page.query_params["chat"] = chat
    return page.run()


def tiles(page: AppTest) -> dict[str, str]:
    """Tile -> what it says."""
    return {metric.label: metric.value for metric in page.metric}


def words(page: AppTest) -> str:
    """Everything that stands on the page as text."""
    parts = [*page.title, *page.subheader, *page.caption, *page.markdown, *page.info, *page.warning]
    return "\n".join(str(part.value) for part in parts)


def n_charts(page: AppTest) -> int:
    return len(page.get("plotly_chart"))
