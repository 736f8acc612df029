"""Every page, wide and narrow, light and dark: nothing on it is hard to read or to reach, as far as a machine can tell,
and nothing moves while it is loaded."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.support.accessibility import (
    OF_COLOURS,
    draw_in,
    findings,
    findings_in_both,
    layout_shifts,
    watch_layout,
)
from tests.support.every_page import ADDRESSES, furnish
from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens
from tests.support.studio_process import ROOT, StudioProcess, studio_running

MOST_MOVED = 0.05
"""Where a page counts as calm: a tenth of the screen that moves by half of its height."""

IS_IN_SHEET = """() => document.activeElement === document.body
  || Boolean(document.activeElement.shadowRoot?.activeElement?.closest("dialog"))"""
"""Whether nothing of the page has the focus: what has it is in the sheet, or the browser's own."""
SHOW_ALL_TABS = """() => document.querySelectorAll('[data-testid="stTabPanel"]').forEach((panel) => {
  panel.removeAttribute("inert");
  panel.style.display = "block";
})"""
"""Shows what is behind every tab at once: one look is enough for all."""
BREAK = "() => { console.error('It is told.'); setTimeout(() => { throw Error('It broke.'); }); }"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio in which nothing goes on: no worker, so that each page stays as it is."""
    with studio_running(tmp_path_factory.mktemp("every-page"), STUDIO_WORKERS="0") as process:
        yield process


@pytest.fixture(scope="module")
def chats(studio: StudioProcess) -> dict[str, str]:
    with studio.data() as data:
        return furnish(data)


@pytest.fixture(scope="module")
def one_screen(browser: Browser, studio: StudioProcess) -> Iterator[Screen]:
    """One tab for all pages."""
    screens = Screens(browser, studio.url)
    screen = screens()
    watch_layout(screen)
    yield screen
    screens.close()


def opened(screen: Screen, address: str, size: ViewportSize) -> None:
    """The page in light, with all that it fetches, and the frame's own script."""
    screen.page.set_viewport_size(size)
    screen.page.emulate_media(color_scheme="light")
    screen.open(address)
    screen.page.wait_for_load_state("networkidle")
    screen.page.wait_for_function("() => window.studioLists")


class TestEveryPage:
    def test_each_is_looked_at(self):
        pages = {path.stem for path in (ROOT / "pages").glob("[!_]*.py")} - {"main"}
        assert {address.strip("/").partition("?")[0] or "home" for address in ADDRESSES.values()} == pages

    @pytest.mark.parametrize("name", ADDRESSES)
    def test_axe_finds_nothing_serious_in_any_form_and_nothing_moves(
        self, one_screen: Screen, chats: dict[str, str], name: str
    ):
        moved, found = {}, {}
        for form, size in {"desk": DESKTOP, "telephone": TELEPHONE}.items():
            opened(one_screen, ADDRESSES[name].format(**chats), size)
            moved[form] = layout_shifts(one_screen)
            found[f"{form}, light"] = findings(one_screen)
            draw_in(one_screen, "dark")
            found[f"{form}, dark"] = findings(one_screen, OF_COLOURS)
        assert {form: what for form, what in found.items() if what} == {}
        assert {form: what for form, what in moved.items() if sum(one["by"] for one in what) >= MOST_MOVED} == {}

    def test_comes_into_sight_also_when_the_script_that_shows_it_is_missing(self, one_screen: Screen):
        opened(one_screen, "/", DESKTOP)
        heading = one_screen.page.get_by_role("heading", level=1)
        one_screen.page.evaluate("() => { delete document.documentElement.dataset.opened; }")
        expect(heading).to_be_hidden()
        expect(heading).to_be_visible()


class TestWhatOpens:
    """Dialogs, all tabs of the team editor, and what opens in it; each page is loaded once."""

    @pytest.fixture
    def look(self, one_screen: Screen) -> Iterator[Callable[[str, Locator], None]]:
        """Looks at a part of the page, light and dark; tells at the end what was found."""
        found = {}

        def look(name: str, part: Locator) -> None:
            expect(part).to_be_visible()
            found[name] = findings_in_both(one_screen, part)

        yield look
        assert {name: what for name, what in found.items() if what} == {}

    def test_of_the_teams_is_free_of_serious_findings(
        self, one_screen: Screen, chats: dict[str, str], look: Callable[[str, Locator], None]
    ):
        page = one_screen.page
        opened(one_screen, "/teams", DESKTOP)
        for press, title in (("Start", "Start “"), ("Import", "Import teams")):
            one_screen.press(press)
            dialog = page.get_by_role("dialog")
            expect(dialog).to_contain_text(title)
            look(press, dialog)
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)
        page.keyboard.press("?")
        look("shortcuts", page.get_by_role("dialog", name="Keyboard shortcuts", exact=True))
        page.keyboard.press("Escape")

    def test_in_the_team_editor_is_free_of_serious_findings(
        self, one_screen: Screen, chats: dict[str, str], look: Callable[[str, Locator], None]
    ):
        page = one_screen.page
        opened(one_screen, "/teams?team={team}".format(**chats), DESKTOP)
        page.locator('[class*="st-key-membercard"]').get_by_role("button", name="Triage").click()
        page.get_by_text("Try this agent").click()
        expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
        page.evaluate(SHOW_ALL_TABS)
        expect(page.get_by_role("button", name="No longer live")).to_be_visible()
        look("all tabs", page.get_by_test_id("stMain"))
        one_screen.press("Add member")
        dialog = page.get_by_role("dialog")
        for source in ("Library", "Other teams"):
            dialog.get_by_role("radio", name=source).click()
            one_screen.settle()
            look(f"Add members, {source}", dialog)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        part = page.get_by_test_id("stPopoverBody")
        for name in ("Asks you", "3 times"):
            button = one_screen.keyed("editor_ends").get_by_role("button", name=name)
            button.click()
            look(name, part)
            button.click()
        one_screen.press("More")
        one_screen.press("Delete", part)
        expect(dialog).to_contain_text("Delete this team?")
        look("Delete", dialog)


class TestTheConsole:
    def test_what_a_page_fails_with_fails_its_journey(self, open_screen: Screens):
        screen = open_screen("/")
        with screen.page.expect_event("pageerror"):
            screen.page.evaluate(BREAK)
        told, broke = open_screen.errors()
        assert ("It is told." in told, "It broke." in broke) == (True, True)
        screen.errors.clear()


class TestShortcuts:
    def test_a_question_mark_opens_the_sheet_and_escape_shuts_it(self, open_screen: Screens, chats: dict[str, str]):
        screen = open_screen("/inbox")
        sheet, page = screen.page.get_by_role("dialog", name="Keyboard shortcuts", exact=True), screen.page
        entry = page.get_by_role("button", name="Keyboard shortcuts ?", exact=True)
        expect(entry).to_be_visible()
        expect(screen.keyed("inbox_card")).to_be_visible()
        page.wait_for_function("() => window.studioSheet?.isConnected")
        page.keyboard.press("?")
        expect(sheet).to_contain_text("approve")
        assert findings(screen) == []
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate(IS_IN_SHEET)
        page.keyboard.press("r")
        expect(screen.keyed("inbox_card").locator("textarea")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        entry.click()
        expect(sheet).to_be_visible()
        page.keyboard.press("?")
        expect(sheet).to_be_hidden()
