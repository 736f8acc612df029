"""What a person sees and does in the browser, in their words: start a team, read the transcript, answer, stop.

Finds things by what is written on them. Every step waits for what it needs; nothing waits for time to pass.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, WebSocket, expect

from tests.support.waiting import WITHIN_S

EXPECTED_ERRORS = {
    r"404 .*/_stcore/(health|host-config)\)": "Streamlit finds out which part of the address is its own",
    r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE)": "a test ended the studio, or cut its connection",
    r"net::ERR_(CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING)": "a test ended it while it sent a file",
    r"^(Client Error in reaching server endpoint|Streamlit server is not responding)": "Streamlit says so as well",
    r"^Cannot send rerun backMessage when disconnected": "what was typed meanwhile is sent when the studio is back",
    r"violates the following Content Security Policy directive.*&as=frame\)$": "agents' files ask for things outside",
    r"403 .*/_stcore/upload_file/session/file\)": "a test uploads to a session that there is not",
}
"""What the browser's console may tell of, as a pattern, and why."""

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
TELEPHONE: ViewportSize = {"width": 390, "height": 844}

WRITING = """
(log) => {
  const seen = window.seenDrafts = [];
  new MutationObserver(() => {
    const draft = log.querySelector(".message.draft");
    const last = seen[seen.length - 1];
    if (!draft) return;
    const text = draft.querySelector(".content").textContent;
    const who = draft.querySelector(".who").textContent;
    if (text && !(last && last.text === text)) seen.push({ who, text });
  }).observe(log, { childList: true, subtree: true, characterData: true });
}
"""
"""Notes every text that a message had while it was being written."""


