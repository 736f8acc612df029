"""A team put together from the library, with the keyboard, on a desktop and on a telephone."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens

CARDS = '[class*="st-key-membercard"]'


def members(screen: Screen) -> Locator:
    return screen.page.locator(CARDS).get_by_role("button")


def names(*expected: str) -> list[re.Pattern[str]]:
    """What the cards' buttons say; a mark may follow the name."""
    return [re.compile(f"^{name}") for name in expected]


def drag(screen: Screen, name: str, *, above: str) -> None:
    """Drag a member's card above another's, which is higher up."""
    card, other = (members(screen).filter(has_text=names(each)[0]).bounding_box() for each in (name, above))
    assert card is not None
    assert other is not None
    screen.page.mouse.move(card["x"] + 20, card["y"] + 5)
    screen.page.mouse.down()
    screen.page.mouse.move(other["x"] + 20, other["y"] - 10, steps=5)
    screen.page.mouse.up()


def tick(screen: Screen, name: str) -> None:
    """Tick the agent's box with the keyboard."""
    box = screen.page.get_by_role("dialog").get_by_role("checkbox", name=name, exact=True)
    box.focus()
    screen.page.keyboard.press("Space")
    expect(box).to_be_checked()


class TestLibrary:
    @pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
    def test_agents_are_found_ticked_added_and_ordered(self, open_screen: Screens, size: dict[str, int]):
        screen = open_screen("/teams", viewport=size)
        screen.press("New team")
        expect(members(screen)).to_have_text(names("You", "Assistant"))
        screen.button("Add member").focus()
        screen.page.keyboard.press("Enter")
        tick(screen, "Developer")
        screen.page.get_by_role("dialog").get_by_placeholder("Search by name, task or tool").fill("tests code")
        expect(screen.page.get_by_role("dialog").get_by_role("checkbox")).to_have_count(1)
        tick(screen, "Tester")
        add = screen.button("Add 2 members", screen.page.get_by_role("dialog"))
        expect(add).to_be_in_viewport()
        add.focus()
        screen.page.keyboard.press("Enter")
        expect(screen.page.get_by_role("dialog")).to_have_count(0)
        expect(members(screen)).to_have_text(names("You", "Assistant", "Developer", "Tester"))
        up = screen.page.get_by_test_id("stMain").get_by_role("button", name=re.compile("arrow_upward"))
        up.focus()
        for expected in (("You", "Developer", "Assistant", "Tester"), ("Developer", "You", "Assistant", "Tester")):
            screen.page.keyboard.press("Enter")
            expect(members(screen)).to_have_text(names(*expected))
        if size == DESKTOP:
            drag(screen, "Tester", above="Developer")
            expect(members(screen)).to_have_text(names("Tester", "Developer", "You", "Assistant"))
        members(screen).filter(has_text=names("Developer")[0]).focus()
        screen.page.keyboard.press("Alt+ArrowDown")
        order = (
            ("Tester", "You", "Developer", "Assistant")
            if size == DESKTOP
            else ("You", "Developer", "Assistant", "Tester")
        )
        expect(members(screen)).to_have_text(names(*order))
        expect(members(screen).filter(has_text=names("Developer")[0])).to_be_focused()
        screen.expect_no_sideways_scrolling()
        screen.expect_no_traceback()
