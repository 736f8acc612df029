"""A model is connected by somebody who has an address and nothing else: its models are listed, the test tells what a
group chat will find, and one press makes it every team's."""

from playwright.sync_api import expect

from tests.support.quirky_server import SERVED, play_on
from tests.support.screens import TELEPHONE, Screen, Screens
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess


def typed_address(screen: Screen, address: str, name: str) -> None:
    screen.page.get_by_text("Another server", exact=True).click()
    screen.settle()
    expect(screen.page.locator('[aria-label="Name"][value="my-server"]')).to_be_visible()  # that server's form is there
    expect(screen.page.get_by_label("Name", exact=True)).to_have_count(1)  # and no other is any more
    for label, value in (("Name", name), ("Address", address)):
        screen.page.get_by_label(label, exact=True).fill(value)
        screen.page.keyboard.press("Tab")
        screen.settle()


class TestConnecting:
    def test_models_are_listed_before_saving_the_test_is_told_line_by_line_and_all_teams_use_it(
        self, open_screen: Screens, studio: StudioProcess
    ):
        with ScriptedServer() as server:
            play_on(SERVED["mistral: names and last role"], server, ["It is 5."] * 9, ["Ben"] * 9)
            screen = open_screen("/connections?connection=new")
            typed_address(screen, server.base_url, "far")
            model = screen.page.get_by_role("combobox", name="Model")
            expect(model).to_be_visible()
            model.click()
            expect(screen.page.get_by_role("option", name="scripted-2")).to_be_visible()
            screen.page.keyboard.type("my-own-model")  # no list has every name
            screen.page.keyboard.press("Enter")
            expect(model).to_have_value("my-own-model")
            screen.page.keyboard.press("Tab")
            screen.settle()
            screen.press("Save and test")
            card = screen.keyed("connection:far")
            expect(card.get_by_text("my-own-model at").first).to_be_visible()
            card.get_by_text("In a group chat: 6 of 9 work as they are").click()
            expect(card.get_by_text("the speaker's name goes in front of the text").first).to_be_visible()
            screen.press("Use it for all teams", card)
            expect(screen.button("Make default", card)).to_have_count(0)
            screen.expect_no_traceback()
            narrow = open_screen("/connections", viewport=TELEPHONE)
            expect(narrow.keyed("connection:far").get_by_text("work as they are")).to_be_visible()
            narrow.expect_no_sideways_scrolling()
            with studio.data() as data:
                assert data.local.connections.default() == "far"
                data.local.connections.delete("far")
