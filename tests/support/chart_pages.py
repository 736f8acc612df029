"""A studio with chats in it, and the pages that draw them, for the tests of Timeline and Costs."""

from collections.abc import Iterable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from agents.chats import Event
from agents.studio import Studio
from tests.support.waiting import WITHIN_S

PAGES = Path(__file__).resolve().parents[2] / "pages"


def add_chat(studio: Studio, events: Iterable[Event], title: str = "A snake game") -> str:
    """A chat with these events; its id, which no other test's chat has."""
    chat = f"{title.replace(' ', '-').lower()}-{id(studio):x}"
    studio.store.chats.create(chat, list(events), client_id=chat, team_id=None, revision=None, title=title)
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
