"""The data analysts' rehearsal in a real browser: a table goes in, a chart is seen, a report comes out, all marked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from agents.sandbox.python_env import PythonEnvironment
from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens
from tests.support.studio_process import StudioProcess, studio_running

SPEAKERS = ["You", "Analyst", "Chart maker", "Executor", "Writer"]
LOADED = "(image) => image.decode().then(() => image.naturalWidth)"


@pytest.fixture(scope="module")
def studio(sandbox_python: PythonEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio in which no model is connected and lines are written fast."""
    assert sandbox_python.is_ready
    with studio_running(tmp_path_factory.mktemp("rehearsed"), STUDIO_REHEARSAL_CHARS_PER_S="4000") as process:
        yield process


@pytest.fixture(scope="module")
def played(studio: StudioProcess) -> list[str]:
    """The chat that the module's first test has played to the person's turn."""
    return []


def the_chat(played: list[str], open_screen: Screens) -> Screen:
    """The played chat, open in a browser of its own; it is played first when it has not been."""
    screen = open_screen("/")
    if played:
        screen.open_chat(played[0])
        return screen
    card = screen.keyed("home:gallery:data-analysts")
    screen.press("Play the rehearsal", card)
    screen.page.wait_for_url("**/chat?chat=*")
    expect(screen.log).to_be_attached()
    screen.expect_my_turn(within_s=120)
    played.append(screen.chat)
    return screen


class TestTheDataAnalysts:
    def test_one_press_plays_them_up_to_the_persons_turn_and_each_line_is_marked(
        self, open_screen: Screens, played: list[str]
    ):
        screen = the_chat(played, open_screen)
        assert screen.speakers() == SPEAKERS
        marks = screen.messages.locator("footer.usage").all_text_contents()
        assert marks == ["rehearsed"] * 3, "the task and the executor's report are no model's words"
        expect(screen.page.get_by_text("Rehearsed", exact=False).first).to_be_visible()
        screen.expect_no_traceback()

    def test_the_chart_is_seen_under_the_turn_that_drew_it(self, open_screen: Screens, played: list[str]):
        screen = the_chat(played, open_screen)
        image = screen.log.locator(".files img").first
        image.scroll_into_view_if_needed()
        assert image.evaluate(LOADED) == 1650
        names = screen.log.locator(".files").filter(has=screen.page.locator("img")).inner_text()
        assert "revenue_by_shop.png" in names
        assert "Executor" in names

    def test_the_report_downloads_as_the_pdf_that_was_written(
        self, open_screen: Screens, played: list[str], studio: StudioProcess
    ):
        screen = the_chat(played, open_screen)
        expect(screen.tab("Files")).to_have_text("Files (4)")
        panel = screen.show("Files")
        screen.press("report.pdf", panel)
        with screen.page.expect_download() as downloading:
            panel.get_by_role("link", name=re.compile("Download$")).click()
        report = Path(downloading.value.path()).read_bytes()
        assert report.startswith(b"%PDF-")
        assert report == (studio.home / "workspaces" / played[0] / "files" / "report.pdf").read_bytes()

    @pytest.mark.parametrize("colours", ["light", "dark"])
    @pytest.mark.parametrize("size", ["desk", "telephone"])
    def test_it_fits_every_screen(self, open_screen: Screens, played: list[str], size: str, colours: str):
        chat = played[0] if played else the_chat(played, open_screen).chat
        screen = open_screen(color_scheme=colours, viewport=TELEPHONE if size == "telephone" else DESKTOP)
        screen.open_chat(chat)
        screen.expect_my_turn()
        screen.expect_no_sideways_scrolling()
        expect(screen.page.get_by_text("Suggested reply:")).to_be_visible()

    def test_past_the_end_of_the_script_the_chat_ends_and_says_so(self, open_screen: Screens, played: list[str]):
        screen = the_chat(played, open_screen)
        screen.press("Use it")
        expect(screen.box).to_have_value("Good. Thank you, that is all.")
        screen.press("Reply")
        expect(screen.line).to_have_text("Ended: The rehearsal is over.")
        expect(screen.button("Start the team")).to_be_visible()
