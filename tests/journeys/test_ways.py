"""From list to item and back, by press, menu and the browser's own buttons: what is opened begins at its top."""

from playwright.sync_api import expect

from tests.journeys.screens import TELEPHONE, Screen, Screens


def scrolled_px(screen: Screen) -> int:
    return int(screen.page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop"))


def expect_at_top(screen: Screen) -> None:
    screen.page.wait_for_function("() => document.querySelector('[data-testid=\"stMain\"]').scrollTop === 0")


class TestLists:
    def test_a_team_far_down_the_list_opens_at_its_top_and_so_does_the_list(self, open_screen: Screens):
        screen = open_screen("/teams", viewport=TELEPHONE)
        last = screen.keyed("gallery:gallery:writer-and-critic")
        last.scroll_into_view_if_needed()
        assert scrolled_px(screen) > 500
        screen.press("Open", last)
        expect(screen.page.get_by_role("heading", name="Writer and critic")).to_be_visible()
        expect_at_top(screen)

        screen.page.get_by_role("tab", name="About").click()
        screen.press("Add a task")
        screen.press("All teams")
        expect(screen.page.get_by_role("heading", name="Teams", exact=True)).to_be_in_viewport()
        screen.page.go_back()
        expect(screen.page.get_by_role("heading", name="Writer and critic")).to_be_in_viewport()
