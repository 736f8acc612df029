"""The chat as a workbench: transcript and rail side by side, or one above the other; and finding a place in a chat."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from agents.chats import MessagePosted
from tests.support.request_pages import asked, waiting
from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until

CODE = "\n".join(f"print({number})" for number in range(80))
SCROLLERS = """(node) => {
  const found = [];
  for (let one = node; one.dataset.testid !== "stBottom"; one = one.parentElement) {
    const scrolls = /auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight + 1;
    if (scrolls) found.push(one.className || one.tagName);
  }
  return found;
}"""
"""What scrolls up and down around an element of the rail, itself included; the rail stays where it is."""
IN_SIGHT = """(node) => {
  const box = node.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return at !== null && (node.contains(at) || at.contains(node));
}"""
READ = """(node) => {
  const main = document.querySelector('[data-testid="stMain"]').getBoundingClientRect();
  const own = node.getBoundingClientRect(), rail = document.querySelector(".st-key-chat_rail").getBoundingClientRect();
  const isBeside = rail.left >= own.right - 1;
  const head = document.querySelector('[data-testid="stHeader"]')?.getBoundingClientRect();
  const bar = document.querySelector(".st-key-chat_bar").getBoundingClientRect();
  const top = Math.max(main.top, own.top, isBeside ? bar.bottom : head?.bottom ?? 0);
  return [own.width, Math.min(main.bottom, own.bottom, isBeside ? Infinity : rail.top) - top];
}"""
"""[width, height] of what is seen of the transcript."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio whose chats stand still."""
    with studio_running(tmp_path_factory.mktemp("workbench"), STUDIO_WORKERS="0") as process:
        yield process


@pytest.fixture(scope="module")
def chat(studio: StudioProcess) -> str:
    """A long chat that waits for a decision about two blocks of code."""
    blocks = [
        asked("code_block", {"block": f"b{n}", "language": "python", "code": CODE}, n=n + 1, agent="Clerk")
        for n in range(2)
    ]
    said = [MessagePosted(turn=turn, agent="Clerk", content=f"Word {turn} of many.", source="model")
            for turn in range(1, 320)]  # fmt: skip
    with studio.data() as data:
        chat = waiting(data, "Two blocks", said="Please run both.")
        fence = data.store.chats.begin_leg(chat, "w1")
        data.store.chats.append(chat, *said, *blocks, fence=fence)
        data.store.chats.end_leg(chat, fence=fence)
    return chat


def buttons(screen: Screen) -> list[Locator]:
    """Those of the open requests that are in sight."""
    found = screen.keyed("rail_decide").get_by_role("button").all()
    return [button for button in found if button.evaluate(IN_SIGHT) and (button.inner_text() or "").strip()]


def opened(open_screen: Screens, chat: str, **options: Any) -> Screen:
    screen = open_screen(**options)
    screen.open_chat(chat)
    expect(screen.keyed("rail_decide").get_by_test_id("stCode")).to_have_count(2)
    screen.settle()
    return screen


def expect_blocks_reachable(screen: Screen) -> None:
    """Each is whole in the rail, which scrolls as one."""
    for block in screen.keyed("rail_decide").get_by_test_id("stCode").all():
        assert len(block.locator("code").first.evaluate(SCROLLERS)) == 1
        last = block.get_by_text("79", exact=True).last
        last.scroll_into_view_if_needed()
        assert last.evaluate(IN_SIGHT)
    screen.rail.evaluate("(rail) => rail.scrollTo(0, 0)")


