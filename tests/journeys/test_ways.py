"""From list to item and back, by press, menu and the browser's own buttons: what is opened begins at its top; and
the ways from a chat to its figures."""

from playwright.sync_api import expect

from tests.support.conversations import monologue, start
from tests.support.screens import TELEPHONE, Screen, Screens
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until


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
        name = screen.keyed("editor_title").get_by_label("Name", exact=True)
        expect(name).to_have_value("Writer and critic")
        expect(name).to_be_in_viewport()


class TestAChatsHead:
    def test_the_ways_to_its_figures_stay_on_one_line_however_long_its_facts_are(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        model.script(["One.", "Two.", "Three."], model="head")
        chat = start(studio, monologue("head", 4, name="A team with a name that is rather long"))
        with studio.data() as data:
            wait_until(lambda: data.local.chats.state(chat).request, what="a request")
        screen = open_screen()
        screen.open_chat(chat)
        bar = screen.keyed("chat_bar")
        expect(bar.get_by_text("rather long")).to_be_visible()
        ways = [bar.get_by_text(name, exact=True).bounding_box() for name in ("Timeline", "Costs")]
        where = bar.get_by_text("Waiting for you").bounding_box()
        assert where
        assert all(box and abs(box["y"] - where["y"]) < box["height"] for box in ways)
        screen.expect_no_sideways_scrolling()
