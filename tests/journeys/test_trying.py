"""One agent is tried in the team editor: its call is shown and runs when told, and two models answer side by side."""

import json

import pytest
from playwright.sync_api import expect

from agents.specs import team_from_dict
from tests.support.accessibility import findings, findings_in_both
from tests.support.conversations import ADA
from tests.support.screens import DESKTOP, TELEPHONE, Screens
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess

FIRST, SECOND = "try-first", "try-second"


def clerk(request: Request) -> Reply:
    """Calls the tool first, and says what came of it; to anything but a note it says what it was told to be."""
    heard = request.messages[-1]
    if heard["role"] == "tool":
        return Reply("The note is in **note.txt**.")
    if "note" not in str(heard["content"]).lower():
        return Reply(f"I was told: {request.messages[0]['content']}")
    function = {"name": "write_file", "arguments": json.dumps({"path": "note.txt", "text": "Buy milk."})}
    call = {"id": "1", "type": "function", "function": function}
    return Reply("I note it.", tool_calls=[call], finish_reason="tool_calls")


@pytest.fixture
def team(studio: StudioProcess, model: ScriptedServer) -> str:
    """A saved team whose clerk may write files unasked."""
    model.script(clerk, model=FIRST)
    model.script(lambda request: Reply("I am another model."), model=SECOND)
    agents = [
        {"name": "You", "role": "human"},
        {"name": "Clerk", "prompt": "Keep the files.", "model": FIRST, "tools": ["write_file"]},
    ]
    given = {"name": "Till", "agents": agents, "policies": [{"action": "approve"}], "example_tasks": ["Note: milk."]}
    with studio.data() as data:
        return data.as_(ADA).teams.save(team_from_dict(given)).team_id


class TestTrying:
    @pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
    def test_a_call_is_shown_and_runs_when_told_and_two_models_stand_side_by_side(
        self, open_screen: Screens, studio: StudioProcess, team: str, size: dict[str, int]
    ):
        screen = open_screen(f"/teams?team={team}", viewport=size)
        screen.page.locator('[class*="st-key-membercard"]').get_by_role("button", name="Clerk").click()
        screen.page.get_by_text("Try this agent").click()
        message = screen.page.get_by_role("textbox", name="Message", exact=True)
        expect(message).to_have_value("Note: milk.")
        screen.press("Try")
        expect(screen.page.get_by_text("Nothing has run yet.")).to_be_visible()
        expect(screen.page.get_by_role("cell", name="Buy milk.")).to_be_visible()
        assert findings(screen) == []
        screen.expect_no_sideways_scrolling()

        screen.press("Run its tools")
        log = screen.page.locator(".transcript .log")
        expect(log).to_contain_text("The note is in note.txt.")
        expect(screen.page.get_by_text("Nothing has run yet.")).to_have_count(0)

        screen.page.get_by_role("textbox", name="Prompt", exact=True).fill("Answer in rhymes.")
        message.fill("Who are you?")
        message.blur()
        screen.settle()
        screen.page.get_by_role("combobox", name="Compare with").click()
        screen.page.keyboard.type("openai")
        screen.page.keyboard.press("Enter")
        screen.page.get_by_role("textbox", name="Its model").fill(SECOND)
        screen.press("Try")
        expect(log).to_have_count(2)
        expect(log.first).to_contain_text("I was told: Answer in rhymes.")
        expect(log.last).to_contain_text("I am another model.")
        assert findings_in_both(screen) == {}
        screen.expect_no_sideways_scrolling()
        screen.expect_no_traceback()
        with studio.data() as data:
            assert [row.title for row in data.local.chats.rows() if "Who are you" in row.title] == []
