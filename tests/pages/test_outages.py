"""Whatever keeps the database from being read or written, each page says so in place, and comes back."""

import ast
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from agents.studio import Studio
from pages import MAIN
from tests.support.app_pages import open_screen, shown
from tests.support.outages import OF_A_FILE, let_go, locked, outages_on, screens, small_disk, wrong_pages
from tests.support.postgres import PostgresServer
from tests.support.studio import opened

PAGES = MAIN.parent


class TestEveryPage:
    @pytest.mark.parametrize("kind", OF_A_FILE)
    def test_says_what_is_wrong_with_the_database_and_comes_back(self, studio: Studio, home: Path, kind: str):
        def begin() -> AbstractContextManager[None]:
            return OF_A_FILE[kind](home / "studio.db")

        assert wrong_pages(studio, let_go(studio, begin)) == []

    def test_says_that_postgresql_is_stopped_and_comes_back(
        self, home: Path, postgres_url: str, postgres_server: PostgresServer
    ):
        with opened(home, db_url=postgres_url) as studio, shown(studio):
            assert wrong_pages(studio, postgres_server.stopped) == []

    @pytest.mark.long
    @pytest.mark.processes
    @pytest.mark.parametrize("kind", ["full", "read_only"])
    def test_and_every_command_say_that_the_disk_takes_nothing(self, tmp_path: Path, kind: str):
        assert small_disk(kind, tmp_path / "disk") == []


class TestPresses:
    def test_a_button_that_cannot_save_says_so_on_its_page_and_the_page_stays(self, studio: Studio, home: Path):
        name, query = next(each for each in screens(studio) if each[0] == "chat" and each[1])
        page = open_screen(name, None, **query)
        field = next(field for field in page.text_input if field.label == "Title")
        with locked(home / "studio.db", also_reading=False):
            field.input("Another title")
            page = next(button for button in page.button if button.label == "Rename").click().run()
            assert not page.exception
            assert ["What you did just now was not saved" in text for text in outages_on(page)] == [True]
            assert any("Ask me" in part.value for part in page.header)
        assert studio.local.chats.get(query["chat"]).title == "Ask me"

    def test_dialogs_and_parts_that_draw_themselves_show_errors_in_their_place(self):
        """Streamlit runs them apart from the page, so each would show a neutral failure of its own."""
        allowed = {"components/messages.py", "components/live.py"}
        found = {
            str(file.relative_to(PAGES)): n
            for file in PAGES.rglob("*.py")
            if (n := sum(_is_apart(node) for node in ast.walk(ast.parse(file.read_text("utf-8")))))
        }
        assert {name: n for name, n in found.items() if name not in allowed} == {}


def _is_apart(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("fragment", "dialog")
        and isinstance(node.value, ast.Name)
        and node.value.id == "st"
    )
