"""A team drafted from a sentence: written, waited for, stopped, taken in part with the keyboard, and saved; on a
desktop and on a telephone."""

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.support.accessibility import findings_in_both
from tests.support.proposals import TASK, reply
from tests.support.screens import DESKTOP, TELEPHONE, Screen, Screens
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess

CARDS = '[class*="st-key-membercard"]'


@pytest.fixture
def replies(model: ScriptedServer) -> Iterator[ScriptedServer]:
    """The model server, which says again what it always says once the test is over."""
    yield model
    model.script([])


def box(screen: Screen, name: str):
    return screen.page.get_by_role("checkbox", name=name, exact=True)


class TestDrafting:
    @pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
    def test_a_sentence_becomes_a_team_that_is_saved(
        self, open_screen: Screens, studio: StudioProcess, replies: ScriptedServer, size: ViewportSize
    ):
        go_on = threading.Event()
        replies.script([Reply(reply(), waits_for=go_on, words_a_piece=14)])
        screen = open_screen("/teams", viewport=size)
        screen.press("Draft a team")
        text = screen.page.get_by_label("What should the team do?")
        text.fill(TASK)
        screen.press("Draft the team")
        expect(screen.page.get_by_text("So far: Writer.")).to_be_visible()
        screen.expect_no_sideways_scrolling()
        go_on.set()
        expect(box(screen, "Gardener")).to_be_checked()
        box(screen, "Writer").focus()
        screen.page.keyboard.press("Space")
        expect(screen.page.get_by_text("3 members taken.")).to_be_visible()
        assert findings_in_both(screen) == {}
        screen.expect_no_sideways_scrolling()
        screen.press("Create the team")
        members = screen.page.locator(CARDS).get_by_role("button")
        expect(members).to_have_text([re.compile(f"^{name}") for name in ("Gardener", "Ann", "Critic")])
        expect(screen.page.get_by_text("Looks good")).to_be_visible()
        screen.press("Save")
        expect(screen.page.get_by_text("Revision 1", exact=True).first).to_be_visible()
        screen.expect_no_traceback()
        with studio.data() as data:
            row = data.local.teams.named("Newsletter")
            assert [agent.name for agent in row.spec.agents] == ["Gardener", "Ann", "Critic"]
            data.local.teams.delete(row.team_id)

    def test_stopped_and_reloaded_what_was_written_stays(self, open_screen: Screens, replies: ScriptedServer):
        go_on = threading.Event()
        replies.script([Reply(reply(), waits_for=go_on)])
        screen = open_screen("/teams?team=new")
        screen.page.get_by_label("What should the team do?").fill(TASK)
        screen.press("Draft the team")
        screen.press("Stop")
        expect(screen.page.get_by_text("Stopped. What you wrote is still here.")).to_be_visible()
        go_on.set()
        screen.open("/teams?team=new")
        expect(screen.page.get_by_label("What should the team do?")).to_have_value(TASK)
        screen.press("Drop")
        expect(screen.page.get_by_label("What should the team do?")).to_have_value("")
        screen.expect_no_traceback()
