"""Composing a team: a hint is cured by one press, and undone and redone by keys; the picture follows each tick; when a
chat ends is edited in the sentence that says it."""

import pytest
from playwright.sync_api import Locator, expect

from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens
from tests.support.studio_process import StudioProcess

REPEATED = "The same message repeated"
HINT, CURE = "nothing else ends this chat", "Limit it to 12 messages"


@pytest.fixture
def team(studio: StudioProcess) -> str:
    """A saved team that only a person ends, and that has no limit."""
    with studio.data() as data:
        spec = data.local.teams.from_gallery("support-desk")
        limits = spec.limits.model_copy(update={"max_rounds": None})
        row = data.as_("Ann").teams.save(spec.model_copy(update={"name": "Endless desk", "limits": limits}))
    return row.team_id


def picture(screen: Screen, place: str) -> Locator:
    """What screen readers are told of the picture that stands there."""
    return screen.keyed(f"picture:{place}").get_by_role("list")


class TestComposing:
    @pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
    def test_a_cure_is_pressed_undone_and_redone_and_the_picture_follows(
        self, open_screen: Screens, team: str, size: dict[str, int]
    ):
        screen = open_screen(f"/teams?team={team}", viewport=size)
        heading = screen.keyed("editor_heading").bounding_box()
        assert heading is not None
        assert (heading["width"], heading["height"]) == (1, 1), "the name stands twice"
        summary = screen.keyed(f"{team}:summary")
        summary.get_by_text("1 hint for a better run, 1 with a fix").click()
        screen.press(CURE, summary)
        expect(summary.get_by_text("Looks good")).to_be_visible()
        screen.page.keyboard.press("Control+z")
        expect(summary.get_by_text("1 hint for a better run")).to_be_visible()
        screen.page.keyboard.press("Control+Shift+z")
        expect(summary.get_by_text("Looks good")).to_be_visible()
        screen.settle()  # what is done again draws every field anew

        screen.page.get_by_role("tab", name="Conversation").click()
        tick = "Feedback may speak after Billing"
        expect(picture(screen, "conversation")).not_to_contain_text(tick)
        box = screen.page.get_by_role("checkbox", name=tick, exact=True)
        box.focus()
        screen.page.keyboard.press("Space")
        expect(picture(screen, "conversation")).to_contain_text(tick)
        screen.press("Undo")
        expect(picture(screen, "conversation")).not_to_contain_text(tick)
        screen.expect_no_sideways_scrolling()
        screen.expect_no_traceback()


class TestEndings:
    @pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
    def test_are_edited_in_the_sentence_by_mouse_and_by_keyboard(
        self, open_screen: Screens, team: str, size: dict[str, int]
    ):
        screen = open_screen(f"/teams?team={team}", viewport=size)
        page, ends, opened = screen.page, screen.keyed("editor_ends"), screen.page.get_by_test_id("stPopoverBody")
        whole = ends.locator(".only-read")
        # the field before it goes when all is drawn: the new one stands first
        inside = opened.get_by_label(REPEATED, exact=True).first
        field = page.get_by_role("tabpanel").get_by_label(REPEATED, exact=True).first
        expect(whole).to_have_text("Ends when you press End. Asks you when somebody says the same 3 times.")

        ends.get_by_role("button", name="Asks you").click()
        opened.get_by_role("radio", name="End the chat").click()
        expect(whole).to_have_text("Ends when somebody says the same 3 times.")
        ends.get_by_role("button", name="Ends", exact=True).click()
        expect(opened).to_have_count(0)

        page.wait_for_function("() => window.studioPopovers")
        ends.get_by_role("button", name="3 times").focus()
        page.keyboard.press("Enter")
        expect(inside).to_be_focused()
        expect(inside).to_have_value("3")
        page.keyboard.press("Control+A")
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        expect(whole).to_have_text("Ends when somebody says the same 5 times.")
        expect(inside).to_be_focused()
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(ends.get_by_role("button", name="5 times")).to_be_focused()

        ends.get_by_role("button", name="All endings").click()
        expect(field).to_have_value("5")
        field.fill("4")
        field.press("Enter")
        ends.get_by_role("button", name="4 times").click()
        expect(inside).to_have_value("4")
        inside.fill("")
        screen.settle()
        expect(inside).to_be_focused()
        inside.press("Enter")
        expect(whole).to_have_text("Ends when you press End.")
        expect(field).to_have_value("")
        screen.expect_no_sideways_scrolling()
        screen.expect_no_traceback()
