"""The studio below a path, behind a proxy that speaks HTTPS and forwards nothing else: all of it works."""

import re
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.journeys.conftest import closing
from tests.support.browser import CHROMIUM, FLAGS
from tests.support.chat_with_files import chat_with_files
from tests.support.conversations import pair, start
from tests.support.screens import Screen, Screens, new_context
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.tls_proxy import TlsProxy, tls_proxy
from tests.support.waiting import wait_until

PATH = "/team/studio"


@pytest.fixture(scope="module")
def studio(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "scripted"}
    with studio_running(tmp_path_factory.mktemp("proxy"), STREAMLIT_SERVER_BASE_URL_PATH=PATH, **address) as process:
        yield process


@pytest.fixture(scope="module")
def proxy(studio: StudioProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    port = int(studio.url.rpartition(":")[2])
    with tls_proxy(port, PATH, tmp_path_factory.mktemp("certificate")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def trusting(browser: Browser, proxy: TlsProxy) -> Iterator[Browser]:
    """A browser that trusts the proxy's certificate, as everybody's does in earnest: one that only ignores its faults
    begins each request twice, and under load now and then gave up."""
    trusts = f"--ignore-certificate-errors-spki-list={proxy.key_sha256}"
    browser = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, trusts])
    yield browser
    browser.close()


@pytest.fixture
def screen(
    trusting: Browser, studio: StudioProcess, proxy: TlsProxy, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    """A browser that knows the studio by the proxy's address alone."""
    context = new_context(trusting)
    for screens in closing(Screens(trusting, proxy.url, context), studio, request):
        yield screens()
    context.close()


class TestBelowAPath:
    def test_a_chat_is_read_answered_and_followed(
        self, screen: Screen, studio: StudioProcess, proxy: TlsProxy, model: ScriptedServer
    ):
        model.script(["My answer.", "My next."], model="below")
        screen.open()
        screen.page.get_by_role("link", name="Teams").first.click()
        expect(screen.page.get_by_role("heading", name="Teams", exact=True)).to_be_visible()
        assert screen.page.url == f"{proxy.url}/teams"
        screen.open_chat(start(studio, pair("below")))
        screen.expect_my_turn()
        screen.reply("Go on.")
        expect(screen.messages).to_have_count(4)
        assert screen.texts()[1:] == ["My answer.", "Go on.", "My next."]
        screen.page.reload()
        expect(screen.messages).to_have_count(4)
        assert proxy.missed == []

    def test_files_are_seen_kept_and_attached_and_charts_drawn(
        self, screen: Screen, studio: StudioProcess, proxy: TlsProxy
    ):
        with studio.data() as data:
            chat = chat_with_files(data, "below-files")
        screen.open_chat(chat)
        image = screen.page.locator(".files img")
        image.scroll_into_view_if_needed()
        drawn = "(image) => image.complete && image.naturalWidth > 0"
        wait_until(lambda: image.evaluate(drawn), what="the picture is drawn")
        screen.page.locator(".chart summary").click()
        chart = screen.page.frame_locator(".chart iframe").frame_locator("iframe")
        expect(chart.locator(".bars .point")).to_have_count(3)
        with screen.page.expect_download() as download:
            screen.page.locator(".files a.name", has_text="report.pdf").click()
        assert download.value.suggested_filename == "report.pdf"
        assert download.value.path().read_bytes().startswith(b"%PDF")
        panel = screen.show("Files")
        link = panel.get_by_role("link", name=re.compile("Download all"))
        address = str(link.evaluate("(link) => link.href"))
        assert address.startswith(f"{proxy.url}/files/")
        with screen.page.expect_download() as download:
            link.click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert "chart.png" in archive.namelist()
        content: FilePayload = {"name": "more.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
        panel.locator('input[type="file"]').set_input_files(content)
        expect(panel.get_by_text("more.csv")).to_be_visible()
        panel.get_by_role("button", name=re.compile("Attach$")).click()
        expect(panel.get_by_role("button", name="more.csv", exact=True)).to_be_visible()
        screen.settle()
        panel.get_by_role("button", name="chart.html", exact=True).click()
        framed = panel.frame_locator("iframe.framed").frame_locator("iframe")
        expect(framed.locator(".bars .point")).to_have_count(3)
        assert proxy.missed == []

    def test_every_page_is_drawn_and_asks_for_nothing_outside(self, screen: Screen, proxy: TlsProxy):
        for path in ("/inbox", "/timeline", "/costs", "/audit", "/connections", "/settings"):
            screen.open(path)
            screen.expect_no_traceback()
        assert proxy.missed == []
        outside = [address for address in screen.requested if not address.startswith((proxy.url, "data:", "blob:"))]
        assert outside == []
