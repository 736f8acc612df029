"""Files that agents made are opened wherever the studio shows them: nothing in them runs, and nothing is fetched."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Error, Page, expect

from agents.chats import ChatStarted, Event, FilesChanged, MessagePosted
from agents.workspaces import Workspace
from tests.journeys.test_files import open_files, outside
from tests.support.chat_with_files import ADA, TEAM
from tests.support.hostile_files import hostile_files
from tests.support.screens import Screen, Screens
from tests.support.studio_process import StudioProcess

WATCH = (
    "window.hacked = 0; for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => { window.hacked = 2; };"
)


class Made(NamedTuple):
    """A chat whose code made hostile files, and what another server was asked."""

    chat: str
    names: list[str]
    asked: list[str]


@pytest.fixture(scope="module")
def made(studio: StudioProcess) -> Iterator[Made]:
    with outside() as (address, asked), studio.data() as data:
        chat, files = "hostile-files", hostile_files(address)
        workspace = Workspace(data.settings.home, chat)
        folders = workspace.run_folders()
        before = [workspace.save("evil.md", b"# Before\n")]
        for name, content in files.items():
            (folders.files / name.replace("/", "_")).write_bytes(content)
        changes = workspace.changes({change.path: change for change in before})
        events: list[Event] = [
            ChatStarted(team=TEAM.model_dump(mode="json"), task="Make files.", by=ADA),
            MessagePosted(turn=0, agent="user", content="Make files.", source="task", by=ADA),
            FilesChanged(turn=0, changes=before, by=ADA),
            FilesChanged(turn=1, agent="executor", cause="b0", changes=changes),
        ]
        data.store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title="Hostile files")
        yield Made(chat, [change.path for change in changes], asked)


@pytest.fixture
def screen(open_screen: Screens, made: Made) -> Iterator[Screen]:
    """A browser in which each page says when it was hacked; after the test none was, and nothing was fetched."""
    screen = open_screen()
    screen.page.context.add_init_script(WATCH)
    screen.open_chat(made.chat)
    yield screen
    rest(screen.page)
    for page in screen.page.context.pages:
        assert not any(frame.evaluate("() => window.hacked") for frame in page.frames)
    assert made.asked == []
    assert screen.page.url.startswith(f"{screen.url}/chat")


def rest(page: Page) -> None:
    """What the page and its frames would fetch by themselves, they have asked for: later requests are answered."""
    for frame in page.frames:
        frame.wait_for_load_state()


class TestHostileFiles:
    def test_in_the_transcript(self, screen: Screen, made: Made):
        files = screen.page.locator(".files")
        expect(files.last).to_contain_text("evil.svg")
        for image in files.locator("img").all():
            image.scroll_into_view_if_needed()
        for chart in screen.page.locator(".chart summary").all():
            chart.click()
            expect(screen.page.locator(".chart iframe").last).to_be_visible()
        drawn = (
            screen.page.frame_locator('.chart iframe[title="plot.html"]')
            .frame_locator("iframe")
            .locator(".bars .point")
        )
        expect(drawn.first).to_be_visible()
        assert screen.page.locator(".files script, .files iframe:not(.chart iframe), .files .who img").count() == 0

    def test_in_the_rail_one_by_one_and_compared(self, screen: Screen, made: Made):
        panel = open_files(screen)
        for name in made.names:
            screen.settle()
            panel.get_by_role("button", name=re.compile(rf"{re.escape(name)}$")).first.click()
            expect(panel.get_by_role("link", name=re.compile("Download$"))).to_be_visible()
            screen.settle()
            if name == "evil.md":
                panel.get_by_text("Changes", exact=True).click()
                expect(panel.get_by_text("-# Before")).to_be_visible()
            rest(screen.page)
            screen.expect_no_traceback()
            assert screen.keyed("files_open").locator("script, form, svg[onload], img:not([alt])").count() == 0
            panel.get_by_role("button", name=re.compile("All files")).click()
            expect(panel.get_by_text(f"{len(made.names)} files")).to_be_visible()

    @pytest.mark.parametrize("how", [{}, {"keep": ""}, {"as": "chart"}, {"as": "frame"}])
    def test_by_their_own_addresses(self, screen: Screen, made: Made, studio: StudioProcess, how: dict[str, str]):
        link = open_files(screen).get_by_role("link", name=re.compile("Download all"))
        token = str(link.evaluate("(link) => new URL(link.href).searchParams.get('token')"))
        with studio.data() as data:
            rows = data.local.files.rows(made.chat)
        page, n_kept = screen.page.context.new_page(), 0
        for row in rows:
            query = urlencode({"name": row.path, "token": token, **how})
            try:
                page.goto(f"{studio.url}/files/{row.newest.change.sha256}?{query}")
            except Error as error:
                if "Download is starting" not in error.message:
                    raise
                n_kept += 1
            rest(page)
            assert page.url.startswith((studio.url, "about:blank"))
            assert not page.evaluate("() => window.hacked")
        assert bool(n_kept) == (how.get("as") != "chart")
        page.close()
