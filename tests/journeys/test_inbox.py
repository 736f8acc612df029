"""The inbox in real browsers: two at once, by keyboard, on a telephone, and what leads there."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from agents.chats import DecisionMade
from tests.support.request_pages import asked, tool_call, waiting
from tests.support.screens import TELEPHONE, Screen, Screens
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until


def rows(screen: Screen):
    """The rows of the list."""
    return screen.keyed("inbox_list").locator('[class*="st-key-inbox-row-"] button')


def card(screen: Screen):
    """The open request."""
    return screen.keyed("inbox_card")


def marked(screen: Screen):
    """The row that is marked as open."""
    return screen.keyed("inbox_list").get_by_test_id("stBaseButton-primary")


def expect_marked(screen: Screen, title: str) -> None:
    """The request of the chat of that title is open, and no other."""
    expect(marked(screen)).to_contain_text([title])


def decision(studio: StudioProcess, chat: str) -> DecisionMade:
    """The decision on the chat's request, once there is one."""
    with studio.data() as data:
        made: DecisionMade = wait_until(lambda: data.local.requests.get(chat, "r1")[1], what="a decision")
    return made


def n_open(studio: StudioProcess) -> int:
    with studio.data() as data:
        return data.local.requests.n_open()


def open_inbox(open_screen: Screens) -> Screen:
    """The inbox in a new browser, listening to keys."""
    screen = open_screen("/inbox")
    expect(card(screen)).to_be_visible()
    screen.page.wait_for_function("() => window.studioInbox?.data")
    return screen


