"""A page of another site, in the browser that has the studio open, can neither show it, nor connect, nor upload."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.chat_with_files import chat_with_files
from tests.support.conversations import pair, start
from tests.support.screens import Screens
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until

ATTACK = """<!doctype html><title>Win a prize</title><body style="margin: 0">
<iframe src="{studio}" style="position: absolute; inset: 0; width: 100%; height: 100%; border: 0"></iframe>
<div style="position: absolute; pointer-events: none; left: 40%; top: 40%">Click here</div></body>"""
CONNECT = """([address, protocols]) => new Promise((tell) => {
  const socket = new WebSocket(address, protocols);
  socket.onopen = () => { if (address.endsWith("/stream")) tell("open"); };
  socket.onmessage = () => tell("open");
  socket.onclose = (closed) => tell(`closed ${closed.code}`);
})"""
UPLOAD = """(address) => fetch(address, { method: "PUT", credentials: "include", body: new FormData() })
  .then((answer) => `answered ${answer.status}`, () => "refused")"""
EVERY_PAGE = ("/", "/inbox", "/chat", "/teams", "/timeline", "/costs", "/audit", "/connections", "/settings")


@pytest.fixture
def other_site(studio: StudioProcess) -> Iterator[str]:
    """A site of another origin, whose page shows the studio in a frame below its own words."""
    yield from site(studio.url)


def site(studio_url: str) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ATTACK.format(studio=f"{studio_url}{self.path}").encode())

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(open_screen: Screens, address: str) -> Page:
    """A browser in which the studio is open in one tab, and the address in another."""
    screen = open_screen("/")
    page = screen.page.context.new_page()
    page.goto(address)
    return page


class TestFrames:
    def test_a_click_on_another_sites_page_presses_nothing_of_the_studios(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer, other_site: str
    ):
        model.script(["My answer."], model="framed")
        chat = start(studio, pair("framed"))
        screen = open_screen()
        screen.open_chat(chat)
        screen.expect_my_turn()
        place = screen.button("Reply").bounding_box()
        assert place is not None
        page = screen.page.context.new_page()
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{other_site}/chat?chat={chat}")
        wait_until(lambda: len(page.frames) == 2 and page.frames[1].url != "about:blank", what="the frame has loaded")
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.wait_for_load_state("networkidle")
        assert page.frames[1].url.startswith("chrome-error:")
        assert page.frame_locator("iframe").get_by_text("My answer.").count() == 0
        screen.expect_my_turn()

    def test_a_site_that_was_named_shows_it(self, browser, model: ScriptedServer, tmp_path: Path):
        address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk", "OPENAI_MODEL": "scripted"}
        with studio_running(tmp_path, STUDIO_EMBEDDED_IN="http://127.0.0.1:*", **address) as process:
            for other_site in site(process.url):
                screens = Screens(browser, process.url)
                screen = screens()
                screen.page.goto(f"{other_site}/teams")
                inside = screen.page.frame_locator("iframe")
                expect(inside.get_by_role("heading", name="Teams", exact=True)).to_be_visible()
                inside.get_by_role("link", name="Costs").click()
                expect(inside.get_by_role("heading", name="Costs", exact=True)).to_be_visible()
                screens.close()


class TestRequests:
    @pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
    def test_its_pages_open_no_socket(self, open_screen: Screens, studio: StudioProcess, other_site: str, path: str):
        page = opened(open_screen, other_site)
        address = [studio.url.replace("http", "ws") + path, ["streamlit"] if path.endswith("stream") else []]
        assert page.evaluate(CONNECT, address).startswith("closed")

    def test_its_pages_upload_nothing(self, open_screen: Screens, studio: StudioProcess, other_site: str):
        page = opened(open_screen, other_site)
        assert page.evaluate(UPLOAD, f"{studio.url}/_stcore/upload_file/session/file") == "refused"

    def test_the_studios_own_pages_do(self, open_screen: Screens, studio: StudioProcess):
        page = open_screen("/").page
        address = [studio.url.replace("http", "ws") + "/_stcore/stream", ["streamlit"]]
        assert page.evaluate(CONNECT, address) == "open"
        assert page.evaluate(UPLOAD, f"{studio.url}/_stcore/upload_file/session/file").startswith("answered")


class TestOwnPages:
    def test_nothing_of_theirs_is_against_their_own_policy(self, open_screen: Screens, studio: StudioProcess):
        with studio.data() as data:
            chat = chat_with_files(data, "policy")
        screen, said = open_screen(), list[str]()
        screen.page.on("console", lambda message: said.append(message.text))
        for path in (*EVERY_PAGE, f"/chat?chat={chat}", f"/timeline?chat={chat}", f"/costs?chat={chat}"):
            screen.open(path)
            screen.page.wait_for_load_state("networkidle")
        assert [text for text in said if "Content Security Policy" in text] == []