class Screen:
    """One tab of a browser."""

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self.requested: list[str] = []
        """Addresses that the tab asked for."""
        self.n_drawn = 0
        """Messages with which the server changed the page so far."""
        self.errors: list[str] = []
        """What the page's scripts failed with, and what the browser's console calls an error."""
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack or ''}"))
        page.on("console", self._hear)
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        def count(_: object) -> None:
            self.n_drawn += 1

        if "/_stcore/stream" in socket.url:
            socket.on("framereceived", count)

    def _hear(self, message: ConsoleMessage) -> None:
        address = message.location["url"]
        is_elsewhere = message.text.startswith("Failed to load resource") and not address.startswith(self.url)
        if message.type == "error" and not is_elsewhere:
            self.errors.append(f"{message.text} ({address})")

    # -- anywhere

    def open(self, path: str = "/") -> None:
        """Goes to the address and waits until the page is drawn, and in sight."""
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_selector("html[data-opened]", state="attached")
        self.settle()

    def settle(self) -> None:
        """Waits until the page's script has run."""
        app = self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        expect(app).to_be_attached()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Presses the button of that name."""
        self.button(name, within).click()

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """The button of that name; icons are written before it as words, so the name is how it ends."""
        return (within or self.page).get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}$")).first

    def keyed(self, key: str) -> Locator:
        """The part of the page with that key."""
        return self.page.locator(f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key)}")

    def expect_no_traceback(self) -> None:
        """Nothing on the page reads like a program's failure."""
        text = self.page.locator("body").inner_text()
        found = re.findall(r"Traceback|Error\(|Exception|File \"|httpx|openai\.|\bNone\b", text)
        assert not found, f"{found} in {text}"
        expect(self.page.get_by_test_id("stException")).to_have_count(0)

    def expect_no_sideways_scrolling(self) -> None:
        """Everything fits the width of the screen."""
        wide = self.page.evaluate(
            """() => [document.scrollingElement, ...document.querySelectorAll('[data-testid="stMain"]')]
                 .map((part) => part.scrollWidth - part.clientWidth)"""
        )
        assert max(wide) <= 0, f"wider than the screen by {wide} px"

    def shot(self, file: Path) -> None:
        """A picture of the screen."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file)

    def table(self, number: int = 0) -> list[dict[str, str]]:
        """The rows of the table so numbered, as the page tells them to a screen reader."""
        grid = self.page.get_by_test_id("stDataFrame").nth(number).locator("canvas table").first
        expect(grid.locator("tbody tr").first).to_be_attached()
        head, *rows = grid.evaluate(
            "(table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        return [dict(zip(head, row, strict=True)) for row in rows]

    def tiles(self) -> dict[str, str]:
        """The figures at the top, by their names."""
        expect(self.page.get_by_test_id("stMetric").first).to_be_visible()
        found = (tile.inner_text().split("\n") for tile in self.page.get_by_test_id("stMetric").all())
        return {lines[0]: lines[-1] for lines in found}

    # -- starting

    def expect_drawn_again(self, act: Callable[[], object]) -> None:
        """Somebody else's `act` changes the page: the server sends it something, without a press on it."""
        before = self.n_drawn
        act()
        deadline = time.monotonic() + WITHIN_S
        while self.n_drawn == before:
            assert time.monotonic() < deadline, "the page was not drawn again"
            self.page.wait_for_timeout(20)

    def start(self, task: str) -> str:
        """In the open dialog: types the task and presses Start; the new chat's id."""
        dialog = self.page.get_by_role("dialog")
        box = dialog.get_by_label("Task", exact=True)
        box.fill(task)
        self.press("Start", dialog)
        self.page.wait_for_url("**/chat?chat=*")
        expect(self.log).to_be_attached()
        return self.chat

    @property
    def chat(self) -> str:
        """The id of the chat that is open."""
        return self.page.url.rpartition("chat=")[2]

    def open_chat(self, chat: str) -> None:
        """Follows the link to a chat, and waits for its messages."""
        self.open(f"/chat?chat={chat}")
        expect(self.transcript).to_have_attribute("data-loaded", "yes")

    # -- the transcript

    @property
    def transcript(self) -> Locator:
        return self.page.locator("section.transcript")

    @property
    def log(self) -> Locator:
        return self.transcript.locator(".log")

    @property
    def messages(self) -> Locator:
        """The messages that are complete."""
        return self.log.locator(".message:not(.draft)")

    @property
    def draft(self) -> Locator:
        """The message that is being written."""
        return self.log.locator(".message.draft")

    @property
    def line(self) -> Locator:
        """Whose move it is."""
        return self.transcript.locator(".strip .line")

    def speakers(self) -> list[str]:
        """Who wrote the complete messages, in order."""
        return self.messages.locator(".who").all_text_contents()

    def texts(self) -> list[str]:
        """What the complete messages say, in order."""
        return [text.strip() for text in self.messages.locator(".content").all_text_contents()]

    def watch_writing(self) -> None:
        """From here on notes how messages grow, for `grown`."""
        self.log.evaluate(WRITING)

    def grown(self) -> list[tuple[str, list[str]]]:
        """For each message written since: who wrote it, and the texts it had, each longer than the one before."""
        found: list[tuple[str, list[str]]] = []
        for seen in self.page.evaluate("() => window.seenDrafts"):
            if found and found[-1][0] == seen["who"] and seen["text"].startswith(found[-1][1][-1]):
                found[-1][1].append(seen["text"])
            else:
                found.append((seen["who"], [seen["text"]]))
        return found

    # -- the rail

    @property
    def rail(self) -> Locator:
        """What stands beside the transcript, or under it on a narrow screen."""
        return self.keyed("chat_rail")

    def tab(self, name: str) -> Locator:
        """The tab of the rail of that name; how many there are of it stands behind the name."""
        return self.keyed("rail_head").get_by_role("tab", name=re.compile(rf"^{name}( \(\d+\))?$"))

    def show(self, name: str) -> Locator:
        """Brings a tab of the rail forward; what is behind it."""
        self.tab(name).click()
        panel = self.keyed(f"rail_{name.lower()}")
        expect(panel).to_be_visible()
        return panel

    def press_more(self, name: str, card: Locator) -> None:
        """Presses the button of that name in the menu of a card's rarer answers."""
        card.locator('[class*="st-key-more-"]').get_by_role("button").click()
        self.press(name, self.page.get_by_test_id("stPopoverBody"))

    @property
    def box(self) -> Locator:
        """Where a person types."""
        return self.rail.locator("textarea").first

    def expect_my_turn(self, *, within_s: float = WITHIN_S) -> None:
        expect(self.box).to_have_attribute("placeholder", re.compile("Write your reply"), timeout=within_s * 1_000)

    def retry(self) -> None:
        """Presses Retry, and waits until the failure it answers is no longer asked about."""
        name = str(self.page.locator('[class*="st-key-retry-"]').first.get_attribute("class"))
        key = next(part for part in name.split() if part.startswith("st-key-retry-"))
        self.page.locator(f".{key}").get_by_role("button").click()
        expect(self.page.locator(f".{key}")).to_have_count(0)

    def reply(self, text: str) -> None:
        """Types the text and sends it with Ctrl+Enter."""
        self.box.click()
        self.box.press_sequentially(text)
        self.box.press("Control+Enter")


class Screens:
    """The browsers of a test: one for each screen, as if each belonged to another person; or tabs of `shared`, which
    spares each test the loading of the app."""

    def __init__(self, browser: Browser, url: str, shared: BrowserContext | None = None):
        self._browser, self._url, self._shared = browser, url, shared
        self._opened: list[Screen] = []

    def __call__(self, path: str = "", **options: Any) -> Screen:
        """A new browser, with that page open if one is named; `options` are playwright's for a context."""
        context = self._shared if self._shared and not options else new_context(self._browser, **options)
        screen = Screen(context.new_page(), self._url)
        self._opened.append(screen)
        if path:
            screen.open(path)
        return screen

    def keep(self, folder: Path) -> None:
        """Leaves a picture of each in the folder."""
        for number, screen in enumerate(self._opened, start=1):
            if not screen.page.is_closed():
                screen.shot(folder / f"screen-{number}.png")

    def errors(self) -> list[str]:
        """What went wrong in their browsers that no test means to go wrong."""
        told = [error for screen in self._opened for error in screen.errors]
        return [error for error in told if not any(re.search(known, error) for known in EXPECTED_ERRORS)]

    def close(self) -> None:
        """Closes all; fails when one of them told of an error."""
        for screen in self._opened:
            (screen.page if screen.page.context == self._shared else screen.page.context).close()
        errors = self.errors()
        assert not errors, f"the browser's console tells of errors: {errors}"


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A browser without cookies and cache, on a desktop screen unless Playwright's `options` say otherwise."""
    context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
    context.set_default_timeout(WITHIN_S * 1_000)
    return context
