"""The page that a chat is exported as: from the menu to a file that replays without a network and does nothing else."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from agents.chats import Event
from agents.studio import Studio
from tests.journeys.test_hostile import ATTACKS
from tests.support.accessibility import AXE, FIND
from tests.support.chat_with_files import CSV, chat_with_files, png
from tests.support.exported_chats import everything, hostile, long_chat, put, with_files
from tests.support.screens import DESKTOP, TELEPHONE, Screens
from tests.support.studio import opened
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

WATCH = """
window.hacked = undefined;
addEventListener("securitypolicyviolation", (event) => (window.violations ??= []).push(event.violatedDirective));
"""
SHOWN = "() => [...document.querySelectorAll('#log > .entry')].filter((one) => one.offsetHeight > 0).length"


class Opened:
    """A page from the disk, in a browser without a network."""

    def __init__(self, context: BrowserContext, file: Path):
        self.requested: list[str] = []
        self.said: list[str] = []
        context.on("request", lambda request: self.requested.append(request.url))
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.add_init_script(WATCH)
        self.page.goto(file.as_uri())
        self.address = file.as_uri()

    @property
    def n_shown(self) -> int:
        """How many entries can be seen."""
        return int(self.page.evaluate(SHOWN))

    @property
    def place(self) -> str:
        return self.page.locator("#place").inner_text()

    def expect_silence(self) -> None:
        """Nothing was fetched, refused or run that is not the page's."""
        assert {url for url in self.requested if not url.startswith("data:")} == {self.address}
        assert self.said == []
        assert self.page.evaluate("() => [window.hacked, window.violations]") == [None, None]


Open = Callable[..., Opened]


@pytest.fixture
def export(tmp_path: Path) -> Iterator[tuple[Studio, Callable[..., Path]]]:
    """A studio in this process, and what writes the page of its chat into a file."""
    with opened(tmp_path / "exporting") as studio:

        def write(chat: str = "c1", **options: bool) -> Path:
            file = tmp_path / f"{chat}.html"
            with studio.local.exports.chat(chat, "html", **options).content as content:
                file.write_bytes(content.read())
            return file

        yield studio, write


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Open]:
    """Opens a file in a browser of its own without a network; all are closed after the test."""
    contexts: list[BrowserContext] = []

    def open_(file: Path, **options: object) -> Opened:
        contexts.append(browser.new_context(offline=True, **{"viewport": DESKTOP, **options}))  # type: ignore[arg-type]
        return Opened(contexts[-1], file)

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def written(export: tuple[Studio, Callable[..., Path]]) -> Callable[[list[Event]], Path]:
    """Writes the page of a chat of these events."""
    studio, write = export

    def of(events: list[Event]) -> Path:
        put(studio, events)
        return write()

    return of


