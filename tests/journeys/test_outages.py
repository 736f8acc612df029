"""PostgreSQL is stopped and started while a page is open: the page says so in place, and comes back by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.postgres import PostgresServer
from tests.support.screens import Screens
from tests.support.studio_process import StudioProcess, studio_running


@pytest.fixture(scope="module")
def studio(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio on PostgreSQL."""
    url = postgres_server.new_database()
    with studio_running(tmp_path_factory.mktemp("outage"), STUDIO_DB=url) as process:
        yield process
    postgres_server.drop_database(url)


class TestAStoppedDatabase:
    def test_is_told_on_the_page_which_comes_back_without_a_press(
        self, open_screen: Screens, studio: StudioProcess, postgres_server: PostgresServer
    ):
        screen = open_screen("/chat")
        nothing = screen.page.get_by_text("No chats yet")
        expect(nothing).to_be_visible()
        told = screen.page.get_by_text("The studio's database does not answer")
        with postgres_server.stopped():
            screen.open("/chat")
            expect(told).to_have_count(1)
            expect(nothing).to_have_count(0)
            screen.expect_no_traceback()
            expect(screen.page.get_by_role("link", name="Google")).to_have_count(0)
        expect(nothing).to_be_visible()
        expect(told).to_have_count(0)
        assert "Traceback" not in studio.log.read_text()