def press_until(screen: Screen, key: str, condition: Callable[[], Any]) -> None:
    """Presses the key until it is heard: a card that was just drawn takes no keys for a moment."""

    def pressed() -> bool:
        screen.page.keyboard.press(key)
        return bool(condition())

    wait_until(pressed, what=f"{key} does something")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio whose chats stand still when they are decided: no worker goes on with them."""
    with studio_running(tmp_path_factory.mktemp("inbox"), STUDIO_WORKERS="0") as process:
        yield process


@pytest.fixture
def three(studio: StudioProcess) -> list[str]:
    """Chats that wait for approval of a call, alone in the inbox."""
    with studio.data() as data:
        for chat in data.local.chats.rows(status="waiting", limit=500):
            data.local.chats.delete(chat.chat)
        return [waiting(data, f"Sum {n}", tool_call(f"{n} + {n}")) for n in range(3)]


class TestTwoBrowsers:
    def test_what_one_decides_leaves_the_other_s_list_and_count(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        one, other = open_screen("/inbox"), open_screen(f"/inbox?chat={three[2]}&request=r1")
        for screen in (one, other):
            expect(rows(screen)).to_have_count(3)
            expect(screen.page).to_have_title(re.compile(r"^\(3\) "))
        one.press("Approve", card(one))
        for screen in (one, other):
            expect(rows(screen)).to_have_count(2)
            expect(screen.page).to_have_title(re.compile(r"^\(2\) "))
            expect(screen.page.get_by_role("link", name="Inbox (2)")).to_be_visible()
        assert decision(studio, three[0]).verdict == "approve"
        expect_marked(one, "Sum 1")
        expect_marked(other, "Sum 2")

    def test_what_is_being_typed_outlives_what_others_do(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        one, other = open_screen(f"/inbox?chat={three[2]}&request=r1"), open_screen("/inbox")
        one.press("Reject", card(one))
        reason = card(one).locator("textarea")
        reason.press_sequentially("Because it is ")
        other.press("Approve", card(other))
        expect(rows(one)).to_have_count(2)
        with studio.data() as data:
            waiting(data, "A new one", asked("human_turn", {}, agent="You"))
        expect(rows(one)).to_have_count(3)
        expect(reason).to_be_focused()
        reason.press_sequentially("too much")
        reason.press("Control+Enter")
        assert decision(studio, three[2]).text == "Because it is too much"

    def test_a_request_decided_elsewhere_says_who_was_first_and_nothing_else_opens(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        one, other = open_screen("/inbox"), open_screen("/inbox")
        expect_marked(other, "Sum 0")
        one.press("Approve", card(one))
        expect(other.keyed("inbox_decided")).to_contain_text("You approved calculate, called by Clerk")
        expect(card(other)).to_have_count(0)
        other.press("Next")
        expect_marked(other, "Sum 1")

    def test_a_menu_elsewhere_counts_as_well(self, open_screen: Screens, studio: StudioProcess, three: list[str]):
        screen = open_screen("/teams")
        expect(screen.page.get_by_role("link", name="Inbox (3)")).to_be_visible()
        with studio.data() as data:
            waiting(data, "A fourth", tool_call())
        expect(screen.page.get_by_role("link", name="Inbox (4)")).to_be_visible()
        expect(screen.page).to_have_title(re.compile(r"^\(4\) "))


class TestKeyboard:
    def test_j_and_k_move_and_a_approves_what_is_open(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        screen = open_inbox(open_screen)
        expect_marked(screen, "Sum 0")
        for key, title in (("j", "Sum 1"), ("j", "Sum 2"), ("k", "Sum 1")):
            screen.page.keyboard.press(key)
            expect_marked(screen, title)
        expect(card(screen)).to_contain_text("1 + 1")
        press_until(screen, "a", lambda: n_open(studio) < 3)
        assert decision(studio, three[1]).verdict == "approve"
        expect(rows(screen)).to_have_count(2)
        with studio.data() as data:
            assert data.local.requests.get(three[0], "r1")[1] is None

    def test_r_asks_for_the_reason_and_letters_typed_there_are_text(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        screen = open_inbox(open_screen)
        reason = card(screen).locator("textarea")
        press_until(screen, "r", reason.count)
        expect(reason).to_be_focused()
        reason.press_sequentially("jar, a rake")
        expect_marked(screen, "Sum 0")
        reason.press("Control+Enter")
        made = decision(studio, three[0])
        assert (made.verdict, made.text.endswith("jar, a rake")) == ("reject", True)

    def test_e_edits_and_escape_gives_the_keys_back(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        screen = open_inbox(open_screen)
        form = card(screen).get_by_role("button", name="Approve as edited")
        press_until(screen, "e", form.count)
        field = card(screen).locator("textarea, input").first
        expect(field).to_be_focused()
        field.press("Escape")
        screen.page.keyboard.press("j")
        expect_marked(screen, "Sum 1")
        assert n_open(studio) == 3

    def test_a_held_key_approves_nothing_more(self, open_screen: Screens, studio: StudioProcess, three: list[str]):
        screen = open_inbox(open_screen)
        press_until(screen, "a", lambda: n_open(studio) == 2)
        expect_marked(screen, "Sum 1")
        screen.page.keyboard.down("a")  # the first of a held key comes too soon after the card, the others are repeats
        for _ in range(20):
            screen.page.keyboard.down("a")
        screen.page.keyboard.up("a")
        screen.page.keyboard.press("j")
        expect_marked(screen, "Sum 2")


class TestWays:
    def test_home_leads_to_the_request_and_a_decision_of_several_is_told(
        self, open_screen: Screens, studio: StudioProcess, three: list[str]
    ):
        screen = open_screen("/")
        screen.press("Answer", screen.keyed(f"waiting:{three[1]}:r1"))
        expect_marked(screen, "Sum 1")
        screen.press("Approve all 3…")
        expect(screen.keyed("inbox_confirm")).to_contain_text("2 + 2")
        screen.press("Approve all 3")
        expect(screen.page.get_by_text("Nothing waits for you")).to_be_visible()
        assert [decision(studio, chat).verdict for chat in three] == ["approve"] * 3

    def test_the_audit_downloads_what_was_decided(self, open_screen: Screens, studio: StudioProcess, three: list[str]):
        with studio.data() as data:
            chat = waiting(data, "=Danger", tool_call())
        one = open_screen(f"/inbox?chat={chat}&request=r1")
        expect_marked(one, "=Danger")
        one.press("Approve", card(one))
        decision(studio, chat)
        screen = open_screen(f"/audit?chat={chat}")
        (shown,) = screen.table()
        assert shown["Verdict"] == "approve"
        files = {}
        for label in ("CSV", "JSON"):
            with screen.page.expect_download() as download:
                screen.press(label)
            files[label] = download.value.path().read_text(encoding="utf-8-sig")
        (line,) = csv.DictReader(io.StringIO(files["CSV"]))
        (row,) = json.loads(files["JSON"])
        assert (line["title"], line["seq"], line["verdict"]) == ("'=Danger", str(row["seq"]), "approve")

    def test_a_telephone_shows_list_and_card_without_scrolling_sideways(self, open_screen: Screens, three: list[str]):
        screen = open_screen("/inbox", viewport=TELEPHONE)
        expect(card(screen)).to_be_visible()
        screen.settle()
        screen.expect_no_sideways_scrolling()
        rows(screen).nth(2).click()
        expect(card(screen)).to_contain_text("2 + 2")
        screen.expect_no_traceback()