class TestSafety:
    def test_a_hostile_chat_fetches_nothing_and_runs_nothing(self, written: Callable[..., Path], open_file: Open):
        file = written(hostile(ATTACKS, "\"><img src=x onerror='window.hacked=20'>"))
        shown = open_file(file)
        shown.page.locator("body").press("Home")
        for _ in range(20):
            shown.page.keyboard.press("ArrowRight")
        for card in shown.page.locator("summary").all():
            card.click()
        shown.expect_silence()
        for link in shown.page.locator("#log a").all():
            assert str(link.get_attribute("href")).startswith("https://")

    def test_its_own_style_and_script_are_let_in_and_no_other(self, written: Callable[..., Path], open_file: Open):
        shown = open_file(written(everything()))
        expect(shown.page.locator("#player")).to_be_visible()
        shown.expect_silence()
        shown.page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          const picture = new Image();
          picture.src = "https://evil.example/a.png";
          document.body.append(script, picture);
        }""")
        wait_until(
            lambda: (shown.page.evaluate("() => (window.violations ?? []).length") or 0) >= 2,
            what="both were refused",
        )
        assert shown.page.evaluate("() => window.hacked") is None


class TestReplay:
    def test_its_last_frame_is_the_transcript(self, written: Callable[..., Path], open_file: Open):
        file = written(everything())
        plain = open_file(file, java_script_enabled=False)
        log = "() => document.getElementById('log').innerText"
        texts = plain.page.locator("#log > .entry").all_inner_texts()
        shown = open_file(file, timezone_id="UTC", locale="de-DE")
        before = shown.page.evaluate(log)
        shown.page.locator("#speed").select_option("20")
        shown.page.locator("#play").click()
        expect(shown.page.locator("#play")).to_have_text("Pause")
        assert shown.n_shown < len(texts)
        expect(shown.page.locator("#play")).to_have_text("Play")
        assert shown.page.evaluate(log) == before
        assert shown.page.locator("#log > .entry").all_inner_texts() == texts
        assert shown.n_shown == len(texts)
        shown.expect_silence()

    def test_it_is_stepped_through_by_keys(self, written: Callable[..., Path], open_file: Open):
        shown = open_file(written(everything()))
        n = shown.page.locator("#log > .entry").count()
        assert (shown.n_shown, shown.place) == (n, f"{n} of {n}")
        decisions = shown.page.locator("aside .decision:visible")
        expect(decisions).to_have_count(3)
        shown.page.keyboard.press("Home")
        assert (shown.n_shown, shown.place) == (1, f"1 of {n}")
        expect(decisions).to_have_count(0)
        for step in range(2, n + 1):
            shown.page.keyboard.press("ArrowRight")
            assert shown.n_shown == step
        expect(decisions).to_have_count(3)
        shown.page.keyboard.press("ArrowLeft")
        assert shown.n_shown == n - 1
        shown.page.keyboard.press("End")
        assert shown.n_shown == n
        shown.page.keyboard.press("Space")
        expect(shown.page.locator("#play")).to_have_text("Pause")
        shown.page.keyboard.press("Space")
        expect(shown.page.locator("#play")).to_have_text("Play")

    def test_slider_timeline_and_a_decision_lead_to_their_place(self, written: Callable[..., Path], open_file: Open):
        shown = open_file(written(everything()))
        n = shown.page.locator("#log > .entry").count()
        shown.page.locator("#slider").fill("0")
        assert shown.n_shown == 1
        track = shown.page.locator("#track")
        box = track.bounding_box()
        assert box is not None
        track.click(position={"x": box["width"] / 2, "y": 5})
        assert 1 < shown.n_shown < n
        shown.page.keyboard.press("End")
        shown.page.locator("aside .decision a").first.click()
        assert shown.page.url.partition("#")[2].startswith("e")
        expect(shown.page.locator("#used")).to_have_text("6.2k tokens · $0.0625")


FORMS = [(DESKTOP, "light"), (DESKTOP, "dark"), (TELEPHONE, "light"), (TELEPHONE, "dark")]


class TestLooks:
    @pytest.mark.parametrize(("viewport", "scheme"), FORMS, ids=["wide", "wide-dark", "narrow", "narrow-dark"])
    def test_it_fits_and_can_be_read_by_everybody(
        self, export: tuple[Studio, Callable[..., Path]], open_file: Open, viewport: object, scheme: str
    ):
        studio, write = export
        with_files(studio, {"notes.txt": b"Notes.", "table.csv": CSV.encode()})
        shown = open_file(write(), viewport=viewport, color_scheme=scheme)
        for place in ("End", "Home"):
            shown.page.keyboard.press(place)
            assert shown.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
            shown.page.evaluate(AXE)
            assert shown.page.evaluate(FIND, [None, []]) == []

    def test_on_paper_all_turns_are_shown_and_no_controls(self, written: Callable[..., Path], open_file: Open):
        shown = open_file(written(long_chat(12, 300)))
        n = shown.page.locator("#log > .entry").count()
        shown.page.keyboard.press("Home")
        assert shown.n_shown == 1
        shown.page.emulate_media(media="print")
        assert shown.n_shown == n
        expect(shown.page.locator("#player")).to_be_hidden()
        paper = PdfReader(BytesIO(shown.page.pdf(format="A4")))
        text = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
        assert text.count("A sentence with some words.") == shown.page.locator("#log").inner_text().count(
            "A sentence with some words."
        )
        assert "Enough." in text
        assert "Back" not in text

    def test_files_are_saved_from_it(self, export: tuple[Studio, Callable[..., Path]], open_file: Open):
        studio, write = export
        chat_with_files(studio)
        shown = open_file(write(), accept_downloads=True)
        for name, content in (("chart.png", png()), ("sales.csv", CSV[:90].encode())):
            with shown.page.expect_download() as download:
                shown.page.locator(f'a[download="{name}"]').click()
            assert Path(download.value.path()).read_bytes() == content
            assert download.value.suggested_filename == name


class TestExportDialog:
    def test_the_page_comes_from_the_chats_menu(
        self, open_screen: Screens, studio: StudioProcess, open_file: Open, tmp_path: Path
    ):
        with studio.data() as data:
            put(data, everything(), chat="to-export")
        screen = open_screen()
        screen.open_chat("to-export")
        screen.keyed("chat_head").get_by_test_id("stPopover").get_by_role("button").click()
        screen.press("Export")
        dialog = screen.page.get_by_role("dialog")
        expect(dialog.get_by_text("Export this chat")).to_be_visible()
        dialog.get_by_text("With names of people").click()
        expect(dialog.get_by_text("People are called Person-1")).to_be_visible()
        screen.settle()
        with screen.page.expect_download() as download:
            screen.press("Download", dialog)
        file = tmp_path / "saved.html"
        download.value.save_as(file)
        assert download.value.suggested_filename == "to-export.html"
        shown = open_file(file)
        expect(shown.page.get_by_text("Task, by Person-1")).to_be_visible()
        shown.expect_silence()