class TestTwoBlocks:
    def test_on_a_desk_the_transcript_and_all_buttons_are_in_sight(self, open_screen: Screens, chat: str):
        screen = opened(open_screen, chat, viewport=DESKTOP)
        width, height = screen.transcript.evaluate(READ)
        assert width >= 300
        assert height >= 300
        names = [button.inner_text().split("\n")[-1] for button in buttons(screen)]
        assert [names.count(name) for name in ("Approve", "Edit", "Reject", "Approve all 2")] == [2, 2, 2, 1]
        expect_blocks_reachable(screen)
        screen.expect_no_sideways_scrolling()

    def test_on_a_telephone_a_third_is_transcript_and_the_buttons_take_two_rows(self, open_screen: Screens, chat: str):
        screen = opened(open_screen, chat, viewport=TELEPHONE)
        _, height = screen.transcript.evaluate(READ)
        assert height >= TELEPHONE["height"] / 3
        tops = {round(button.bounding_box()["y"]) for button in buttons(screen)}  # type: ignore[index]
        assert 1 <= len(tops) <= 2
        expect_blocks_reachable(screen)
        screen.expect_no_sideways_scrolling()

    def test_nothing_can_be_pressed_before_the_code_is_drawn(self, open_screen: Screens, chat: str):
        screen = open_screen()
        held: list[object] = []
        screen.page.route("**/StreamlitSyntaxHighlighter*.js", lambda route: held.append(route))
        screen.open_chat(chat)
        row = screen.keyed(f"buttons:{chat}:r1")
        expect(row).to_be_attached()
        wait_until(lambda: held, what="the code is asked for")
        expect(row).to_be_hidden()
        for route in held:
            route.continue_()  # type: ignore[attr-defined]
        expect(screen.button("Approve", row)).to_be_visible()


class TestTheTabs:
    def test_what_waits_comes_forward_and_what_is_typed_stays_behind_another_tab(self, open_screen: Screens, chat: str):
        screen = opened(open_screen, chat)
        expect(screen.tab("Decide")).to_have_text("Decide (2)")
        screen.press("Reject", screen.keyed(f"buttons:{chat}:r2"))
        screen.box.fill("Half a reason")
        team = screen.show("Team")
        expect(team).to_contain_text("Clerk")
        expect(screen.box).to_be_hidden()
        screen.settle()
        screen.show("Decide")
        expect(screen.box).to_have_value("Half a reason")
        screen.show("Files")
        screen.settle()
        screen.open("/chat")
        screen.open_chat(chat)  # a new page is a new session: what waits comes forward again
        expect(screen.keyed("rail_decide")).to_be_visible()


class TestAPlaceInAChat:
    def test_an_address_leads_to_its_message_far_up_and_back_to_the_newest(self, open_screen: Screens, chat: str):
        screen = open_screen()
        screen.open_chat(f"{chat}&at=8")
        marked = screen.log.locator(".marked")
        expect(marked).to_contain_text("Word 4 of many.")
        expect(marked).to_be_in_viewport()
        expect(screen.transcript.get_by_role("button", name="Jump to latest")).to_be_visible()
        screen.transcript.get_by_role("button", name="Jump to latest").click()
        expect(screen.log.get_by_text("Word 319 of many.")).to_be_in_viewport()

    def test_words_are_found_counted_and_gone_through(self, open_screen: Screens, chat: str):
        screen = opened(open_screen, chat)
        screen.keyed("chat_find").get_by_role("button").click()
        field, count = screen.transcript.get_by_label("Search this chat"), screen.transcript.locator(".find-count")
        field.fill("WORD 30")
        expect(count).to_have_text("11 of 11")
        expect(screen.log.locator(".marked")).to_contain_text("Word 309")
        field.press("Enter")
        expect(count).to_have_text("1 of 11")
        expect(screen.log.locator(".marked")).to_contain_text("Word 30 of")
        expect(screen.log.locator(".marked")).to_be_in_viewport()
        field.press("Shift+Enter")
        expect(count).to_have_text("11 of 11")
        screen.transcript.get_by_label("Look for").select_option("Turn")
        field.fill("2")
        expect(count).to_have_text("1 of 1")
        expect(screen.log.locator(".marked")).to_contain_text("Word 2 of")

    def test_a_message_is_copied_as_it_was_written(self, open_screen: Screens, chat: str):
        screen = open_screen(permissions=["clipboard-read", "clipboard-write"])
        screen.open_chat(chat)
        screen.messages.last.hover()
        screen.messages.last.get_by_role("button", name="Copy", exact=True).click()
        copied = "() => navigator.clipboard.readText()"
        wait_until(lambda: screen.page.evaluate(copied) == "Word 319 of many.", what="the message is copied")
